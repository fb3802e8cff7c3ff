package store

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"turnstone"
	"turnstone/internal/store/column"
	"turnstone/internal/store/delivery"
	"turnstone/internal/store/engine"
	"turnstone/internal/store/people"
)

// SaveDestination stores a destination beside the main one of its instance, and
// returns it. An ID of 0 inserts. Of d it takes the URL, the secrets, the filter, the
// limits and the mode of the handshake.
//
// A new destination is owed the events made from now on, and a changed filter is for
// those, too. One that changes, or was given up, is active afterwards and gets at once
// what waits for another attempt.
//
// It returns turnstone.ErrNotFound if the instance or the destination does not exist,
// turnstone.ErrConflict if the destination is the main one, or one too many, and a
// *turnstone.LimitError if it is one more than the account may have.
func (db *DB) SaveDestination(ctx context.Context, d turnstone.Destination, now time.Time) (turnstone.Destination, error) {
	var stored sealedDestination
	err := db.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		id, err := db.saveDestination(ctx, s, d, now)
		if err != nil {
			return err
		}
		stored, err = oneDestination(ctx, s, turnstone.Destination{ID: id, AccountID: d.AccountID, InstanceID: d.InstanceID})
		return err
	})
	if err != nil {
		return turnstone.Destination{}, fmt.Errorf("save destination %d of instance %d: %w", d.ID, d.InstanceID, err)
	}
	return db.unsealDestination(stored)
}

func (db *DB) saveDestination(ctx context.Context, s *engine.Session, d turnstone.Destination, now time.Time) (int64, error) {
	if d.ID == 0 { // first of all: who changes users takes the account before instances, too
		if err := people.Room(ctx, s, d.AccountID, people.DestinationRoom(d.InstanceID)); err != nil {
			return 0, err
		}
	}
	if err := delivery.HoldInstance(ctx, s, d.AccountID, d.InstanceID); err != nil {
		return 0, err
	}
	d.Main = false
	if _, err := splitOps(ctx, s, d); err != nil {
		return 0, err
	}
	if d.ID == 0 {
		if err := checkRoom(ctx, s, d); err != nil {
			return 0, err
		}
		return db.insertDestination(ctx, s, d, now)
	}
	old, err := addedDestination(ctx, s, d)
	if err != nil {
		return 0, err
	}
	return d.ID, db.updateDestination(ctx, s, old, d, now)
}

// DeleteDestination removes a destination beside the main one of an instance, and with
// it what it is owed and its attempts. It returns turnstone.ErrNotFound if it does not
// exist, and turnstone.ErrConflict if it is the main one.
func (db *DB) DeleteDestination(ctx context.Context, accountID, instanceID, id int64) error {
	d := turnstone.Destination{ID: id, AccountID: accountID, InstanceID: instanceID}
	err := db.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		if err := delivery.HoldInstance(ctx, s, accountID, instanceID); err != nil {
			return err
		}
		if _, err := addedDestination(ctx, s, d); err != nil {
			return err
		}
		if _, err := splitOps(ctx, s, d); err != nil {
			return err
		}
		return abandon(ctx, s, selection{"destination", "id", id})
	})
	if err != nil {
		return fmt.Errorf("delete destination %d of instance %d: %w", id, instanceID, err)
	}
	return nil
}

// addedDestination reads a destination that may be changed by itself.
func addedDestination(ctx context.Context, s *engine.Session, d turnstone.Destination) (sealedDestination, error) {
	old, err := oneDestination(ctx, s, d)
	if err == nil && old.Main {
		err = fmt.Errorf("it comes from the instance's configuration, change %s there: %w", turnstone.KeyCallbackURL, turnstone.ErrConflict)
	}
	return old, err
}

// checkRoom returns turnstone.ErrConflict if the instance of d has all the
// destinations that it may have.
func checkRoom(ctx context.Context, s *engine.Session, d turnstone.Destination) error {
	n, err := engine.One(s.Query(ctx, `SELECT COUNT(*) FROM destination WHERE instance_id = $1 AND NOT main`, d.InstanceID), engine.Number)
	if err == nil && n >= turnstone.MaxDestinations {
		err = fmt.Errorf("the instance has %d destinations beside the main one, which is the most: delete one first: %w", n, turnstone.ErrConflict)
	}
	return err
}

// splitOps makes the events of an instance hold changes of one op each from now on, if
// some destination wants only some ops once d is written. It returns whether that is
// so. Polls that group their changes the other way are ended before they commit.
func splitOps(ctx context.Context, s *engine.Session, d turnstone.Destination) (bool, error) {
	filters, err := engine.List(s.Query(ctx, `
		SELECT filter FROM destination
		WHERE instance_id = $1 AND id <> $2 AND filter <> ''`, d.InstanceID, d.ID), func(row engine.Row) (f delivery.Filter, err error) {
		err = row.Scan(&f)
		return f, err
	})
	if err != nil {
		return false, fmt.Errorf("read filters: %w", err)
	}
	split := slices.ContainsFunc(append(filters, delivery.Filter(d.Filter)), func(f delivery.Filter) bool { return len(f.Ops) > 0 })
	n, err := s.Exec(ctx, `UPDATE instance SET split_ops = $1 WHERE id = $2 AND split_ops <> $1`, split, d.InstanceID)
	if err == nil && n > 0 {
		_, err = s.Exec(ctx, `UPDATE poller SET lease_until = 0, fence = fence + 1 WHERE instance_id = $1`, d.InstanceID)
	}
	if err != nil {
		return false, fmt.Errorf("split events by op: %w", err)
	}
	return split, nil
}

