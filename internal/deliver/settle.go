package deliver

import (
	"context"
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
	// maxQueued is how many failed deliveries wait for somebody to ask for them
	// before their destination is given up: that many are a receiver in trouble, and
	// hold up the events behind them.
	maxQueued = 500
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
		n.follow(it, a.verdict)
	}
	s.FirstFailedAt, s.NextAt, s.Queued = it.FirstFailedAt, it.NextAt, it.Queued
	return s
}

// follow decides what becomes of a failed delivery, and of its destination.
func (n *lane) follow(it *item, v Verdict) {
	now := n.Now()
	if it.FirstFailedAt.IsZero() {
		it.FirstFailedAt = now
	}
	if asked := now.Add(v.Wait); v.Wait > 0 && asked.After(n.health.rest) {
		n.health.rest = asked
	}
	var why string
	switch {
	case v.Gone:
		why = "given up at once"
	case n.claim.lease.Destination.Policy == turnstone.PolicyQueue:
		why = n.park(it)
	default:
		why = n.reschedule(it, now)
	}
	if why != "" && !n.health.gone {
		n.health.giveUp(v.Cause + "; " + why)
	}
}

// reschedule sets when a failed delivery is due again. It returns why its destination
// is given up; nothing if it is not.
func (n *lane) reschedule(it *item, now time.Time) (why string) {
	due, ok := n.Schedule.Next(it.FirstFailedAt, now, n.Spread())
	if !ok {
		return fmt.Sprintf("given up after %d attempts of event %d", it.Attempts, it.EventID)
	}
	it.NextAt = due
	return ""
}

// park queues a failed delivery: it is made again when somebody asks for it. It
// returns why its destination is given up; nothing if it is not.
func (n *lane) park(it *item) (why string) {
	n.queue.park(it)
	switch {
	case n.health.failing() && n.queue.queued >= failing: // not for what failed under another policy
		return fmt.Sprintf("given up after %d failures in a row, since events that fail are queued", n.health.failures)
	case n.queue.queued >= maxQueued:
		return fmt.Sprintf("given up with %d events queued", n.queue.queued)
	}
	return ""
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
	batch := n.batch(settled)
	n.settling = true
	asked, until := n.Now(), n.claim.until
	n.aside(func() func() error {
		err := n.store(ctx, batch, until)
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

// waning reports whether the lease may run out before what is under way is over, or
// before the next post may leave.
func (n *lane) waning() bool {
	return (n.flying > 0 || n.asking || n.hold() > 0) && n.claim.until.Sub(n.Now()) < n.Lease/2
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

// batch returns what attempts led to, with what else there is to store.
func (n *lane) batch(settled []outcome) turnstone.DeliveryBatch {
	b := n.health.batch(settled)
	b.Handshake = n.lesson()
	return b
}
