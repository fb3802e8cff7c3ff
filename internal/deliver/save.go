package deliver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"turnstone"
)

// store writes a batch, also when the lane was told to stop. While the database is
// away and the lease is ours, until a time, it tries again: the receiver has the
// events, and would get them twice.
func (n *lane) store(ctx context.Context, b turnstone.DeliveryBatch, until time.Time) error {
	err := n.write(ctx, b)
	for errors.Is(err, turnstone.ErrUnavailable) && n.outlives(ctx, until) {
		err = n.rewrite(ctx, b)
	}
	return err
}

// outlives waits before another try, and reports whether there is time for it.
func (n *lane) outlives(ctx context.Context, until time.Time) bool {
	if !n.Now().Add(awayTick + settleWithin).Before(until) {
		return false
	}
	pause := time.NewTimer(awayTick)
	defer pause.Stop()
	select {
	case <-pause.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// write writes a batch.
func (n *lane) write(ctx context.Context, b turnstone.DeliveryBatch) error {
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), settleWithin, errors.New("deliver: time to settle is over"))
	defer cancel()
	if err := n.Store.SettleDeliveries(ctx, n.claim.lease, n.Lease, b); err != nil {
		return fmt.Errorf("settle deliveries: %w", err)
	}
	return nil
}

// rewrite writes a batch that may have been written: the answer was lost, and the
// attempts must not be recorded twice. A batch is written whole or not at all, so
// its first settlement tells.
func (n *lane) rewrite(ctx context.Context, b turnstone.DeliveryBatch) error {
	if len(b.Settlements) == 0 {
		return n.write(ctx, b)
	}
	first := b.Settlements[0].Attempt
	owed, err := n.Store.Deliveries(ctx, n.claim.lease, first.EventID-1, 1)
	if err != nil {
		return fmt.Errorf("settle deliveries: see what was stored: %w", err)
	}
	if len(owed.List) > 0 && owed.List[0].EventID == first.EventID && owed.List[0].Attempts < first.Number {
		return n.write(ctx, b)
	}
	return nil
}