// syncDestination makes the main destination of an instance that of w, and returns
// whether the instance's events hold changes of one op each.
func (db *DB) syncDestination(ctx context.Context, s *engine.Session, w turnstone.InstanceWrite) (bool, error) {
	old, err := engine.One(s.Query(ctx, `SELECT `+destinationColumns+` FROM destination WHERE instance_id = $1 AND main`, w.Instance.ID), scanDestination)
	if err != nil && !absent(err) {
		return false, fmt.Errorf("read destination: %w", err)
	}
	found, d := err == nil, mainDestination(w)
	d.ID = old.ID
	split, err := splitOps(ctx, s, d)
	if err != nil {
		return false, err
	}
	switch {
	case w.Destination == nil && found:
		err = abandon(ctx, s, selection{"destination", "id", old.ID})
	case w.Destination != nil && found:
		err = db.updateDestination(ctx, s, old, d, w.Now)
	case w.Destination != nil:
		_, err = db.insertDestination(ctx, s, d, w.Now)
	}
	if err != nil {
		return false, fmt.Errorf("save destination: %w", err)
	}
	return split, nil
}

// mainDestination returns the main destination as w describes it: without a URL if
// there is none.
func mainDestination(w turnstone.InstanceWrite) turnstone.Destination {
	d := turnstone.Destination{AccountID: w.Instance.AccountID, InstanceID: w.Instance.ID, Main: true}
	if w.Destination != nil {
		d.URL, d.Secrets, d.Filter, d.Limits = w.Destination.URL, w.Destination.Secrets, w.Destination.Filter, w.Destination.Limits
		d.Handshake.Mode = w.Destination.Handshake
	}
	return d
}

func (db *DB) insertDestination(ctx context.Context, s *engine.Session, d turnstone.Destination, now time.Time) (int64, error) {
	id, err := s.NextID(ctx, "destination")
	if err != nil {
		return 0, err
	}
	secrets, err := db.sealJSON(place("destination", id, "secrets"), d.Secrets)
	if err != nil {
		return 0, err
	}
	_, err = s.Exec(ctx, `
		INSERT INTO destination (id, account_id, instance_id, main, url, secrets, filter, limits, handshake, state, created_at, next_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'active', $10, $11)`,
		id, d.AccountID, d.InstanceID, d.Main, d.URL, secrets, delivery.Filter(d.Filter), column.JSON{V: d.Limits},
		column.JSON{V: turnstone.Handshake{Mode: d.Handshake.Mode}}, instant(now), int64(never))
	return id, err
}

// updateDestination leaves a destination that works, and stays as it is, alone. One
// that changes gets at once what waits for another attempt: the waits were for what it
// was. Deliveries that wait until somebody asks go on waiting.
//
//nolint:revive // argument-limit: what it was, what it becomes, and when
func (db *DB) updateDestination(ctx context.Context, s *engine.Session, old sealedDestination, d turnstone.Destination, now time.Time) error {
	known, err := db.unsealDestination(old)
	if err == nil && known.State == turnstone.DestinationActive && alike(known, d) {
		return nil
	}
	secrets, err := db.sealJSON(place("destination", old.ID, "secrets"), d.Secrets)
	if err != nil {
		return err
	}
	handshake := old.Handshake
	if handshake.Mode != d.Handshake.Mode || old.URL != d.URL { // another receiver, or another question
		handshake = turnstone.Handshake{Mode: d.Handshake.Mode}
	}
	_, err = s.Exec(ctx, `
		UPDATE destination
		SET url = $1, secrets = $2, filter = $3, limits = $4, handshake = $5, state = 'active', problem = '', failures = 0,
			next_at = $6, lease_until = 0, fence = fence + 1
		WHERE id = $7`,
		d.URL, secrets, delivery.Filter(d.Filter), column.JSON{V: d.Limits}, column.JSON{V: handshake}, instant(now), old.ID)
	if err != nil {
		return err
	}
	_, err = s.Exec(ctx, `
		UPDATE delivery
		SET next_at = 0, first_failed_at = 0
		WHERE account_id = $1 AND destination_id = $2 AND attempts > 0 AND next_at <> $3`, old.AccountID, old.ID, int64(never))
	return err
}

// alike reports whether two destinations are served in the same way.
func alike(a, b turnstone.Destination) bool {
	return a.URL == b.URL && a.Limits == b.Limits && a.Handshake.Mode == b.Handshake.Mode &&
		reflect.DeepEqual(a.Secrets, b.Secrets) &&
		slices.Equal(a.Filter.Resources, b.Filter.Resources) && slices.Equal(a.Filter.Ops, b.Filter.Ops)
}
