package poll

import (
	"context"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/hub"
)

// ask returns the next page, as long as the lease is ours. The first answer tells
// the vendor's clock; if that is not what the window was made for, the page is asked
// for again.
func (p *poll) ask(ctx context.Context) (hub.Page, error) {
	if err := p.stillHeld(); err != nil {
		return hub.Page{}, err
	}
	page, err := p.list(ctx)
	if err != nil {
		return page, err
	}
	url := p.at.sweep.URL
	if err := p.setClock(page); err != nil || p.at.sweep.URL == url {
		return page, err
	}
	// Two slow answers may take longer than the lease.
	if err := p.write(ctx, p.state()); err != nil {
		return hub.Page{}, fmt.Errorf("store the vendor's clock: %w", err)
	}
	return p.list(ctx)
}

// stillHeld returns turnstone.ErrLeaseLost if, by our own clock, the lease has run
// out: this process stood still, and somebody else may be polling by now.
func (p *poll) stillHeld() error {
	if held := p.Now().Sub(p.held); held >= p.Lease {
		return fmt.Errorf("nothing was written for %v: %w", held.Round(time.Millisecond), turnstone.ErrLeaseLost)
	}
	return nil
}

// request returns what to ask the hub for: the page the reading stands at.
func (p *poll) request() (hub.Request, error) {
	request, err := hub.ParseURL(p.at.sweep.URL)
	if err != nil {
		return request, err
	}
	request.Next, request.Background = p.at.sweep.Next, true
	if p.plan.Config.PageSize > 0 {
		request.PageSize = p.plan.Config.PageSize
	}
	if p.at.live() {
		request.Validator = p.memo.Validator
	}
	return request, nil
}

// list asks the hub for the page the reading stands at.
func (p *poll) list(ctx context.Context) (hub.Page, error) {
	request, err := p.request()
	if err != nil {
		return hub.Page{}, err
	}
	ctx, span := p.start(ctx, "page")
	defer span.End()
	end := p.keep(ctx)
	page, err := p.Source.List(ctx, p.lease.Instance, request)
	end()
	describePage(span, page, err)
	if err == nil {
		p.log.Details.RateLimit = page.RateLimit
	}
	if page.URL != "" && !p.done {
		p.log.URL = page.URL
	}
	return page, err
}

// clockError is what a Date header may lie behind the moment it was written: it
// has whole seconds.
const clockError = time.Second

// setClock compares the vendor's clock with what the window was made for, and
// begins again with another window where that matters.
func (p *poll) setClock(page hub.Page) error {
	if p.since.IsZero() {
		return p.learnClock(page)
	}
	if ahead := p.memo.Ahead; !ahead.Ours.IsZero() {
		if then, back := p.setBack(ahead, page); back { // since a page whose sweep was never completed
			p.doubt(then, ahead.Vendor.Add(p.Now().Sub(ahead.Ours)))
		}
	}
	last := p.lastClocks()
	then, back := p.setBack(last, page)
	if !back {
		return nil
	}
	p.doubt(then, last.Vendor.Add(p.Now().Sub(last.Ours)))
	p.since = earlier(p.since, then) // it may have been set back beyond that
	if !p.at.live() || !p.at.first() {
		return nil // the next sweep begins earlier
	}
	p.problem("the vendor's clock stands %v further behind ours than at the last complete poll; what changed since then is looked for by the clock as it is now",
		last.Vendor.Sub(then).Round(time.Second))
	return p.begin(p.plan.From(then, p.since))
}

// learnClock learns the vendor's clock from its first answer ever.
func (p *poll) learnClock(page hub.Page) error {
	skew := clockSkew(page, p.Now())
	p.since = p.lease.Poller.EnabledAt.Add(skew)
	if skew == 0 || !p.at.first() {
		return nil
	}
	p.problem("the vendor's clock is %v; its own is used", offset(skew))
	return p.begin(p.plan.From(p.lease.Poller.Cursor, p.since))
}

