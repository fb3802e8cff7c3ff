package store

import (
	"context"
	"fmt"
	"math"

	"turnstone"
	"turnstone/internal/store/engine"
)

// Events returns the events of an instance, newest first, with ids below before (0:
// from the newest), at most limit.
//
//nolint:revive // argument-limit: whose, of what, and the two of every page
func (db *DB) Events(ctx context.Context, accountID, instanceID int64, before int64, limit int) ([]turnstone.Event, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	events, err := engine.List(db.reader().Query(ctx, `
		SELECT e.id, e.event_key, e.account_id, e.instance_id, e.poller_id, e.resource, e.created_at, e.objects, e.ops, e.trace, e.body
		FROM event e JOIN instance i ON i.id = e.instance_id
		WHERE i.account_id = $1 AND e.account_id = $1 AND e.instance_id = $2 AND e.id < $3
		ORDER BY e.id DESC
		LIMIT $4`, accountID, instanceID, before, limit), scanEvent)
	if err != nil {
		return nil, fmt.Errorf("list events of instance %d: %w", instanceID, err)
	}
	return events, nil
}

// Bodies returns the bodies of those of the events that exist, by event id.
func (db *DB) Bodies(ctx context.Context, accountID int64, eventIDs []int64) (map[int64][]byte, error) {
	bodies := make(map[int64][]byte, len(eventIDs))
	events, err := engine.Find(ctx, db.reader(), engine.Lookup[int64]{
		Select: "e.id, e.body", From: "event e JOIN instance i ON i.id = e.instance_id",
		Where: "e.account_id = $1", Arguments: []any{accountID}, Column: "e.id", Members: eventIDs,
	}, scanBody)
	if err != nil {
		return nil, fmt.Errorf("read bodies: %w", err)
	}
	for _, e := range events {
		bodies[e.ID] = e.Body
	}
	return bodies, nil
}

// Delivered returns which of some events of an instance have reached a destination.
func (db *DB) Delivered(ctx context.Context, instanceID int64, eventIDs []int64) (map[int64]bool, error) {
	delivered := make(map[int64]bool)
	ids, err := engine.Find(ctx, db.reader(), engine.Lookup[int64]{
		Select: "a.event_id", From: "destination t JOIN attempt a ON a.account_id = t.account_id AND a.destination_id = t.id",
		Where: "t.instance_id = $1 AND a.problem = ''", Arguments: []any{instanceID}, Column: "a.event_id", Members: eventIDs,
	}, engine.Number)
	if err != nil {
		return nil, fmt.Errorf("look for attempts of instance %d: %w", instanceID, err)
	}
	for _, id := range ids {
		delivered[id] = true
	}
	return delivered, nil
}

func scanEvent(row engine.Row) (turnstone.Event, error) {
	var e turnstone.Event
	err := row.Scan(&e.ID, &e.Key, &e.AccountID, &e.InstanceID, &e.PollerID, &e.Resource, (*instant)(&e.CreatedAt),
		jsonText{&e.Objects}, jsonText{&e.Ops}, &e.Trace, &e.Body)
	return e, err
}

func scanBody(row engine.Row) (turnstone.Event, error) {
	var e turnstone.Event
	err := row.Scan(&e.ID, &e.Body)
	return e, err
}
