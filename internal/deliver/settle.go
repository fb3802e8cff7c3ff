package deliver

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"turnstone"
)

// settle decides what follows from answers and stores it.
func (n *lane) settle(ctx context.Context, answers []answer) error {
	settlements := make([]turnstone.Settlement, len(answers))
	for i, a := range answers {
		settlements[i] = n.decide(a)
		n.reportAttempt(ctx, a)
	}
	batch := n.health.batch()
	batch.Settlements = settlements
	return n.store(ctx, batch)
}

// decide returns what follows from an answer, and moves the queue.
func (n *lane) decide(a answer) turnstone.Settlement {
	it := a.item
	s := turnstone.Settlement{Attempt: a.attempt, Done: a.verdict.Done}
	if a.verdict.Done {
		n.queue.finish(it)
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
	n.queue.putBack(it)
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

// reportAttempt writes the one log line of an attempt.
func (n *lane) reportAttempt(ctx context.Context, a answer) {
	level, d := slog.LevelDebug, n.lease.Destination
	if !a.verdict.Done {
		level = slog.LevelWarn
	}
	n.Log.LogAttrs(ctx, level, "attempt",
		slog.Int64("account", d.AccountID), slog.Int64("instance", d.InstanceID),
		slog.Int64("destination", d.ID), slog.Int64("event", a.attempt.EventID),
		slog.Int("attempt", a.attempt.Number), slog.Int("status", a.attempt.Status),
		slog.Duration("took", a.attempt.Took.Round(time.Microsecond)), slog.String("err", a.verdict.Cause))
}
