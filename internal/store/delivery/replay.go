package delivery

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"turnstone"
	"turnstone/internal/store/column"
	"turnstone/internal/store/engine"
)

// Replay makes a batch of the stored events that r selects owed again: to the
// destination that r names, or to all those of the instance whose filters they pass.
// What is owed anyway stays as it is. Go on behind Replayed.Last until that is 0.
//
// It returns turnstone.ErrNotFound if the instance or the destination does not exist.
func (ld *Ledger) Replay(ctx context.Context, r turnstone.Replay) (turnstone.Replayed, error) {
	var done turnstone.Replayed
	// Looked for outside the transaction: there may be many others before them.
	events, err := ld.replayed(ctx, r)
	if err == nil {
		err = ld.Engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
			w := replayer{s: s, Replay: r}
			done, err = w.run(ctx, events)
			return err
		})
	}
	if err != nil {
		return turnstone.Replayed{}, fmt.Errorf("replay events of instance %d: %w", r.InstanceID, err)
	}
	done.Last = last(events, r)
	return done, nil
}

// CountReplay returns what Replay would do now, and does nothing.
func (ld *Ledger) CountReplay(ctx context.Context, r turnstone.Replay) (turnstone.Replayed, error) {
	events, err := ld.replayed(ctx, r)
	if err != nil {
		return turnstone.Replayed{}, fmt.Errorf("count replay of events of instance %d: %w", r.InstanceID, err)
	}
	w := replayer{s: ld.Engine.Reader(), Replay: r}
	n, err := w.count(ctx, events)
	if err != nil {
		return turnstone.Replayed{}, fmt.Errorf("count replay of events of instance %d: %w", r.InstanceID, err)
	}
	n.Last = last(events, r)
	return n, nil
}

// last returns where to go on behind a batch.
func last(events []turnstone.Event, r turnstone.Replay) int64 {
	if len(events) == 0 || len(events) < r.Limit {
		return 0
	}
	return events[len(events)-1].ID
}

// replayed returns the events of the batch, in their order, without their bodies.
func (ld *Ledger) replayed(ctx context.Context, r turnstone.Replay) ([]turnstone.Event, error) {
	if len(r.EventIDs) > 0 {
		return ld.named(ctx, r)
	}
	return engine.List(ld.Engine.Reader().Query(ctx, `
		SELECT e.id, e.resource, e.ops
		FROM event e
		WHERE e.account_id = $1 AND e.instance_id = $2 AND e.id > $3
			AND ($4 = '' OR e.resource = $4) AND e.created_at >= $5 AND e.created_at < $6
		ORDER BY e.id
		LIMIT $7`, r.AccountID, r.InstanceID, r.After, r.Resource, instant(r.From), column.Until(r.To), r.Limit), scanReplayed)
}

// named returns those of the events of the batch that r names and that exist.
func (ld *Ledger) named(ctx context.Context, r turnstone.Replay) ([]turnstone.Event, error) {
	events, err := engine.Find(ctx, ld.Engine.Reader(), engine.Lookup[int64]{
		Select: "e.id, e.resource, e.ops", From: "event e", Where: "e.account_id = $1 AND e.instance_id = $2 AND e.id > $3",
		Arguments: []any{r.AccountID, r.InstanceID, r.After}, Column: "e.id",
		Members: slices.Compact(slices.Sorted(slices.Values(r.EventIDs))),
	}, scanReplayed)
	slices.SortFunc(events, func(a, b turnstone.Event) int { return cmp.Compare(a.ID, b.ID) })
	return events[:min(len(events), r.Limit)], err
}

func scanReplayed(row engine.Row) (turnstone.Event, error) {
	var e turnstone.Event
	err := row.Scan(&e.ID, &e.Resource, column.JSON{V: &e.Ops})
	return e, err
}

// replayer makes the events of a batch owed again, or counts what that would be.
type replayer struct {
	s *engine.Session
	turnstone.Replay
}

// run takes the rows of the destinations before it changes what they are owed, as
// everybody does; and before those the instance, so that the events that somebody
// else holds are not those of another replay, but those that a purge takes away.
func (w replayer) run(ctx context.Context, events []turnstone.Event) (turnstone.Replayed, error) {
	var n turnstone.Replayed
	if err := HoldInstance(ctx, w.s, w.AccountID, w.InstanceID); err != nil {
		return n, err
	}
	destinations, err := w.destinations(ctx, `
		UPDATE destination
		SET queued = queued
		WHERE instance_id = $1 AND (id = $2 OR $2 = 0)
		RETURNING id, account_id, instance_id, filter`)
	if err != nil {
		return n, err
	}
	kept, err := w.keep(ctx, events)
	if err != nil {
		return n, err
	}
	n.Events = len(kept)
	for _, d := range destinations {
		owed, err := w.owe(ctx, d, w.wanted(d, kept))
		if err != nil {
			return n, fmt.Errorf("owe to destination %d: %w", d.destination, err)
		}
		n.Deliveries += owed
	}
	return n, nil
}

