package poll

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"go.opentelemetry.io/otel/trace"

	"turnstone"
)

// Report is what became of a poll.
type Report struct {
	Lease turnstone.PollLease
	Poll  turnstone.Poll
	// Err says why the window was not read to its end; nil also where the vendor
	// asked us to wait, or where we were told to stop. It wraps
	// turnstone.ErrLeaseLost if somebody else polls by now: then nothing of Poll
	// that was not yet committed ever was.
	Err error
}

// report tells everybody who wants to know how the poll ended.
func (p *poll) report(ctx context.Context, err error) {
	p.logLine(ctx, err)
	p.describe(trace.SpanFromContext(ctx), err)
	if p.Observe != nil {
		p.Observe(Report{Lease: p.lease, Poll: p.log, Err: err})
	}
}

// logLine writes the poll's one log line. Polls that found nothing are for us.
func (p *poll) logLine(ctx context.Context, err error) {
	if errors.Is(err, turnstone.ErrLeaseLost) {
		p.Log.Debug("poller changed or taken over while it was polled", "instance", p.lease.Instance.ID, "resource", p.lease.Poller.Resource)
		return
	}
	level := slog.LevelDebug
	switch {
	case err != nil:
		level = slog.LevelWarn
	case p.log.Events > 0 || len(p.log.Problems) > 0 || p.log.Outcome != turnstone.PollComplete:
		level = slog.LevelInfo
	}
	if !p.Log.Enabled(ctx, level) {
		return
	}
	attributes := []slog.Attr{
		slog.Int64("account", p.log.AccountID), slog.Int64("instance", p.lease.Instance.ID),
		slog.String("element", p.lease.Instance.Element), slog.String("resource", p.lease.Poller.Resource),
		slog.String("outcome", string(p.log.Outcome)), slog.Time("from", p.log.From),
		slog.Int("pages", p.log.Pages), slog.Int("records", p.log.Records),
		slog.Int("created", p.log.Created), slog.Int("updated", p.log.Updated), slog.Int("deleted", p.log.Deleted),
		slog.Int("unchanged", p.log.Unchanged), slog.Int("learned", p.log.Learned),
		slog.Int("events", p.log.Events), slog.Any("problems", p.log.Problems),
		slog.Duration("took", p.log.Took.Round(time.Millisecond)),
	}
	if d := p.log.Details; d.Rescan != "" {
		attributes = append(attributes, slog.String("rescan", string(d.Rescan)), slog.Int("rescan_pages", d.RescanPages),
			slog.Int("rescan_records", d.RescanRecords), slog.Bool("rescan_done", d.RescanDone))
	}
	if err != nil && !slices.Contains(p.log.Problems, err.Error()) {
		attributes = append(attributes, slog.Any("err", err))
	}
	p.Log.LogAttrs(ctx, level, "poll", attributes...)
}
