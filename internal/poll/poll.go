package poll

import (
	"context"
	"errors"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/change"
	"turnstone/internal/hub"
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
	plan  plan
	lease turnstone.PollLease
	sweep turnstone.Sweep
	since time.Time
	log   turnstone.Poll
	trail *trail
}

// Poll polls a claimed poller, commits what it finds, and schedules it again.
// Everything that can go wrong ends in the poll log.
func (l *Loop) Poll(ctx context.Context, lease turnstone.PollLease) {
	p := &poll{Loop: l, lease: lease, since: lease.Poller.Since, trail: newTrail()}
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
	if p.plan, err = newPlan(p.Elements, p.lease); err != nil {
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
		if err := p.trail.follow(page); err != nil {
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

// commit judges a page and commits it with its events, and with the end of the
// poll if it is the last. The poll moves on only if that succeeds: a page that is
// not stored is asked for again.
func (p *poll) commit(ctx context.Context, page hub.Page) (done bool, err error) {
	next := *p
	c, err := next.turn(ctx, page)
	if err == nil {
		err = p.Store.CommitPoll(ctx, p.lease, p.Lease, c)
	}
	if err != nil {
		p.log.Problems = next.log.Problems
		return false, fmt.Errorf("page %d: %w", next.sweep.Pages, err)
	}
	*p = next
	if len(c.Events) > 0 {
		p.Stored(p.lease.Instance.ID)
	}
	return c.End != nil, nil
}

// turn moves past a page and returns what it changes.
func (p *poll) turn(ctx context.Context, page hub.Page) (turnstone.PollCommit, error) {
	p.advance(page)
	verdicts, err := p.judge(ctx, page)
	if err != nil {
		return turnstone.PollCommit{}, err
	}
	events, err := p.events(ctx, verdicts)
	if err != nil {
		return turnstone.PollCommit{}, err
	}
	c := turnstone.PollCommit{Since: p.since, Versions: learned(verdicts), Events: events, Sweep: p.sweep}
	if page.Next == "" && page.Broken == nil {
		c.End = p.complete()
		c.Sweep = turnstone.Sweep{}
	}
	return c, nil
}

// judge reads the records of a page and compares them with what is known.
func (p *poll) judge(ctx context.Context, page hub.Page) ([]change.Verdict, error) {
	rule := p.rule(page)
	objects, unread := rule.Read(page.Records)
	for _, err := range unread {
		p.problem("page %d: %v", p.sweep.Pages, err)
	}
	if len(unread) > 0 && len(objects) == 0 {
		return nil, fmt.Errorf("%w: %w", errUnread, unread[0])
	}
	ids := make([]string, len(objects))
	for i, o := range objects {
		ids[i] = o.Version.ObjectID
		if o.Problem != "" {
			p.problem("%s", o.Problem)
		}
	}
	if n := rule.Outside(objects); n > 0 && p.sweep.Pages == 1 {
		p.problem("the first page holds records from before the window, %d of %d: the vendor ignored the filter, and the dates are compared here", n, len(objects))
	}
	known, err := p.Store.Versions(ctx, p.lease.Poller, ids)
	if err != nil {
		return nil, fmt.Errorf("read known versions: %w", err)
	}
	return rule.Judge(objects, known), nil
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

// problem notes something for the poll log.
func (p *poll) problem(format string, args ...any) {
	if len(p.log.Problems) < maxProblems {
		p.log.Problems = append(p.log.Problems, fmt.Sprintf(format, args...))
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
