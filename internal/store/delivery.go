package store

import (
	"context"
	"fmt"
	"time"

	"turnstone"
)

// Deliveries returns what a leased destination is owed, in the order of its events,
// from the one behind the event after, at most n. It returns turnstone.ErrLeaseLost if
// the lease was overtaken or ended.
//
// Events are stored in the order in which their polls commit, which need not be the
// order of their ids: when Signal grew since the last look, start again after 0.
func (db *DB) Deliveries(ctx context.Context, l turnstone.DestinationLease, after int64, n int) (turnstone.Deliveries, error) {
	// The signal is read before the list. An event stored between the two is then in
	// the list, or behind the signal that the holder releases with; never neither.
	signal, err := one(db.reader.query(ctx, `
		SELECT signal FROM destination
		WHERE id = $1 AND fence = $2 AND lease_until <> 0`, l.Destination.ID, l.Fence), number)
	if absent(err) {
		err = turnstone.ErrLeaseLost
	}
	if err != nil {
		return turnstone.Deliveries{}, fmt.Errorf("deliveries to destination %d: %w", l.Destination.ID, err)
	}
	owed, err := list(db.reader.query(ctx, `
		SELECT d.event_id, e.objects, d.attempts, d.first_failed_at, d.next_at, e.created_at, length(e.body), e.trace
		FROM delivery d JOIN event e ON e.id = d.event_id
		WHERE d.destination_id = $1 AND d.event_id > $2
		ORDER BY d.event_id
		LIMIT $3`, l.Destination.ID, after, n), scanDelivery)
	if err != nil {
		return turnstone.Deliveries{}, fmt.Errorf("deliveries to destination %d: %w", l.Destination.ID, err)
	}
	return turnstone.Deliveries{List: owed, Signal: signal}, nil
}

// SettleDeliveries stores attempts and what follows from them, in one transaction. It
// extends the lease, or ends it if b.Release is set. It returns turnstone.ErrLeaseLost,
// and changes nothing, if the lease was overtaken or ended, or the destination is gone.
func (db *DB) SettleDeliveries(ctx context.Context, l turnstone.DestinationLease, lease time.Duration, b turnstone.DeliveryBatch) error {
	err := db.writer.write(ctx, func(ctx context.Context, s *session) error {
		now, err := db.clock(ctx, s)
		if err != nil {
			return err
		}
		w := settler{s: s, lease: l, now: now}
		// First, so that one who lost the lease writes nothing.
		if err := w.move(ctx, b, now.Add(lease)); err != nil {
			return err
		}
		if err := w.attempts(ctx, b.Settlements); err != nil {
			return err
		}
		return w.deliveries(ctx, b.Settlements)
	})
	if err != nil {
		return fmt.Errorf("settle deliveries to destination %d: %w", l.Destination.ID, err)
	}
	return nil
}

// settler writes the parts of a batch in its transaction.
type settler struct {
	s     *session
	lease turnstone.DestinationLease
	now   time.Time
}

// move records the health of the destination and until when it is held, if the lease
// is still the caller's.
func (w settler) move(ctx context.Context, b turnstone.DeliveryBatch, until time.Time) error {
	step := func() (int64, error) { return w.hold(ctx, b, until) }
	if b.Release != nil {
		step = func() (int64, error) { return w.release(ctx, b) }
	}
	n, err := step()
	if err != nil {
		return fmt.Errorf("move destination: %w", err)
	}
	if n == 0 {
		return turnstone.ErrLeaseLost
	}
	return nil
}

func (w settler) hold(ctx context.Context, b turnstone.DeliveryBatch, until time.Time) (int64, error) {
	return w.s.exec(ctx, `
		UPDATE destination
		SET failures = $1, state = $2, problem = $3, last_good_at = CASE WHEN $4 = 0 THEN last_good_at ELSE $4 END,
			settled = settled + $5, lease_until = $6
		WHERE id = $7 AND fence = $8 AND lease_until <> 0`,
		b.Failures, b.State, b.Problem, instant(lastGood(b.Settlements)), made(b.Settlements), instant(until), w.lease.Destination.ID, w.lease.Fence)
}

// release ends the lease. A rest is a lease that nobody holds.
func (w settler) release(ctx context.Context, b turnstone.DeliveryBatch) (int64, error) {
	var next any = instant(b.Release.NextAt)
	if b.Release.NextAt.IsZero() {
		next = int64(never)
	}
	return w.s.exec(ctx, `
		UPDATE destination
		SET failures = $1, state = $2, problem = $3, last_good_at = CASE WHEN $4 = 0 THEN last_good_at ELSE $4 END,
			settled = settled + $5, lease_until = $6, fence = fence + 1,
			next_at = CASE WHEN signal <> $7 THEN $8 ELSE $9 END
		WHERE id = $10 AND fence = $11 AND lease_until <> 0`,
		b.Failures, b.State, b.Problem, instant(lastGood(b.Settlements)), made(b.Settlements), instant(b.Release.RestUntil),
		b.Release.Signal, instant(w.now), next, w.lease.Destination.ID, w.lease.Fence)
}

// made returns how many deliveries were made.
func made(settlements []turnstone.Settlement) int {
	n := 0
	for _, t := range settlements {
		if t.Done {
			n++
		}
	}
	return n
}

// lastGood returns the time of the last attempt that delivered.
func lastGood(settlements []turnstone.Settlement) time.Time {
	var last time.Time
	for _, t := range settlements {
		if t.Done && t.Attempt.At.After(last) {
			last = t.Attempt.At
		}
	}
	return last
}

func (w settler) attempts(ctx context.Context, settlements []turnstone.Settlement) error {
	d := w.lease.Destination
	rows := make([][]any, 0, len(settlements))
	for _, t := range settlements {
		a := t.Attempt
		rows = append(rows, []any{d.ID, a.EventID, a.Number, d.AccountID, instant(a.At), span(a.Took), a.Status, a.Problem})
	}
	err := w.s.insert(ctx, insertion{
		into: `INSERT INTO attempt (destination_id, event_id, number, account_id, at, took, status, problem)`,
	}, rows)
	if err != nil {
		return fmt.Errorf("save attempts: %w", err)
	}
	return nil
}

// deliveries removes the deliveries that are made and reschedules the others.
func (w settler) deliveries(ctx context.Context, settlements []turnstone.Settlement) error {
	d := w.lease.Destination
	var done []int64
	for _, t := range settlements {
		if t.Done {
			done = append(done, t.Attempt.EventID)
			continue
		}
		_, err := w.s.exec(ctx, `
			UPDATE delivery
			SET attempts = $1, first_failed_at = $2, next_at = $3
			WHERE destination_id = $4 AND event_id = $5`,
			t.Attempt.Number, instant(t.FirstFailedAt), instant(t.NextAt), d.ID, t.Attempt.EventID)
		if err != nil {
			return fmt.Errorf("reschedule event %d: %w", t.Attempt.EventID, err)
		}
	}
	for text, args := range in(`DELETE FROM delivery WHERE destination_id = $1 AND event_id IN (%s)`, done, d.ID) {
		if _, err := w.s.exec(ctx, text, args...); err != nil {
			return fmt.Errorf("remove deliveries made: %w", err)
		}
	}
	return nil
}

func scanDelivery(row scanner) (turnstone.Delivery, error) {
	var d turnstone.Delivery
	err := row.Scan(&d.EventID, jsonText{&d.Objects}, &d.Attempts, (*instant)(&d.FirstFailedAt), (*instant)(&d.NextAt),
		(*instant)(&d.StoredAt), &d.Size, &d.Trace)
	return d, err
}