// count returns what run would do.
func (w replayer) count(ctx context.Context, events []turnstone.Event) (turnstone.Replayed, error) {
	n := turnstone.Replayed{Events: len(events)}
	_, err := engine.One(w.s.Query(ctx, `SELECT id FROM instance WHERE account_id = $1 AND id = $2`, w.AccountID, w.InstanceID), engine.Number)
	if err != nil {
		return n, err
	}
	destinations, err := w.destinations(ctx, `
		SELECT id, account_id, instance_id, filter
		FROM destination
		WHERE instance_id = $1 AND (id = $2 OR $2 = 0)`)
	if err != nil {
		return n, err
	}
	for _, d := range destinations {
		ids := w.wanted(d, events)
		owed, err := engine.Find(ctx, w.s, engine.Lookup[int64]{
			Select: "event_id", From: "delivery", Where: "account_id = $1 AND destination_id = $2",
			Arguments: []any{d.account, d.destination}, Column: "event_id", Members: ids,
		}, engine.Number)
		if err != nil {
			return n, fmt.Errorf("look for what destination %d is owed: %w", d.destination, err)
		}
		n.Deliveries += len(ids) - len(owed)
	}
	return n, nil
}

// destinations returns those that the events are for.
func (w replayer) destinations(ctx context.Context, text string) ([]owing, error) {
	all, err := engine.List(w.s.Query(ctx, text, w.InstanceID, w.DestinationID), scanOwing)
	if err != nil {
		return nil, fmt.Errorf("read destinations: %w", err)
	}
	if len(all) == 0 && w.DestinationID != 0 {
		return nil, fmt.Errorf("destination %d: %w", w.DestinationID, turnstone.ErrNotFound)
	}
	return all, nil
}

// keep returns those of the events that are still there, and holds them.
func (w replayer) keep(ctx context.Context, events []turnstone.Event) ([]turnstone.Event, error) {
	refs := make([]EventRef, len(events))
	for i, e := range events {
		refs[i] = EventRef{Account: w.AccountID, ID: e.ID}
	}
	values, err := HoldEvents(ctx, w.s, refs)
	if err != nil {
		return nil, fmt.Errorf("hold events: %w", err)
	}
	held := make(map[any]bool, len(values.Rows))
	for _, row := range values.Rows {
		held[row[1]] = true
	}
	return slices.DeleteFunc(slices.Clone(events), func(e turnstone.Event) bool { return !held[e.ID] }), nil
}

// wanted returns the ids of those events that are for a destination. One that was named
// gets them all.
func (w replayer) wanted(d owing, events []turnstone.Event) []int64 {
	var ids []int64
	for _, e := range events {
		if w.DestinationID != 0 || d.filter.Wants(e.Resource, e.Ops) {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// owe owes events to a destination, and returns how many were not owed already. Their
// attempts are numbered on.
func (w replayer) owe(ctx context.Context, d owing, events []int64) (int, error) {
	values := engine.Values{Columns: []engine.Column{{Name: "account_id"}, {Name: "destination_id"}, {Name: "event_id"}}}
	for _, id := range events {
		values.Rows = append(values.Rows, []any{d.account, d.destination, id})
	}
	owed, err := engine.Join(ctx, w.s, engine.Against{Text: `
		INSERT INTO delivery (account_id, destination_id, event_id, attempts)
		SELECT v.account_id, v.destination_id, v.event_id, COALESCE((
			SELECT MAX(a.number)
			FROM attempt a
			WHERE a.account_id = v.account_id AND a.destination_id = v.destination_id AND a.event_id = v.event_id), 0)
		FROM %s
		WHERE TRUE
		ON CONFLICT DO NOTHING
		RETURNING event_id`, Values: values}, engine.Number)
	if err != nil || len(owed) == 0 {
		return 0, err
	}
	now, err := w.s.Now(ctx)
	if err != nil {
		return 0, err
	}
	_, err = w.s.Exec(ctx, `
		UPDATE destination
		SET signal = signal + $1, next_at = CASE WHEN next_at > $2 THEN $2 ELSE next_at END
		WHERE id = $3`, len(owed), instant(now), d.destination)
	return len(owed), err
}
