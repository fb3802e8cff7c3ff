package store

import (
	"context"
	"fmt"

	"turnstone"
	"turnstone/internal/store/engine"
)

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

func scanBody(row engine.Row) (turnstone.Event, error) {
	var e turnstone.Event
	err := row.Scan(&e.ID, &e.Body)
	return e, err
}
