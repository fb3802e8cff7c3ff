package history

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"time"

	"turnstone"
	"turnstone/internal/store/column"
	"turnstone/internal/store/engine"
)

// Events returns the events that f selects, newest first.
func (c *Chronicle) Events(ctx context.Context, f turnstone.EventFilter) ([]turnstone.Event, error) {
	if f.InstanceID == 0 {
		return c.accountEvents(ctx, f)
	}
	events, err := engine.List(c.Engine.Reader().Query(ctx, selected(f)+`
		WHERE e.account_id = $1 AND e.created_at >= $2 AND e.created_at < $3 AND e.id < $4 AND `+wanted+` AND e.instance_id = $8
		ORDER BY e.id DESC
		LIMIT $9`, append(arguments(f), f.InstanceID, f.Limit)...), scanEvent)
	if err != nil {
		return nil, fmt.Errorf("list events of instance %d: %w", f.InstanceID, err)
	}
	return events, nil
}

// accountEvents lists by the time at which events were made, along an index that is of use
// to Purge and EventCounts as well. In the place of the narrower one that they had, it costs
// a commit of a hundred new objects half a percent of its CPU, which is within the noise;
// one more index, of accounts alone, cost three.
func (c *Chronicle) accountEvents(ctx context.Context, f turnstone.EventFilter) ([]turnstone.Event, error) {
	last := int64(column.Never)
	if f.Before != 0 {
		last = f.BeforeAt.UnixMicro()
		if end := f.BeforeAt.Add(time.Microsecond); f.To.IsZero() || end.Before(f.To) {
			f.To = end // where to look; SQLite does not see it in the pair below
		}
	}
	events, err := engine.List(c.Engine.Reader().Query(ctx, selected(f)+`
		WHERE e.account_id = $1 AND e.created_at >= $2 AND e.created_at < $3 AND (e.created_at, e.id) < ($8, $4) AND `+wanted+`
		ORDER BY e.created_at DESC, e.id DESC
		LIMIT $9`, append(arguments(f), last, f.Limit)...), scanEvent)
	if err != nil {
		return nil, fmt.Errorf("list events of account %d: %w", f.AccountID, err)
	}
	return events, nil
}

// Event returns an event of an instance, or of any of the account if instanceID is 0.
// It returns turnstone.ErrNotFound if it does not exist, or is not kept any more.
func (c *Chronicle) Event(ctx context.Context, accountID, instanceID, id int64) (turnstone.Event, error) {
	e, err := engine.One(c.Engine.Reader().Query(ctx, selectEvent+`
		WHERE e.account_id = $1 AND e.id = $2 AND (e.instance_id = $3 OR $3 = 0) AND `+itsInstance, accountID, id, instanceID), scanEvent)
	if err != nil {
		return turnstone.Event{}, fmt.Errorf("event %d: %w", id, err)
	}
	return e, nil
}

// EventByKey returns the event of an account with a key, or turnstone.ErrNotFound. It
// must have been made within the millisecond that begins at made, as its key says:
// there is no index by key, which would cost each event a page of its own.
func (c *Chronicle) EventByKey(ctx context.Context, accountID int64, key string, made time.Time) (turnstone.Event, error) {
	e, err := engine.One(c.Engine.Reader().Query(ctx, selectEvent+`
		WHERE e.account_id = $1 AND e.created_at >= $2 AND e.created_at < $3 AND e.event_key = $4 AND `+itsInstance,
		accountID, instant(made), instant(made.Add(time.Millisecond)), key), scanEvent)
	if err != nil {
		return turnstone.Event{}, fmt.Errorf("event %.20q: %w", key, err)
	}
	return e, nil
}

// Notified returns which of some events of an account have reached a receiver.
func (c *Chronicle) Notified(ctx context.Context, accountID int64, eventIDs []int64) (map[int64]bool, error) {
	ids, err := engine.Find(ctx, c.Engine.Reader(), engine.Lookup[int64]{
		Select: "e.id", From: "event e", Where: "e.account_id = $1 AND " + delivered, Arguments: []any{accountID}, Column: "e.id", Members: eventIDs,
	}, engine.Number)
	if err != nil {
		return nil, fmt.Errorf("look for attempts at events of account %d: %w", accountID, err)
	}
	notified := make(map[int64]bool, len(ids))
	for _, id := range ids {
		notified[id] = true
	}
	return notified, nil
}

const (
	headColumns = `e.id, e.event_key, e.account_id, e.instance_id, e.poller_id, e.resource, e.created_at, e.objects, e.ops, e.trace, e.format`
	selectEvent = `
		SELECT ` + headColumns + `, e.body
		FROM event e`
	selectHead = `
		SELECT ` + headColumns + `, NULL
		FROM event e`
	// itsInstance leaves out the events that a deleted instance left.
	itsInstance = `EXISTS (SELECT 1 FROM instance i WHERE i.id = e.instance_id)`
	// delivered says that an event reached a receiver.
	delivered = `EXISTS (
		SELECT 1
		FROM destination t JOIN attempt a ON a.account_id = t.account_id AND a.destination_id = t.id AND a.event_id = e.id
		WHERE t.instance_id = e.instance_id AND a.problem = '')`
	// wanted is what a filter asks of an event beside its time and number.
	wanted = itsInstance + `
		AND ($5 = '' OR e.resource = $5) AND ($6 = '' OR e.ops LIKE $6)
		AND ($7 = '' OR $7 = CASE WHEN ` + delivered + ` THEN 'NOTIFIED' ELSE 'NEW' END)`
)

// selected returns what is read of the events that f selects.
func selected(f turnstone.EventFilter) string {
	if f.Heads {
		return selectHead
	}
	return selectEvent
}

// arguments are the first seven of a statement that lists events.
func arguments(f turnstone.EventFilter) []any {
	op := ""
	if f.Op != "" {
		op = `%"` + string(f.Op) + `"%` // as a member of a JSON list
	}
	return []any{
		f.AccountID, instant(f.From), column.Until(f.To), cmp.Or(f.Before, math.MaxInt64), f.Resource, op, string(f.Status),
	}
}

func scanEvent(row engine.Row) (turnstone.Event, error) {
	var e turnstone.Event
	err := row.Scan(&e.ID, &e.Key, &e.AccountID, &e.InstanceID, &e.PollerID, &e.Resource, (*instant)(&e.CreatedAt),
		column.JSON{V: &e.Objects}, column.JSON{V: &e.Ops}, &e.Trace, &e.Format, &e.Body)
	return e, err
}
