package store

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"turnstone"
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

// syncDestination makes the destination of an instance that of w.
func (db *DB) syncDestination(ctx context.Context, s *engine.Session, w turnstone.InstanceWrite) error {
	old, err := engine.One(s.Query(ctx, `SELECT `+destinationColumns+` FROM destination WHERE instance_id = $1`, w.Instance.ID), scanDestination)
	switch {
	case err != nil && !absent(err):
		return fmt.Errorf("read destination: %w", err)
	case absent(err) && w.Destination == nil:
		return nil
	case absent(err):
		err = db.insertDestination(ctx, s, w)
	case w.Destination == nil:
		err = abandon(ctx, s, selection{"destination", "id", old.ID})
	default:
		err = db.updateDestination(ctx, s, old, w)
	}
	if err != nil {
		return fmt.Errorf("save destination: %w", err)
	}
	return nil
}

func (db *DB) insertDestination(ctx context.Context, s *engine.Session, w turnstone.InstanceWrite) error {
	id, err := nextID(ctx, s, "destination")
	if err != nil {
		return err
	}
	secrets, err := db.sealJSON(place("destination", id, "secrets"), w.Destination.Secrets)
	if err != nil {
		return err
	}
	_, err = s.Exec(ctx, `
		INSERT INTO destination (id, account_id, instance_id, url, secrets, state, next_at)
		VALUES ($1, $2, $3, $4, $5, 'active', $6)`,
		id, w.Instance.AccountID, w.Instance.ID, w.Destination.URL, secrets, int64(never))
	return err
}

// updateDestination leaves a destination that works, and stays as it is, alone. One
// that changes gets what it is owed at once: the waits were for the receiver it had.
func (db *DB) updateDestination(ctx context.Context, s *engine.Session, old sealedDestination, w turnstone.InstanceWrite) error {
	d := w.Destination
	known, err := db.unsealDestination(old)
	if err == nil && known.State == turnstone.DestinationActive && known.URL == d.URL && reflect.DeepEqual(known.Secrets, d.Secrets) {
		return nil
	}
	secrets, err := db.sealJSON(place("destination", old.ID, "secrets"), d.Secrets)
	if err != nil {
		return err
	}
	_, err = s.Exec(ctx, `
		UPDATE destination
		SET url = $1, secrets = $2, state = 'active', problem = '', failures = 0, next_at = $3,
			lease_until = 0, fence = fence + 1
		WHERE id = $4`,
		d.URL, secrets, instant(w.Now), old.ID)
	if err != nil {
		return err
	}
	_, err = s.Exec(ctx, `UPDATE delivery SET next_at = 0, first_failed_at = 0 WHERE destination_id = $1 AND attempts > 0`, old.ID)
	return err
}

// sealedDestination is a destination as it is stored.
type sealedDestination struct {
	turnstone.Destination
	fence   int64
	secrets []byte
}

const destinationColumns = `id, account_id, instance_id, url, secrets, state, problem, failures, last_good_at, fence`

func scanDestination(row engine.Row) (sealedDestination, error) {
	var d sealedDestination
	err := row.Scan(&d.ID, &d.AccountID, &d.InstanceID, &d.URL, &d.secrets, &d.State, &d.Problem, &d.Failures,
		(*instant)(&d.LastGoodAt), &d.fence)
	return d, err
}

func (db *DB) unsealDestination(row sealedDestination) (turnstone.Destination, error) {
	err := db.openJSON(place("destination", row.ID, "secrets"), row.secrets, &row.Secrets)
	return row.Destination, err
}
