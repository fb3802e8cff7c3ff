package poll

import (
	"context"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/hub"
)

// clockError is what a Date header may lie behind the moment it was written: it
// has whole seconds.
const clockError = time.Second

// ask returns the next page, as long as the lease is ours. The first answer ever
// tells the vendor's clock; if that is not ours, the window was wrong, and the page
// is asked for again.
func (p *poll) ask(ctx context.Context) (hub.Page, error) {
	if held := p.Now().Sub(p.held); held >= p.Lease {
		// This process stood still: somebody else may be polling by now.
		return hub.Page{}, fmt.Errorf("nothing was written for %v: %w", held.Round(time.Millisecond), turnstone.ErrLeaseLost)
	}
	page, err := p.list(ctx)
	if err != nil || !p.since.IsZero() {
		return page, err
	}
	skew := clockSkew(page, p.Now())
	p.since = p.lease.Poller.EnabledAt.Add(skew)
	if skew == 0 || p.sweep.Next != "" {
		return page, nil
	}
	p.problem("the vendor's clock is %v; its own is used", offset(skew))
	url := p.sweep.URL
	if err := p.begin(); err != nil || p.sweep.URL == url {
		return page, err
	}
	// Two slow answers may take longer than the lease.
	if err := p.write(ctx, turnstone.PollCommit{Since: p.since, Memo: p.memo}); err != nil {
		return hub.Page{}, fmt.Errorf("store the vendor's clock: %w", err)
	}
	return p.list(ctx)
}

// offset says how far a clock is from ours.
func offset(skew time.Duration) string {
	if skew < 0 {
		return fmt.Sprintf("%v behind ours", -skew.Round(time.Second))
	}
	return fmt.Sprintf("%v ahead of ours", skew.Round(time.Second))
}

// list asks the hub for the page the sweep stands at.
func (p *poll) list(ctx context.Context) (hub.Page, error) {
	request, err := hub.ParseURL(p.sweep.URL)
	if err != nil {
		return hub.Page{}, err
	}
	request.Next = p.sweep.Next
	if p.plan.config.PageSize > 0 {
		request.PageSize = p.plan.config.PageSize
	}
	ctx, span := p.start(ctx, "page")
	defer span.End()
	end := p.keep(ctx)
	page, err := p.Source.List(ctx, p.lease.Instance, request)
	end()
	describePage(span, page, err)
	if page.URL != "" {
		p.log.URL = page.URL
	}
	return page, err
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

// trail is where a poll has been: paging that comes back to it does not end.
type trail struct {
	tokens map[string]bool
	shown  turnstone.Fingerprint // of the last page that had records
}

// start notes the page at which an earlier poll stopped.
func (t *trail) start(token string) { t.tokens = map[string]bool{token: true} }

// follow notes the way to the next page, and what was shown on this one. It returns
// errIncomplete if the way leads back, or if this page repeats the one before: some
// vendors do not know the parameter that counts the pages.
func (t *trail) follow(next string, shown turnstone.Fingerprint) error {
	if t.tokens[next] {
		return fmt.Errorf("leads back to a page already read: %w", errIncomplete)
	}
	if t.tokens == nil {
		t.tokens = make(map[string]bool) // few polls have two pages
	}
	t.tokens[next] = true
	if shown == (turnstone.Fingerprint{}) {
		return nil
	}
	if shown == t.shown {
		return fmt.Errorf("repeats the page before: %w", errIncomplete)
	}
	t.shown = shown
	return nil
}
