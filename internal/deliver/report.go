package deliver

import (
	"context"
	"log/slog"
	"time"

	"turnstone"
)

// Report is one attempt and what was decided about it.
type Report struct {
	Destination turnstone.Destination
	Delivery    turnstone.Delivery // as it was before the attempt
	Attempt     turnstone.Attempt
	Done        bool // the receiver has taken the event
	Gone        bool // the receiver wants no more events
	Cut         bool // we were told to stop before it had answered: no failure
}

// tell reports an attempt to those who watch, and writes its one log line.
func (n *lane) tell(ctx context.Context, a answer) {
	d := n.claim.lease.Destination
	if n.Observe != nil {
		n.Observe(Report{
			Destination: d, Delivery: a.item.Delivery, Attempt: a.attempt,
			Done: a.verdict.Done, Gone: a.verdict.Gone, Cut: a.cut,
		})
	}
	level := slog.LevelDebug
	if !a.verdict.Done {
		level = slog.LevelWarn
	}
	if !n.Log.Enabled(ctx, level) {
		return // before its attributes are gathered, for an event each
	}
	n.Log.LogAttrs(ctx, level, "attempt",
		slog.Int64("account", d.AccountID), slog.Int64("instance", d.InstanceID),
		slog.Int64("destination", d.ID), slog.Int64("event", a.attempt.EventID),
		slog.Int("attempt", a.attempt.Number), slog.Int("status", a.attempt.Status),
		slog.Duration("took", a.attempt.Took.Round(time.Microsecond)), slog.String("err", a.verdict.Cause))
}
