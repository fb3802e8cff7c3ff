package poll

import (
	"context"
	"errors"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/poll/plan"
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
	errIncomplete = errors.New("the pages do not end; check the paginator of the element")
	// errUnread says that no record of a page could be told from the others.
	errUnread = errors.New("no record of the page could be read")
	// errBudget says that a poll has read as many pages as it may.
	errBudget = fmt.Errorf("read %d pages; goes on from there with the next poll", maxPages)
	// errOwn says that our store failed, which is no fault of the vendor.
	errOwn = errors.New("our own database failed")
)

// poll is one round of asking: it reads the live window, and then a slice of a
// rescan if one is under way. What is committed of it is what it says itself, so a
// copy of it is the state to return to if a commit fails.
type poll struct {
	*Loop
	plan    *plan.Plan
	lease   turnstone.PollLease
	held    time.Time // when the lease was last claimed or extended, by our clock
	at      reading
	memo    turnstone.PollerMemo
	since   time.Time
	counted []string  // by a census, and not yet committed
	slice   time.Time // when the rescan gives way, by our clock
	done    bool      // the live window was read to its end
	log     turnstone.Poll
}

// Poll polls a poller that was claimed a moment ago, commits what it finds, and
// schedules it again. Everything that can go wrong ends in the poll log.
func (l *Loop) Poll(ctx context.Context, lease turnstone.PollLease) { l.poll(ctx, lease, l.Now()) }

// poll polls a poller that was claimed at a moment of our clock.
func (l *Loop) poll(ctx context.Context, lease turnstone.PollLease, claimed time.Time) {
	ctx, span := l.start(ctx, "poll")
	defer span.End()
	poller := lease.Poller
	p := &poll{Loop: l, lease: lease, held: claimed, since: poller.Since, memo: poller.Memo}
	p.at = reading{sweep: poller.Sweep}
	p.log = turnstone.Poll{PollerID: poller.ID, AccountID: poller.AccountID, StartedAt: l.Now()}
	err := p.run(ctx)
	if err != nil {
		p.log.Took = l.Now().Sub(p.log.StartedAt)
		err = p.settle(ctx, err)
	}
	p.report(ctx, err)
}

// run reads until the poll has ended, which is committed with the last page.
func (p *poll) run(ctx context.Context) error {
	el, err := elementOf(ctx, p.Elements, p.lease.Instance)
	if err != nil {
		return err
	}
	if p.plan, err = p.plans.Of(el, p.lease); errors.Is(err, plan.ErrNoResource) {
		p.plan, err = commonPlan(ctx, p.Common, el, p.lease)
	}
	if err != nil {
		return err
	}
	if err := p.open(); err != nil {
		return err
	}
	for p.log.Pages < maxPages {
		step := p.page
		if !p.at.live() && p.memo.Rescan.Vanishing {
			step = p.vanish
		}
		if ended, err := step(ctx); err != nil || ended {
			return err
		}
	}
	return errBudget
}

// elementOf returns the element of an instance, which may have been removed.
func elementOf(ctx context.Context, elements element.Finder, in turnstone.Instance) (*element.Element, error) {
	el, err := elements.OfInstance(ctx, in)
	if errors.Is(err, turnstone.ErrNotFound) {
		return nil, fmt.Errorf("element %q is not in the catalogue; add its file and start again", in.Element)
	}
	return el, err
}

// page reads the next page and commits what it changes.
func (p *poll) page(ctx context.Context) (ended bool, err error) {
	if p.at.sweep.URL == "" {
		if err := p.beginRescan(); err != nil {
			return false, err
		}
	}
	page, err := p.ask(ctx)
	if err != nil {
		return false, err
	}
	kind := p.at.kind
	ended, err = p.commit(ctx, page)
	switch {
	case err != nil || ended || p.at.kind != kind:
		return ended, err
	case page.Broken != nil:
		return false, page.Broken
	case page.Next == "":
		return false, nil // a census that has read its pages
	}
	if err := p.at.trail.follow(page.Next, p.at.shown); err != nil {
		return false, fmt.Errorf("page %d %w", p.at.sweep.Pages, err)
	}
	return false, nil
}

// open begins with the live window, if it is due, or with what was left of it;
// otherwise with the rescan that is under way.
func (p *poll) open() error {
	p.dropRescan()
	if !p.liveDue() && p.rescanDue() {
		p.openRescan()
		return nil
	}
	p.memo.LiveAt = time.Time{}
	if sweep := p.at.sweep; p.fresh(sweep) {
		p.at = resumed("", sweep)
		p.show()
		return nil
	}
	return p.begin(p.plan.From(p.lease.Poller.Cursor, p.enabledAt()))
}

// fresh reports whether a sweep that an earlier poll left can be gone on with.
func (p *poll) fresh(s turnstone.Sweep) bool {
	return s.Next != "" && p.log.StartedAt.Sub(s.SavedAt) < sweepLife
}

// begin begins the live sweep at the first page of the window from a moment by the
// vendor's clock.
func (p *poll) begin(from time.Time) error {
	sweep, err := p.plan.Sweep(from, p.log.StartedAt)
	if err != nil {
		return err
	}
	sweep.Waits = p.lease.Poller.Sweep.Waits
	p.at = reading{sweep: sweep}
	p.show()
	return nil
}

// show shows in the poll log what is read, the live window before a rescan.
func (p *poll) show() {
	if !p.done {
		p.log.URL, p.log.From = p.at.sweep.URL, p.at.sweep.From
	}
}

// problem notes something for the poll log.
func (p *poll) problem(format string, args ...any) {
	if len(p.log.Problems) < maxProblems {
		p.log.Problems = append(p.log.Problems, fmt.Sprintf(format, args...))
	}
}
