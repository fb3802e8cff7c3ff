// Package delivery keeps what is owed to destinations: it owes them events, shows what
// they are owed, settles attempts, and tells what became of an event, and repeats it.
//
// Its promises: the counters in the row of a destination are those of its deliveries;
// what a holder writes who was overtaken is refused; and what is owed is kept until an
// attempt succeeds. Whoever changes what a destination is owed takes its row first.
//
// It refuses to know what events say, and the destinations' secrets.
package delivery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/store/column"
	"turnstone/internal/store/engine"
)

// What columns hold, under names short enough for statements.
type (
	instant = column.Instant
	span    = column.Span
)

// never is when a delivery is due that waits until somebody asks.
const never = column.Never

// absent reports whether err only says that there is no such row.
func absent(err error) bool { return errors.Is(err, turnstone.ErrNotFound) }

// Ledger is the part of a database that says what is owed. Its methods may be called
// from many goroutines.
type Ledger struct {
	Engine   engine.Engine
	settling *engine.Batcher[settlement]
}

// Bounds are those of what calls that share a transaction may be.
type Bounds struct{ Calls, Rows int }

// Open returns the ledger of a database. It starts goroutines that write; Close ends
// them.
func Open(ctx context.Context, e engine.Engine, b Bounds) *Ledger {
	ld := &Ledger{Engine: e}
	ld.settling = engine.NewBatcher(ctx, engine.BatchOptions[settlement]{
		Do: ld.settle, Workers: e.Concurrency(), MaxCalls: b.Calls, MaxRows: b.Rows,
	})
	return ld
}

// Close finishes the settlements that wait, and refuses all that come later.
func (ld *Ledger) Close() { ld.settling.Close() }

// Deliveries returns what a leased destination is owed, in the order of its events,
// from the one behind the event after, at most n. It returns turnstone.ErrLeaseLost if
// the lease was overtaken or ended.
//
// Events are stored in the order in which their polls commit, which need not be the
// order of their ids: when Signal grew since the last look, start again after 0.
func (ld *Ledger) Deliveries(ctx context.Context, l turnstone.DestinationLease, after int64, n int) (turnstone.Deliveries, error) {
	// The signal is read before the list. An event stored between the two is then in
	// the list, or behind the signal that the holder releases with; never neither.
	signal, err := engine.One(ld.Engine.Reader().Query(ctx, `
		SELECT signal FROM destination
		WHERE id = $1 AND fence = $2 AND lease_until <> 0`, l.Destination.ID, l.Fence), engine.Number)
	if absent(err) {
		err = turnstone.ErrLeaseLost
	}
	if err != nil {
		return turnstone.Deliveries{}, fmt.Errorf("deliveries to destination %d: %w", l.Destination.ID, err)
	}
	owed, err := engine.List(ld.Engine.Reader().Query(ctx, `
		SELECT d.event_id, e.objects, d.attempts, d.first_failed_at, d.next_at, e.created_at, length(e.body), e.format, e.trace
		FROM delivery d JOIN event e ON e.account_id = d.account_id AND e.id = d.event_id
		WHERE d.account_id = $1 AND d.destination_id = $2 AND d.event_id > $3
		ORDER BY d.event_id
		LIMIT $4`, l.Destination.AccountID, l.Destination.ID, after, n), scanDelivery)
	if err != nil {
		return turnstone.Deliveries{}, fmt.Errorf("deliveries to destination %d: %w", l.Destination.ID, err)
	}
	return turnstone.Deliveries{List: owed, Signal: signal}, nil
}

// SettleDeliveries stores attempts and what follows from them, in one transaction. It
// extends the lease, or ends it if b.Release is set. It returns turnstone.ErrLeaseLost,
// and changes nothing, if the lease was overtaken or ended, or the destination is gone.
func (ld *Ledger) SettleDeliveries(ctx context.Context, l turnstone.DestinationLease, lease time.Duration, b turnstone.DeliveryBatch) error {
	err := ld.settling.Call(ctx, engine.Request[settlement]{
		Job: settlement{destination: l.Destination, fence: l.Fence, lease: lease, DeliveryBatch: b},
		Key: l.Destination.ID, Weight: 1 + 2*len(b.Settlements),
	})
	if err != nil {
		return fmt.Errorf("settle deliveries to destination %d: %w", l.Destination.ID, err)
	}
	return nil
}

func scanDelivery(row engine.Row) (turnstone.Delivery, error) {
	var d turnstone.Delivery
	var next int64
	err := row.Scan(&d.EventID, column.JSON{V: &d.Objects}, &d.Attempts, (*instant)(&d.FirstFailedAt), &next,
		(*instant)(&d.StoredAt), &d.Size, &d.Format, &d.Trace)
	d.Queued = next == never
	return d, cmp.Or(err, (*instant)(&d.NextAt).Scan(next))
}
