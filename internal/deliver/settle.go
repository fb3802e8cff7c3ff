package deliver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"turnstone"
)

const (
	// maxBatch is how many attempts are settled in one transaction, and how many may
	// wait for the next.
	maxBatch = 512
	// While nothing waits for the settlement of something else, answers gather until
	// there are enough or a moment has passed: transactions of 17 attempts, which is
	// what a fast disk led to, write twice the bytes of those of 64.
	enough = 64
	moment = 5 * time.Millisecond
	// settleWithin bounds a transaction, also that of a lane that was told to stop.
	settleWithin = 5 * time.Second
)

// outcome is an attempt that is over. Until it is settled its delivery is neither
// made nor tried again, and holds its objects.
type outcome struct {
	item       *item
	settlement turnstone.Settlement
}

// collect decides about the answers that are there, the first of which is a.
func (n *lane) collect(ctx context.Context, a answer) {
	for {
		n.flying--
		if a.late {
			n.queue.putBack(a.item)
		} else {
			n.pend(outcome{a.item, n.decide(ctx, a)})
		}
		select {
		case a = <-n.answers:
		default:
			return
		}
	}
}

// pend lets an outcome wait to be settled.
func (n *lane) pend(o outcome) {
	if len(n.pending) == 0 {
		n.ripeAt = n.Now().Add(moment)
		n.ripe.Reset(moment)
	}
	n.pending = append(n.pending, o)
}

// decide returns what follows from an answer.
func (n *lane) decide(ctx context.Context, a answer) turnstone.Settlement {
	n.tell(ctx, a)
	it := a.item
	it.body = nil
	s := turnstone.Settlement{Attempt: a.attempt, Done: a.verdict.Done}
	if a.verdict.Done {
		if n.health.good() {
			n.queue.hasten() // what it refused need not wait any longer
		}
		return s
	}
	it.Attempts++
	it.NextAt = time.Time{}
	if !a.cut {
		n.health.bad(a.verdict.Cause)
		n.reschedule(it, a.verdict)
	}
	s.FirstFailedAt, s.NextAt = it.FirstFailedAt, it.NextAt
	return s
}

// reschedule sets when a failed delivery is due again, or gives the destination
// up.
func (n *lane) reschedule(it *item, v Verdict) {
	now := n.Now()
	if it.FirstFailedAt.IsZero() {
		it.FirstFailedAt = now
	}
	due, ok := n.Schedule.Next(it.FirstFailedAt, now, n.Spread())
	if !ok || v.Gone {
		n.health.gone = true
		n.health.problem = fmt.Sprintf("%s; given up after %d attempts of event %d, and further events wait: mend the receiver, then save or enable the instance", v.Cause, it.Attempts, it.EventID)
		return
	}
	if asked := now.Add(v.Wait); v.Wait > 0 && asked.After(n.health.rest) {
		n.health.rest = asked
	}
	it.NextAt = due
}

// settle stores what the answers led to, unless that of earlier answers is being
// stored, or there is time. What comes meanwhile goes with the next batch. A receiver
// may take longer than the lease: where no answer comes for a while, that is extended.
func (n *lane) settle(ctx context.Context) {
	if n.settling || n.gathering() && !n.waning() {
		return
	}
	size := min(len(n.pending), maxBatch)
	settled := n.pending[:size:size]
	n.pending = n.pending[size:]
	batch := n.health.batch()
	batch.Settlements = settlements(settled)
	n.settling = true
	asked := n.Now()
	n.aside(func() func() error {
		err := n.store(ctx, batch)
		return func() error {
			n.settling = false
			if err != nil {
				return err
			}
			n.claim.until = asked.Add(n.Lease)
			n.conclude(settled)
			return nil
		}
	})
}

// waning reports whether the lease may run out before the attempts under way are over.
func (n *lane) waning() bool {
	return n.flying > 0 && n.claim.until.Sub(n.Now()) < n.Lease/2
}

// gathering reports whether what is pending may wait for more: there is something
// else to post, or nothing at all; or nothing is pending.
func (n *lane) gathering() bool {
	if len(n.pending) == 0 {
		return true
	}
	unhurried := len(n.loaded) > 0 || n.queue.stuck == 0
	return unhurried && len(n.pending) < enough && n.Now().Before(n.ripeAt)
}

// conclude moves the queue when attempts were settled.
func (n *lane) conclude(settled []outcome) {
	for _, o := range settled {
		if !o.settlement.Done {
			n.queue.putBack(o.item)
			continue
		}
		n.queue.finish(o.item)
		if n.looking {
			n.made[o.item.EventID] = true
		}
	}
}

// store writes a batch, also when the lane was told to stop.
func (n *lane) store(ctx context.Context, b turnstone.DeliveryBatch) error {
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), settleWithin, errors.New("deliver: time to settle is over"))
	defer cancel()
	if err := n.Store.SettleDeliveries(ctx, n.claim.lease, n.Lease, b); err != nil {
		return fmt.Errorf("settle deliveries: %w", err)
	}
	return nil
}

func settlements(outcomes []outcome) []turnstone.Settlement {
	list := make([]turnstone.Settlement, len(outcomes))
	for i, o := range outcomes {
		list[i] = o.settlement
	}
	return list
}
