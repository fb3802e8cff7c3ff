package poll

import (
	"context"
	"errors"
	"fmt"
	"time"

	"turnstone"
)

const (
	// maxPages bounds one poll: a million records of 100 a page. What is left is
	// read by the next poll, from the next page.
	maxPages = 10_000
	// maxProblems bounds the poll log's row.
	maxProblems = 20
	// sweepLife is how long a page token is trusted. A vendor may forget tokens,
	// and reading the window again costs nothing but time.
	sweepLife = time.Hour
	// settleWithin bounds the last write of a poll that was told to stop.
	settleWithin = 5 * time.Second
)

// Why a poll ends before its window does.
var (
	// errIncomplete says that a vendor's paging led nowhere.
	errIncomplete = errors.New("the pages do not end")
	// errUnread says that no record of a page could be told from the others.
	errUnread = errors.New("no record of the page could be read")
	// errBudget says that a poll has read as many pages as it may.
	errBudget = fmt.Errorf("read %d pages; goes on from there with the next poll", maxPages)
)

// poll is one round of asking. What is committed of it is what it says itself,
// so a copy of it is the state to return to if a commit fails.
type poll struct {
	*Loop
	plan  *plan
	lease turnstone.PollLease
	held  time.Time // when the lease was last claimed or extended, by our clock
	sweep turnstone.Sweep
	memo  turnstone.PollerMemo
	since time.Time
	log   turnstone.Poll
	shown turnstone.Fingerprint // of the records of the last page
	trail trail
}

// Poll polls a poller that was claimed a moment ago, commits what it finds, and
// schedules it again. Everything that can go wrong ends in the poll log.
func (l *Loop) Poll(ctx context.Context, lease turnstone.PollLease) { l.poll(ctx, lease, l.Now()) }

// poll polls a poller that was claimed at a moment of our clock.
func (l *Loop) poll(ctx context.Context, lease turnstone.PollLease, claimed time.Time) {
	ctx, span := l.start(ctx, "poll")
	defer span.End()
	p := &poll{Loop: l, lease: lease, held: claimed, since: lease.Poller.Since, memo: lease.Poller.Memo}
	p.log = turnstone.Poll{PollerID: lease.Poller.ID, AccountID: lease.Poller.AccountID, StartedAt: l.Now()}
	err := p.run(ctx)
	if err != nil {
		p.log.Took = l.Now().Sub(p.log.StartedAt)
		err = p.settle(ctx, err)
	}
	p.report(ctx, err)
}

// run reads the window to its end, and commits the end with the last page.
func (p *poll) run(ctx context.Context) error {
	var err error
	if p.plan, err = p.plans.of(p.Elements, p.lease); err != nil {
		return err
	}
	if err := p.open(); err != nil {
		return err
	}
	for p.log.Pages < maxPages {
		page, err := p.ask(ctx)
		if err != nil {
			return err
		}
		done, err := p.commit(ctx, page)
		if err == nil {
			err = page.Broken
		}
		if err != nil || done {
			return err
		}
		if err := p.trail.follow(page.Next, p.shown); err != nil {
			return fmt.Errorf("page %d %w", p.sweep.Pages, err)
		}
	}
	return errBudget
}

// open goes on with the sweep that an earlier poll left, or begins one.
func (p *poll) open() error {
	p.sweep = p.lease.Poller.Sweep
	if p.sweep.Next != "" && p.log.StartedAt.Sub(p.sweep.SavedAt) < sweepLife {
		p.log.URL, p.log.From = p.sweep.URL, p.sweep.From
		p.trail.start(p.sweep.Next)
		return nil
	}
	return p.begin()
}

// begin begins a sweep at the first page.
func (p *poll) begin() error {
	since := p.since
	if since.IsZero() {
		since = p.lease.Poller.EnabledAt
	}
	sweep, err := p.plan.begin(p.lease.Poller, since, p.log.StartedAt)
	if err != nil {
		return err
	}
	sweep.Waits = p.lease.Poller.Sweep.Waits
	p.sweep, p.log.URL, p.log.From = sweep, sweep.URL, sweep.From
	return nil
}

// problem notes something for the poll log.
func (p *poll) problem(format string, args ...any) {
	if len(p.log.Problems) < maxProblems {
		p.log.Problems = append(p.log.Problems, fmt.Sprintf(format, args...))
	}
}
