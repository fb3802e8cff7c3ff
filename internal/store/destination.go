package store

import (
	"context"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/store/column"
	"turnstone/internal/store/delivery"
	"turnstone/internal/store/engine"
)

// Destinations returns the destinations of an instance, oldest first.
func (db *DB) Destinations(ctx context.Context, accountID, instanceID int64) ([]turnstone.Destination, error) {
	destinations, err := engine.List(db.reader().Query(ctx, `
		SELECT `+destinationColumns+`
		FROM destination
		WHERE account_id = $1 AND instance_id = $2
		ORDER BY id`, accountID, instanceID), func(row engine.Row) (turnstone.Destination, error) {
		d, err := scanDestination(row)
		if err != nil {
			return d.Destination, err
		}
		return db.unsealDestination(d)
	})
	if err != nil {
		return nil, fmt.Errorf("list destinations of instance %d: %w", instanceID, err)
	}
	return destinations, nil
}

// Destination returns a destination of an instance, or turnstone.ErrNotFound.
func (db *DB) Destination(ctx context.Context, accountID, instanceID, id int64) (turnstone.Destination, error) {
	row, err := oneDestination(ctx, db.reader(), turnstone.Destination{ID: id, AccountID: accountID, InstanceID: instanceID})
	if err != nil {
		return turnstone.Destination{}, fmt.Errorf("destination %d of instance %d: %w", id, instanceID, err)
	}
	return db.unsealDestination(row)
}

// ClaimDestinations leases up to n active destinations that are due, the longest due
// first, for the length of lease. A lease that is not extended or ended by
// SettleDeliveries before it expires may be claimed again.
func (db *DB) ClaimDestinations(ctx context.Context, n int, lease time.Duration) ([]turnstone.DestinationLease, error) {
	var rows []sealedDestination
	err := db.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		now, err := s.Now(ctx)
		if err != nil {
			return err
		}
		rows, err = engine.List(s.Query(ctx, `
			WITH due AS MATERIALIZED (
				SELECT id FROM destination
				WHERE state = 'active' AND next_at <= $1 AND lease_until <= $1
				ORDER BY next_at
				LIMIT $2`+s.SkipLocked()+`)
			UPDATE destination
			SET lease_until = $3, fence = fence + 1
			WHERE id IN (SELECT id FROM due)
			RETURNING `+destinationColumns, instant(now), n, instant(now.Add(lease))), scanDestination)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("claim destinations: %w", err)
	}
	leases := make([]turnstone.DestinationLease, 0, len(rows))
	for _, row := range rows {
		d, err := db.unsealDestination(row)
		if err != nil { // it must not stop all others; its lease expires
			db.log.Error("destination cannot be read", "account", row.AccountID, "destination", row.ID, "err", err)
			continue
		}
		leases = append(leases, turnstone.DestinationLease{Destination: d, Fence: row.fence})
	}
	return leases, nil
}

// oneDestination reads the destination that d names, or turnstone.ErrNotFound.
func oneDestination(ctx context.Context, s *engine.Session, d turnstone.Destination) (sealedDestination, error) {
	return engine.One(s.Query(ctx, `
		SELECT `+destinationColumns+`
		FROM destination
		WHERE account_id = $1 AND instance_id = $2 AND id = $3`, d.AccountID, d.InstanceID, d.ID), scanDestination)
}

// sealedDestination is a destination as it is stored.
type sealedDestination struct {
	turnstone.Destination
	fence   int64
	secrets []byte
}

const destinationColumns = `id, account_id, instance_id, main, url, secrets, filter, limits, handshake, state, problem, failures,
	last_good_at, created_at, signal - settled, queued, fence,
	(SELECT failure_policy FROM account WHERE account.id = destination.account_id)`

func scanDestination(row engine.Row) (sealedDestination, error) {
	var d sealedDestination
	err := row.Scan(&d.ID, &d.AccountID, &d.InstanceID, &d.Main, &d.URL, &d.secrets,
		(*delivery.Filter)(&d.Filter),
		column.JSON{V: &d.Limits},
		column.JSON{V: &d.Handshake},
		&d.State, &d.Problem, &d.Failures,
		(*instant)(&d.LastGoodAt), (*instant)(&d.CreatedAt),
		&d.Owed, &d.Queued, &d.fence, &d.Policy)
	return d, err
}

func (db *DB) unsealDestination(row sealedDestination) (turnstone.Destination, error) {
	err := db.openJSON(place("destination", row.ID, "secrets"), row.secrets, &row.Secrets)
	return row.Destination, err
}
