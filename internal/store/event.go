package store

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"turnstone"
	"turnstone/internal/store/column"
	"turnstone/internal/store/engine"
)

// Events returns the events that f selects, newest first.
//
// There is no such list for an account: the index that it takes costs a commit of new
// objects 3 % of its CPU.
func (db *DB) Events(ctx context.Context, f turnstone.EventFilter) ([]turnstone.Event, error) {
	op := ""
	if f.Op != "" {
		op = `%"` + string(f.Op) + `"%` // as a member of a JSON list
	}
	events, err := engine.List(db.reader().Query(ctx, selectEvent+`
		WHERE e.account_id = $1 AND e.instance_id = $2 AND e.id < $3 AND `+itsInstance+`
			AND ($4 = '' OR e.resource = $4) AND ($5 = '' OR e.ops LIKE $5) AND e.created_at >= $6 AND e.created_at < $7
		ORDER BY e.id DESC
		LIMIT $8`, f.AccountID, f.InstanceID, cmp.Or(f.Before, math.MaxInt64),
		f.Resource, op, instant(f.From), column.Until(f.To), f.Limit), scanEvent)
	if err != nil {
		return nil, fmt.Errorf("list events of instance %d: %w", f.InstanceID, err)
	}
	return events, nil
}

// Event returns an event of an instance, or of any of the account if instanceID is 0.
// It returns turnstone.ErrNotFound if it does not exist, or is not kept any more.
func (db *DB) Event(ctx context.Context, accountID, instanceID, id int64) (turnstone.Event, error) {
	e, err := engine.One(db.reader().Query(ctx, selectEvent+`
		WHERE e.account_id = $1 AND e.id = $2 AND (e.instance_id = $3 OR $3 = 0) AND `+itsInstance, accountID, id, instanceID), scanEvent)
	if err != nil {
		return turnstone.Event{}, fmt.Errorf("event %d: %w", id, err)
	}
	return e, nil
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

const (
	selectEvent = `
		SELECT e.id, e.event_key, e.account_id, e.instance_id, e.poller_id, e.resource, e.created_at, e.objects, e.ops, e.trace, e.format, e.body
		FROM event e`
	// itsInstance leaves out the events that a deleted instance left.
	itsInstance = `EXISTS (SELECT 1 FROM instance i WHERE i.id = e.instance_id)`
)

func scanEvent(row engine.Row) (turnstone.Event, error) {
	var e turnstone.Event
	err := row.Scan(&e.ID, &e.Key, &e.AccountID, &e.InstanceID, &e.PollerID, &e.Resource, (*instant)(&e.CreatedAt),
		column.JSON{V: &e.Objects}, column.JSON{V: &e.Ops}, &e.Trace, &e.Format, &e.Body)
	return e, err
}

func scanBody(row engine.Row) (turnstone.Event, error) {
	var e turnstone.Event
	err := row.Scan(&e.ID, &e.Body)
	return e, err
}
