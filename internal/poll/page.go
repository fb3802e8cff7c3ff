package poll

import (
	"context"
	"fmt"

	"turnstone"
	"turnstone/internal/change"
	"turnstone/internal/hub"
)

// quarter is the part of its lease for which a poll may go without writing, as long
// as nothing changes. What is left of DefaultLease is as much as the next page may
// take, and after a crash no more is read again than came in that time.
const quarter = 4

// commit judges a page and commits what it changes, with the end of the poll if it
// is the last. The poll moves on only if that succeeds: a page that is not stored is
// asked for again.
func (p *poll) commit(ctx context.Context, page hub.Page) (done bool, err error) {
	next := *p
	if done, err = next.turn(ctx, page); err != nil {
		p.log.Problems = next.log.Problems
		return false, fmt.Errorf("page %d: %w", next.sweep.Pages, err)
	}
	*p = next
	return done, nil
}

// turn moves past a page and stores what it changes. If that is nothing, then for a
// while it does not even store that the page was read.
func (p *poll) turn(ctx context.Context, page hub.Page) (done bool, err error) {
	p.advance(page)
	verdicts, err := p.judge(ctx, page)
	if err != nil {
		return false, err
	}
	p.tally(verdicts)
	done = page.Next == "" && page.Broken == nil
	versions := learned(verdicts)
	if !done && len(versions) == 0 && p.Now().Sub(p.held) < p.Lease/quarter {
		return false, nil
	}
	ctx, span := p.start(ctx, "commit")
	defer span.End()
	events, err := p.events(ctx, changesOf(verdicts))
	if err != nil {
		return false, err
	}
	c := turnstone.PollCommit{Since: p.since, Versions: versions, Events: events, Sweep: p.sweep, Memo: p.memo}
	if done {
		c.End = p.complete()
		c.Sweep, c.Cursor = turnstone.Sweep{}, p.sweep.StartedAt
	}
	return done, p.write(ctx, c)
}

// write commits, which extends the lease or ends it.
func (p *poll) write(ctx context.Context, c turnstone.PollCommit) error {
	now := p.Now() // before the store's, so that we think the lease no longer than it is
	if err := p.Store.CommitPoll(ctx, p.lease, p.Lease, c); err != nil {
		return err
	}
	p.held = now
	if len(c.Events) > 0 {
		p.Stored(p.lease.Instance.ID)
	}
	return nil
}

// judge reads the records of a page and compares them with what is known.
func (p *poll) judge(ctx context.Context, page hub.Page) ([]change.Verdict, error) {
	rule := p.rule(page)
	objects, unread := rule.Identify(page.Records)
	p.shown = digest(objects)
	for _, err := range unread {
		p.problem("page %d: %v", p.sweep.Pages, err)
	}
	if len(unread) > 0 && len(objects) == 0 {
		return nil, fmt.Errorf("%w: %w", errUnread, unread[0])
	}
	if len(objects) == 0 {
		return nil, nil
	}
	ids := make([]string, len(objects))
	for i := range objects {
		ids[i] = objects[i].Version.ObjectID
	}
	known, err := p.Store.Versions(ctx, p.lease.Poller, ids)
	if err != nil {
		return nil, fmt.Errorf("read known versions: %w", err)
	}
	verdicts := rule.Judge(objects, known)
	if p.sweep.Pages == 1 {
		if n := rule.Outside(verdicts); n > 0 {
			p.problem("the first page holds records from before the window, %d of %d: the vendor ignored the filter, and the dates are compared here", n, len(objects))
		}
	}
	return verdicts, nil
}

// digest identifies the content of a page by that of its records; it is zero if there
// are none.
func digest(objects []change.Object) turnstone.Fingerprint {
	if len(objects) == 0 {
		return turnstone.Fingerprint{}
	}
	var sums []byte
	for i := range objects {
		sums = append(sums, objects[i].Version.Exact[:]...)
	}
	return change.Exact(sums)
}

// rule returns the rule for the records of a page.
func (p *poll) rule(page hub.Page) change.Rule {
	rule := p.plan.rule
	rule.Since, rule.From = p.since, p.sweep.From
	rule.Baseline = p.sweep.From.IsZero() && p.lease.Poller.Cursor.IsZero()
	rule.Until = p.Now()
	if !page.Date.IsZero() {
		rule.Until = page.Date.Add(page.Elapsed + clockError)
	}
	return rule
}

// advance moves the sweep past a page.
func (p *poll) advance(page hub.Page) {
	if p.sweep.StartedAt.IsZero() {
		p.sweep.StartedAt = page.Date
		if page.Date.IsZero() {
			p.sweep.StartedAt = p.Now().Add(-page.Elapsed)
		}
	}
	p.sweep.Next = page.Next
	p.sweep.Pages++
	p.sweep.Waits = 0
	p.sweep.SavedAt = p.Now()
	p.log.Pages++
	p.log.Records += len(page.Records)
}

// tally counts what became of the records, and notes what is odd about them.
func (p *poll) tally(verdicts []change.Verdict) {
	for i := range verdicts {
		v := &verdicts[i]
		p.count(v)
		if v.Object.Problem != "" {
			p.problem("%s", v.Object.Problem)
		}
		if v.Reason == change.ReasonTwin {
			p.problem("object %s: stands on page %d twice with different content and the same date; the other one is known", v.Object.Version.ObjectID, p.sweep.Pages)
		}
	}
}

// count counts a verdict for the poll log.
func (p *poll) count(v *change.Verdict) {
	switch {
	case v.Op == turnstone.Created:
		p.log.Created++
	case v.Op == turnstone.Updated:
		p.log.Updated++
	case v.Reason == change.ReasonSame:
		p.log.Unchanged++
	case v.Learn:
		p.log.Learned++
	default:
		p.log.Ignored++
	}
}

// learned returns the versions to store.
func learned(verdicts []change.Verdict) []turnstone.Version {
	var versions []turnstone.Version
	for _, v := range verdicts {
		if v.Learn {
			versions = append(versions, v.Object.Version)
		}
	}
	return versions
}
