package delivery

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"turnstone"
	"turnstone/internal/store/column"
	"turnstone/internal/store/engine"
)

// settlement is a batch of a holder.
type settlement struct {
	destination turnstone.Destination
	fence       int64
	lease       time.Duration
	turnstone.DeliveryBatch
}

// settle stores batches together. The batches of those who lost their lease are left
// out, and answered.
func (ld *Ledger) settle(ctx context.Context, calls []*engine.Call[settlement]) error {
	// In one order everywhere, so that transactions that meet wait in a line.
	slices.SortFunc(calls, func(a, b *engine.Call[settlement]) int {
		return cmp.Compare(a.Job.destination.ID, b.Job.destination.ID)
	})
	return ld.Engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		now, err := s.Now(ctx)
		if err != nil {
			return err
		}
		w := settler{s: s, now: now}
		// First, so that one who lost the lease writes nothing.
		held, err := w.move(ctx, calls)
		if err != nil {
			return err
		}
		for _, store := range []func(context.Context, []settlement) error{w.attempts, w.made, w.failed} {
			if err := store(ctx, held); err != nil {
				return err
			}
		}
		return nil
	})
}

// settler writes the parts of batches in their transaction.
type settler struct {
	s   *engine.Session
	now time.Time
}

// move records the health of the destinations and until when they are held, and
// returns the batches whose lease is still their caller's.
func (w settler) move(ctx context.Context, calls []*engine.Call[settlement]) ([]settlement, error) {
	rows := make([][]any, len(calls))
	for i, c := range calls {
		rows[i] = w.row(c.Job)
	}
	ids, err := engine.Join(ctx, w.s, engine.Against{Text: `
		UPDATE destination
		SET failures = v.failures, state = v.state, problem = v.problem,
			last_good_at = CASE WHEN v.last_good_at = 0 THEN destination.last_good_at ELSE v.last_good_at END,
			settled = destination.settled + v.made,
			queued = destination.queued + v.queued,
			handshake = CASE WHEN v.handshake = '' THEN destination.handshake ELSE v.handshake END,
			lease_until = v.lease_until,
			fence = destination.fence + v.released,
			next_at = CASE WHEN v.released = 0 THEN destination.next_at
				WHEN destination.signal <> v.signal THEN v.now
				ELSE v.next_at END
		FROM %s
		WHERE destination.id = v.id AND destination.fence = v.fence AND destination.lease_until <> 0
		RETURNING destination.id`, Values: engine.Values{Rows: rows, Columns: []engine.Column{
		{Name: "id"},
		{Name: "fence"},
		{Name: "failures"},
		{Name: "state", Kind: engine.Text},
		{Name: "problem", Kind: engine.Text},
		{Name: "last_good_at"},
		{Name: "made"},
		{Name: "queued"},
		{Name: "handshake", Kind: engine.Text},
		{Name: "now"},
		{Name: "lease_until"},
		{Name: "released"},
		{Name: "signal"},
		{Name: "next_at"},
	}}}, engine.Number)
	if err != nil {
		return nil, fmt.Errorf("move destinations: %w", err)
	}
	return engine.Held(calls, ids, func(b settlement) int64 { return b.destination.ID }), nil
}

// row returns the values that move a destination. A rest is a lease that nobody
// holds.
func (w settler) row(b settlement) []any {
	made, queued, lastGood := 0, 0, time.Time{}
	for _, t := range b.Settlements {
		switch {
		case t.Done:
			made++
			lastGood = later(lastGood, t.Attempt.At)
		case t.Queued:
			queued++
		}
	}
	var handshake any = "" // unchanged
	if b.Handshake != nil {
		handshake = column.JSON{V: b.Handshake}
	}
	row := []any{
		b.destination.ID, b.fence, b.Failures, string(b.State), b.Problem, instant(lastGood), made, queued, handshake, instant(w.now),
	}
	switch {
	case b.Release == nil:
		return append(row, instant(w.now.Add(b.lease)), 0, 0, 0)
	case b.Release.NextAt.IsZero():
		return append(row, instant(b.Release.RestUntil), 1, b.Release.Signal, int64(never))
	}
	return append(row, instant(b.Release.RestUntil), 1, b.Release.Signal, instant(b.Release.NextAt))
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (w settler) attempts(ctx context.Context, batches []settlement) error {
	var rows [][]any
	for _, b := range batches {
		for _, t := range b.Settlements {
			a := t.Attempt
			rows = append(rows, []any{
				b.destination.ID, a.EventID, a.Number, b.destination.AccountID, instant(a.At), span(a.Took), a.Status, a.Problem,
			})
		}
	}
	err := w.s.Insert(ctx, engine.Insertion{Table: "attempt"}, engine.Values{Rows: rows, Columns: []engine.Column{
		{Name: "destination_id"},
		{Name: "event_id"},
		{Name: "number"},
		{Name: "account_id"},
		{Name: "at"},
		{Name: "took"},
		{Name: "status"},
		{Name: "problem", Kind: engine.Text},
	}})
	if err != nil {
		return fmt.Errorf("save attempts: %w", err)
	}
	return nil
}

// made removes the deliveries that are made.
func (w settler) made(ctx context.Context, batches []settlement) error {
	var rows [][]any
	for _, b := range batches {
		for _, t := range b.Settlements {
			if t.Done {
				rows = append(rows, []any{b.destination.AccountID, b.destination.ID, t.Attempt.EventID})
			}
		}
	}
	err := w.s.Delete(ctx, "delivery", engine.Values{Rows: rows, Columns: []engine.Column{
		{Name: "account_id"}, {Name: "destination_id"}, {Name: "event_id"},
	}})
	if err != nil {
		return fmt.Errorf("remove deliveries made: %w", err)
	}
	return nil
}

// due returns when a delivery that was not made is due, as a column holds it.
func due(t turnstone.Settlement) any {
	if t.Queued {
		return int64(never)
	}
	return instant(t.NextAt)
}

// failed reschedules the deliveries that are not.
func (w settler) failed(ctx context.Context, batches []settlement) error {
	var rows [][]any
	for _, b := range batches {
		for _, t := range b.Settlements {
			if !t.Done {
				rows = append(rows, []any{
					b.destination.AccountID, b.destination.ID, t.Attempt.EventID,
					t.Attempt.Number, instant(t.FirstFailedAt), due(t),
				})
			}
		}
	}
	_, err := engine.Join(ctx, w.s, engine.Against{Text: `
		UPDATE delivery
		SET attempts = v.attempts, first_failed_at = v.first_failed_at, next_at = v.next_at
		FROM %s
		WHERE delivery.account_id = v.account_id AND delivery.destination_id = v.destination_id AND delivery.event_id = v.event_id
		RETURNING delivery.event_id`, Values: engine.Values{Rows: rows, Columns: []engine.Column{
		{Name: "account_id"},
		{Name: "destination_id"},
		{Name: "event_id"},
		{Name: "attempts"},
		{Name: "first_failed_at"},
		{Name: "next_at"},
	}}}, engine.Number)
	if err != nil {
		return fmt.Errorf("reschedule deliveries: %w", err)
	}
	return nil
}
