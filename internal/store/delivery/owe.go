package delivery

import (
	"cmp"
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"time"

	"turnstone"
	"turnstone/internal/store/column"
	"turnstone/internal/store/engine"
)

// owing is a destination of an instance that has new events.
type owing struct {
	destination, account, instance int64
	filter                         turnstone.DestinationFilter
}

// Owe owes events, which are those of each instance, to the destinations that want
// them, also to inactive ones, and makes these due at now.
func Owe(ctx context.Context, s *engine.Session, now time.Time, events map[int64][]turnstone.Event) error {
	w := ower{s: s, now: now}
	destinations, err := w.signal(ctx, events)
	if err != nil {
		return fmt.Errorf("signal destinations: %w", err)
	}
	var owed, filtered [][]any
	for _, d := range destinations {
		before := len(owed)
		for _, e := range events[d.instance] {
			if d.filter.Wants(e.Resource, e.Ops) {
				owed = append(owed, []any{d.destination, e.ID, d.account})
			}
		}
		if wanted := len(owed) - before; wanted > 0 && !Filter(d.filter).Empty() {
			filtered = append(filtered, []any{d.destination, wanted, instant(w.now)})
		}
	}
	if err := w.signalFiltered(ctx, filtered); err != nil {
		return fmt.Errorf("signal destinations: %w", err)
	}
	err = s.Insert(ctx, engine.Insertion{Table: "delivery"}, engine.Values{Rows: owed, Columns: []engine.Column{
		{Name: "destination_id"}, {Name: "event_id"}, {Name: "account_id"},
	}})
	if err != nil {
		return fmt.Errorf("save deliveries: %w", err)
	}
	return nil
}

// ower owes events in a transaction.
type ower struct {
	s   *engine.Session
	now time.Time
}

// signal makes the destinations of instances with new events due. Those with a filter
// it only finds, and keeps as they are until the transaction ends: how many events
// they want is for signalFiltered.
func (w ower) signal(ctx context.Context, events map[int64][]turnstone.Event) ([]owing, error) {
	rows := make([][]any, 0, len(events))
	for instance, stored := range events {
		rows = append(rows, []any{instance, len(stored), instant(w.now)})
	}
	slices.SortFunc(rows, func(a, b []any) int { return cmp.Compare(a[0].(int64), b[0].(int64)) })
	return engine.Join(ctx, w.s, engine.Against{
		Text: `
		UPDATE destination
		SET signal = CASE WHEN destination.filter = '' THEN destination.signal + v.stored ELSE destination.signal END,
			next_at = CASE WHEN destination.filter = '' AND destination.next_at > v.now THEN v.now ELSE destination.next_at END
		FROM %s
		WHERE destination.instance_id = v.instance_id
		RETURNING destination.id, destination.account_id, destination.instance_id, destination.filter`,
		Values: engine.Values{Rows: rows, Columns: []engine.Column{{Name: "instance_id"}, {Name: "stored"}, {Name: "now"}}},
	}, scanOwing)
}

func scanOwing(row engine.Row) (owing, error) {
	var o owing
	err := row.Scan(&o.destination, &o.account, &o.instance, (*Filter)(&o.filter))
	return o, err
}

// signalFiltered makes destinations due that want some of the new events.
func (w ower) signalFiltered(ctx context.Context, rows [][]any) error {
	_, err := engine.Join(ctx, w.s, engine.Against{
		Text: `
		UPDATE destination
		SET signal = destination.signal + v.wanted,
			next_at = CASE WHEN destination.next_at > v.now THEN v.now ELSE destination.next_at END
		FROM %s
		WHERE destination.id = v.id
		RETURNING destination.id`,
		Values: engine.Values{Rows: rows, Columns: []engine.Column{{Name: "id"}, {Name: "wanted"}, {Name: "now"}}},
	}, engine.Number)
	return err
}

// Filter is a filter as a column holds it: JSON, or nothing where everything passes,
// so that a statement can tell.
type Filter turnstone.DestinationFilter

// Empty reports whether everything passes.
func (f Filter) Empty() bool { return len(f.Resources) == 0 && len(f.Ops) == 0 }

// Value makes Filter an argument.
func (f Filter) Value() (driver.Value, error) {
	if f.Empty() {
		return "", nil
	}
	return column.JSON{V: turnstone.DestinationFilter(f)}.Value()
}

// Scan makes *Filter a destination.
func (f *Filter) Scan(src any) error {
	*f = Filter{}
	if src == "" {
		return nil
	}
	return column.JSON{V: (*turnstone.DestinationFilter)(f)}.Scan(src)
}
