package store

import (
	"context"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/store/engine"
)

// EventByKey returns the event of an account with a key, or turnstone.ErrNotFound. It
// must have been made within the millisecond that begins at made, as its key says:
// there is no index by key, which would cost each event a page of its own.
func (db *DB) EventByKey(ctx context.Context, accountID int64, key string, made time.Time) (turnstone.Event, error) {
	e, err := engine.One(db.reader().Query(ctx, selectEvent+`
		WHERE e.created_at >= $1 AND e.created_at < $2 AND e.event_key = $3 AND e.account_id = $4 AND `+itsInstance,
		instant(made), instant(made.Add(time.Millisecond)), key, accountID), scanEvent)
	if err != nil {
		return turnstone.Event{}, fmt.Errorf("event %.20q: %w", key, err)
	}
	return e, nil
}
