package simulation_test

import (
	"context"
	"fmt"
	"io"
	"math"
	"time"

	"turnstone/internal/audit"
	"turnstone/internal/concursim"
)

// edge is how far from the beginning nobody can tell on which side of it something was:
// where the vendor's clock is set, as far as that goes.
func (w *world) edge() time.Duration {
	if w.profile.jumps {
		return 2*maxOffset*time.Second + coarse
	}
	return coarse
}

// verdicts returns what is wrong with what happened.
func (w *world) verdicts() []string {
	problems := append(w.watch.violations, w.watch.overlaps()...)
	for _, c := range w.customers {
		truth := w.sim.Versions(concursim.VersionFilter{Company: c.company.Number})
		report := audit.Compare(truth, c.inbox.audit.Changes(), audit.Expectation{
			Since: c.polled(), Reads: w.watch.sweeps[c.id], Whole: w.whole(), Edge: w.edge(),
		})
		problems = append(problems, c.owed()...)
		w.counts.versions += report.Versions
		w.counts.changes += report.Changes
		w.counts.repeats += report.Repeats
		w.counts.posts += c.inbox.posts
		if !report.OK() {
			problems = append(problems, fmt.Sprintf("company %d, instance %d: %v", c.company.Number, c.id, report))
		}
		if refused := c.inbox.audit.Refused(); refused > 0 {
			problems = append(problems, fmt.Sprintf("company %d: %d posts were not signed, or could not be read", c.company.Number, refused))
		}
	}
	w.counts.polls = w.watch.polls
	return problems
}

// whole says that somebody looks for what is gone, and that only what stays so is owed.
func (w *world) whole() time.Duration {
	if w.profile.deletes {
		return math.MaxInt64
	}
	return 0
}

// unfinished says what there is to do.
func (w *world) unfinished(ctx context.Context) string {
	backlog, err := w.db.Backlog(ctx)
	text := fmt.Sprintf("%+v %v", backlog, err)
	for _, c := range w.customers {
		pollers, err := w.db.Pollers(ctx, w.owner.AccountID, c.id)
		text += fmt.Sprintf("\n  instance %d: %+v %v", c.id, pollers, err)
	}
	return text
}

// tell tells all that is known of an object: what the vendor showed, what the engine
// thought of it, and what arrived.
func (w *world) tell(out io.Writer, object string) {
	for _, v := range w.sim.Versions(concursim.VersionFilter{}) {
		if v.ReportID == object {
			fmt.Fprintf(out, "truth: %d %s, modified %s, quiet %v, committed %s, shown from %s until %s, changed %v\n",
				v.Number, v.Kind, v.LastModified, v.Quiet, v.CommittedAt, v.VisibleAt, v.ShownUntil, v.Changed)
		}
	}
	for _, c := range w.customers {
		for _, s := range w.watch.sightings {
			if s.ObjectID == object {
				fmt.Fprintf(out, "seen: %s %s because %s, updated %s, created %s, event %d\n", s.SeenAt, s.Op, s.Reason, s.Updated, s.Created, s.EventID)
			}
		}
		for _, change := range c.inbox.audit.Changes() {
			if change.ObjectID == object {
				fmt.Fprintf(out, "received: %s %s, event %s\n", change.At, change.Op, change.NotificationID)
			}
		}
	}
}
