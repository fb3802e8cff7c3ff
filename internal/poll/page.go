package poll

import (
	"context"
	"fmt"

	"turnstone"
	"turnstone/internal/change"
	"turnstone/internal/hub"
)

const (
	// quarter is the part of its lease for which a poll may go without writing, as long
	// as nothing changes. What is left of DefaultLease is as much as the next page may
	// take, and after a crash no more is read again than came in that time.
	quarter = 4
	// maxCounted bounds what a census counts before it writes.
	maxCounted = 2000
)

// commit judges a page and commits what it changes, with the end of the poll if it
// is the last. The poll moves on only if that succeeds: a page that is not stored is
// asked for again.
func (p *poll) commit(ctx context.Context, page hub.Page) (ended bool, err error) {
	next := *p
	if ended, err = next.turn(ctx, page); err != nil {
		p.log.Problems = next.log.Problems
		return false, fmt.Errorf("page %d: %w", next.at.sweep.Pages, err)
	}
	*p = next
	return ended, nil
}

// turn moves past a page and stores what it changes. If that is nothing, then for a
// while it does not even store that the page was read.
func (p *poll) turn(ctx context.Context, page hub.Page) (ended bool, err error) {
	p.advance(page)
	j, err := p.judge(ctx, page)
	if err != nil {
		return false, err
	}
	p.tally(j)
	p.look(page)
	last, over := p.last(j), p.sliceOver()
	if !last && !over && !p.worthWriting(j) {
		return false, nil
	}
	ctx, span := p.start(ctx, "commit")
	defer span.End()
	c, err := p.changed(ctx, j.verdicts, j.old)
	if err != nil {
		return false, err
	}
	switch {
	case last:
		p.finish(&c, j)
	case over:
		p.end(&c)
	}
	return c.End != nil, p.write(ctx, p.where(c))
}

// last reports whether the page is the last of its window: there are no more, or the
// list is sorted newest first and was read as far as the window goes.
func (p *poll) last(j judgement) bool {
	return j.page.Next == "" && j.page.Broken == nil || p.plan.NewestFirst && j.rule.Passed(j.verdicts)
}

// sliceOver reports whether a rescan is to give way.
func (p *poll) sliceOver() bool { return !p.at.live() && !p.Now().Before(p.slice) }

// worthWriting reports whether to commit a page that is not the last.
func (p *poll) worthWriting(j judgement) bool {
	return !j.nothing() || p.Now().Sub(p.held) >= p.Lease/quarter || len(p.counted) >= maxCounted
}

// finish ends the reading.
func (p *poll) finish(c *turnstone.PollCommit, j judgement) {
	if p.at.live() {
		p.finishLive(c, j)
		return
	}
	p.finishRescan(c)
}

// where adds to a commit where the poll stands.
func (p *poll) where(c turnstone.PollCommit) turnstone.PollCommit {
	c.Since, c.Memo, c.Counted = p.since, p.memo, p.counted
	if p.at.live() {
		c.Sweep = p.at.sweep
	} else {
		c.Memo.Rescan.Sweep = p.at.sweep
	}
	return c
}

// state returns the commit that says where the poll stands, and nothing else.
func (p *poll) state() turnstone.PollCommit { return p.where(turnstone.PollCommit{}) }

// write commits, which extends the lease or ends it.
func (p *poll) write(ctx context.Context, c turnstone.PollCommit) error {
	now := p.Now() // before the store's, so that we think the lease no longer than it is
	if err := p.Store.CommitPoll(ctx, p.lease, p.Lease, c); err != nil {
		return fmt.Errorf("%w: %w", errOwn, err)
	}
	p.held, p.counted = now, nil
	if len(c.Events) > 0 {
		p.Stored(p.lease.Instance.ID)
	}
	return nil
}

// advance moves the sweep past a page.
func (p *poll) advance(page hub.Page) {
	p.noteClock(page)
	sweep := &p.at.sweep
	if sweep.StartedAt.IsZero() {
		sweep.AskedAt = p.Now().Add(-page.Elapsed)
		sweep.StartedAt = page.Date
		if page.Date.IsZero() {
			sweep.StartedAt = sweep.AskedAt
		}
	}
	sweep.Next = page.Next
	sweep.Pages++
	sweep.Waits = 0
	sweep.SavedAt = p.Now()
	p.log.Pages++
	p.log.Records += len(page.Records)
	if !p.at.live() {
		p.advanceRescan(len(page.Records))
		return
	}
	p.log.Details.Unmodified = page.Unmodified
}

// judgement is what was found out about the records of a page.
type judgement struct {
	page     hub.Page
	rule     change.Rule
	verdicts []change.Verdict
	known    map[string]turnstone.Version
	old      records // of what changed; nil where nobody asks for them
}

// nothing reports whether the page changes nothing, and has nothing to tell.
func (j *judgement) nothing() bool {
	for i := range j.verdicts {
		if v := &j.verdicts[i]; v.Op != "" || v.Learn || v.Remember {
			return false
		}
	}
	return true
}

// judge reads the records of a page and compares them with what is known.
func (p *poll) judge(ctx context.Context, page hub.Page) (judgement, error) {
	j := judgement{page: page, rule: p.rule(page)}
	objects, unread := j.rule.Identify(page.Records)
	if p.at.shown = page.Listed; p.at.shown == (turnstone.Fingerprint{}) {
		p.at.shown = digest(objects)
	}
	for _, err := range unread {
		p.problem("page %d: %v", p.at.sweep.Pages, err)
	}
	if len(unread) > 0 && len(objects) == 0 {
		return j, fmt.Errorf("%w: %w", errUnread, unread[0])
	}
	if len(objects) == 0 {
		return j, nil
	}
	var err error
	if j.known, err = p.Store.Versions(ctx, p.lease.Poller, idsOf(objects)); err != nil {
		return j, fmt.Errorf("%w: read known versions: %w", errOwn, err)
	}
	j.verdicts = j.rule.Judge(objects, j.known)
	if err := p.dropTold(ctx, j.verdicts); err != nil {
		return j, err
	}
	j.old, err = p.oldRecords(ctx, j.verdicts)
	return j, err
}

func idsOf(objects []change.Object) []string {
	ids := make([]string, len(objects))
	for i := range objects {
		ids[i] = objects[i].Version.ObjectID
	}
	return ids
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
