package store

import (
	"context"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/store/engine"
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
	signal, err := engine.One(db.reader().Query(ctx, `
		SELECT signal FROM destination
		WHERE id = $1 AND fence = $2 AND lease_until <> 0`, l.Destination.ID, l.Fence), engine.Number)
	if absent(err) {
		err = turnstone.ErrLeaseLost
	}
	if err != nil {
		return turnstone.Deliveries{}, fmt.Errorf("deliveries to destination %d: %w", l.Destination.ID, err)
	}
	owed, err := engine.List(db.reader().Query(ctx, `
		SELECT d.event_id, e.objects, d.attempts, d.first_failed_at, d.next_at, e.created_at, length(e.body), e.trace
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
func (db *DB) SettleDeliveries(ctx context.Context, l turnstone.DestinationLease, lease time.Duration, b turnstone.DeliveryBatch) error {
	err := db.settling.Call(ctx, engine.Request[settlement]{
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
	err := row.Scan(&d.EventID, jsonText{&d.Objects}, &d.Attempts, (*instant)(&d.FirstFailedAt), (*instant)(&d.NextAt),
		(*instant)(&d.StoredAt), &d.Size, &d.Trace)
	return d, err
}
