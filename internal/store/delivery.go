package store

import (
	"context"
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
	return db.ledger.Deliveries(ctx, l, after, n)
}

// SettleDeliveries stores attempts and what follows from them, in one transaction. It
// extends the lease, or ends it if b.Release is set. It returns turnstone.ErrLeaseLost,
// and changes nothing, if the lease was overtaken or ended, or the destination is gone.
func (db *DB) SettleDeliveries(ctx context.Context, l turnstone.DestinationLease, lease time.Duration, b turnstone.DeliveryBatch) error {
	return db.ledger.SettleDeliveries(ctx, l, lease, b)
}

// DeliveryHistory returns what became of events of an instance: for each, and for each
// destination that it is or was owed to, how far the delivery is and all attempts at
// it, by event and destination. Destinations that were deleted left no trace.
func (db *DB) DeliveryHistory(ctx context.Context, accountID, instanceID int64, eventIDs []int64) ([]turnstone.DeliveryRecord, error) {
	return db.ledger.DeliveryHistory(ctx, accountID, instanceID, eventIDs)
}

// OwedDeliveries returns the deliveries that f selects, by instance, destination and
// event, from the one behind f.After, at most f.Limit, with the attempts at them.
func (db *DB) OwedDeliveries(ctx context.Context, f turnstone.DeliveryFilter) ([]turnstone.DeliveryRecord, error) {
	return db.ledger.OwedDeliveries(ctx, f)
}

// Redeliver makes due what waits of the deliveries that f selects, until somebody asks
// or for another attempt, and returns how many deliveries that were. Each begins a new
// schedule. A destination that was given up is active again: all that it is owed waited.
// Whoever holds a lease on a destination of such deliveries loses it. f.After and
// f.Limit do not matter.
//
// Each destination is dealt with in a transaction of its own: what was done stays when
// the rest fails.
func (db *DB) Redeliver(ctx context.Context, f turnstone.DeliveryFilter) (int, error) {
	return db.ledger.Redeliver(ctx, f)
}

// Replay makes a batch of the stored events that r selects owed again: to the
// destination that r names, or to all those of the instance whose filters they pass.
// What is owed anyway stays as it is. Go on behind Replayed.Last until that is 0.
//
// It returns turnstone.ErrNotFound if the instance or the destination does not exist.
func (db *DB) Replay(ctx context.Context, r turnstone.Replay) (turnstone.Replayed, error) {
	return db.ledger.Replay(ctx, r)
}

// CountReplay returns what Replay would do now, and does nothing.
func (db *DB) CountReplay(ctx context.Context, r turnstone.Replay) (turnstone.Replayed, error) {
	return db.ledger.CountReplay(ctx, r)
}
