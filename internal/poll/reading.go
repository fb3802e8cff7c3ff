package poll

import (
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/change"
	"turnstone/internal/hub"
)

// reading is a walk over the pages of one window: the live one, which moves the
// cursor, or that of a rescan, which does not.
type reading struct {
	kind  turnstone.RescanKind // empty: the live window
	sweep turnstone.Sweep
	trail trail
	shown turnstone.Fingerprint // of the records of the last page
}

// resumed returns the reading that goes on with a sweep.
func resumed(kind turnstone.RescanKind, sweep turnstone.Sweep) reading {
	r := reading{kind: kind, sweep: sweep}
	if sweep.Next != "" {
		r.trail.start(sweep.Next)
	}
	return r
}

// live reports whether this is the reading of the live window.
func (r *reading) live() bool { return r.kind == "" }

// first reports whether no page has been read.
func (r *reading) first() bool { return r.sweep.Pages == 0 }

// rule returns the rule for the records of a page.
func (p *poll) rule(page hub.Page) change.Rule {
	rule, rescan := p.plan.Rule, p.memo.Rescan
	rule.Since, rule.From = p.newsSince(), p.at.sweep.From
	rule.Until = p.until(page)
	if doubt := p.memo.Doubtful; !doubt.To.IsZero() && doubt.From.Before(rule.Until) {
		rule.Until = doubt.From
	}
	rule.Lag = change.Lag{Since: p.log.StartedAt.Add(-p.lag()), Ahead: clockSkew(page, p.Now())}
	if p.plan.Config.LeaveLater {
		rule.Before = p.at.sweep.StartedAt
	}
	switch p.at.kind {
	case turnstone.RescanReplay:
		rule.Again, rule.Since, rule.From = true, rescan.Since, rescan.Since
	case turnstone.RescanCensus:
		// What the live window never showed and no date tells was there before. Later
		// censuses know it.
		rule.Baseline = !p.plan.Whole() && p.memo.CensusDone == 0
	case "":
		rule.Baseline = p.plan.Whole() && p.lease.Poller.Cursor.IsZero() && !p.plan.Config.Backfill.Wanted()
	}
	return rule
}

// Bounds of how long a list may lag behind the vendor's webhooks.
const (
	minLag = time.Minute
	maxLag = 15 * time.Minute
)

// lag returns how long the vendor's list may show what the vendor told by webhook to be
// deleted: as far as windows overlap, which are made for such lists.
func (p *poll) lag() time.Duration { return min(max(p.plan.Overlap, minLag), maxLag) }

// until returns a moment by the vendor's clock when a page had surely come.
func (p *poll) until(page hub.Page) time.Time {
	if page.Date.IsZero() {
		return p.Now()
	}
	return page.Date.Add(page.Elapsed + clockError)
}

// trail is where a reading has been: paging that comes back to it does not end.
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