// doubt notes that the vendor's clock goes through a span of time twice.
func (p *poll) doubt(from, to time.Time) {
	if old := p.memo.Doubtful; !old.To.IsZero() {
		from, to = earlier(from, old.From), later(to, old.To)
	}
	p.memo.Doubtful = turnstone.Span{From: from, To: to}
}

// maxAhead is how far ahead of the vendor's clock the date of a record may lie for
// the clock to be the likelier cause. What is dated later is the record's own mistake.
const maxAhead = time.Hour

// doubtDates notes where the dates of a page lie ahead of the vendor's clock: it was
// set back after they were written, or is that of another server.
func (p *poll) doubtDates(j judgement) {
	now := p.until(j.page)
	for i := range j.verdicts {
		updated := j.verdicts[i].Object.Version.Updated
		if updated.After(now) && !updated.After(now.Add(maxAhead)) {
			p.doubt(now, updated)
		}
	}
}

// lastClocks returns what the clocks showed when the last complete sweep began, or
// polling.
func (p *poll) lastClocks() turnstone.Clocks {
	poller := p.lease.Poller
	if poller.Cursor.IsZero() || poller.LastGoodAt.IsZero() {
		return turnstone.Clocks{Vendor: p.since, Ours: poller.EnabledAt}
	}
	return turnstone.Clocks{Vendor: poller.Cursor, Ours: poller.LastGoodAt}
}

// noteClock notes what the clocks show, if the vendor's is further ahead than with any
// page before: what is learned from this one is dated by it.
func (p *poll) noteClock(page hub.Page) {
	if page.Date.IsZero() {
		return
	}
	now, ahead := turnstone.Clocks{Vendor: page.Date, Ours: p.Now().Add(-page.Elapsed)}, p.memo.Ahead
	if ahead.Ours.IsZero() || now.Vendor.Sub(now.Ours) > ahead.Vendor.Sub(ahead.Ours) {
		p.memo.Ahead = now
	}
}

// setBack reports whether the vendor's clock, or that of the server which answers
// this time, was set back since then, by more than what it takes to ask; and what it
// would have shown then at the earliest. What changes from there on may be dated
// before the cursor. A date may have been written at any moment while we waited for
// it, and other dates of a change may be a little older than the change.
func (p *poll) setBack(last turnstone.Clocks, page hub.Page) (then time.Time, back bool) {
	if page.Date.IsZero() {
		return time.Time{}, false
	}
	asked, doubt := p.Now().Add(-page.Elapsed), page.Elapsed+clockError
	then = page.Date.Add(last.Ours.Sub(asked))
	return then.Add(-doubt), then.Add(doubt).Before(last.Vendor)
}

// enabledAt returns when polling was enabled, by the vendor's clock if that is known.
func (p *poll) enabledAt() time.Time {
	if p.since.IsZero() {
		return p.lease.Poller.EnabledAt
	}
	return p.since
}

// newsSince returns the moment by the vendor's clock before which nothing is news;
// zero: everything is.
func (p *poll) newsSince() time.Time {
	since, backfill := p.enabledAt(), p.plan.Config.Backfill
	if backfill.Wanted() {
		since = backfill.From
	}
	return later(since, p.memo.Forgotten)
}

// clockSkew returns how far the vendor's clock is ahead of ours, at the least; 0
// if it did not tell, or if the two may agree.
func clockSkew(page hub.Page, now time.Time) time.Duration {
	if page.Date.IsZero() {
		return 0
	}
	skew := page.Date.Sub(now.Add(-page.Elapsed))
	if skew >= -page.Elapsed-clockError && skew <= clockError {
		return 0
	}
	return skew
}

// offset says how far a clock is from ours.
func offset(skew time.Duration) string {
	if skew < 0 {
		return fmt.Sprintf("%v behind ours", -skew.Round(time.Second))
	}
	return fmt.Sprintf("%v ahead of ours", skew.Round(time.Second))
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
