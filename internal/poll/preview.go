package poll

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/change"
	"turnstone/internal/element"
	"turnstone/internal/hub"
)

// Previewer shows what a poll would do. It stores nothing, takes no event id and
// moves no cursor; of the credential it changes no more than a call does that renews
// it. Any number of goroutines may use it.
type Previewer struct {
	Past     Past
	Source   Source
	Elements element.Finder
	Common   Common // as of a Loop
	Now      func() time.Time
}

// PreviewRequest says what to preview.
type PreviewRequest struct {
	Instance turnstone.Instance
	// Poller is a saved poller, perhaps with another Configuration, or one that is
	// not saved and has a Resource and a Configuration alone.
	Poller turnstone.Poller
	// Since is when the window is to begin; zero: where that of the next poll does. For
	// a poller that is not saved it is also when polling began.
	Since time.Time
}

// Preview is the first page of a poll, and what would become of its records.
type Preview struct {
	URL       string    // of the hub, as it is polled: its placeholders filled in, its macros expanded
	VendorURL string    // what was asked of the vendor, without credentials
	From, To  time.Time // the window, by the vendor's clock; From is zero where everything is asked for
	// UpdatedZone and CreatedZone are the zones assumed for dates that name none; empty
	// where the resource has no such date.
	UpdatedZone, CreatedZone string
	// ClockKnown says that the vendor told its time, which is Offset ahead of ours, to
	// the second.
	ClockKnown bool
	Offset     time.Duration
	Records    []PreviewRecord
	More       bool      // there is a page after this one
	Cursor     time.Time // the next poll would read from here on, less delay and overlap, after the last page
	Problems   []string
	RateLimit  turnstone.RateLimit
}

// PreviewRecord is a record, and what would become of it.
type PreviewRecord struct {
	ObjectID         string
	Updated, Created time.Time // zero: there is none, or it cannot be read
	// UpdatedFineness and CreatedFineness say how exactly the dates are known.
	UpdatedFineness, CreatedFineness time.Duration
	Op                               turnstone.Op // empty: there would be no event
	Reason                           turnstone.Reason
	Because                          string // the reason in words
	Record                           json.RawMessage
}

// Preview asks for the first page of a poll. It returns the errors of the hub where
// that cannot be asked for; what is wrong with the answer stands in its Problems.
func (v *Previewer) Preview(ctx context.Context, r PreviewRequest) (Preview, error) {
	p, err := v.poll(ctx, r)
	if err != nil {
		return Preview{}, err
	}
	page, err := v.page(ctx, p, r.Since)
	if err != nil {
		return Preview{}, err
	}
	p.advance(page)
	j, err := p.judge(ctx, page)
	if err != nil && !errors.Is(err, errUnread) {
		return Preview{}, err
	}
	p.tally(j)
	p.look(page)
	return p.preview(page, j.verdicts), nil
}

// poll returns the poll to preview. It must not be settled.
func (v *Previewer) poll(ctx context.Context, r PreviewRequest) (*poll, error) {
	now, poller := v.Now(), r.Poller
	if poller.EnabledAt.IsZero() {
		poller.EnabledAt = now
		if !r.Since.IsZero() {
			poller.EnabledAt, poller.Since = r.Since, r.Since
		}
	}
	poller.Memo = turnstone.PollerMemo{Forgotten: poller.Memo.Forgotten, Doubtful: poller.Memo.Doubtful} // no rescan, and no validator: the page is to be shown
	p := &poll{
		Loop: &Loop{Store: struct {
			Ledger
			Past
		}{Past: reread{v.Past}}, Source: v.Source, Elements: v.Elements, Now: v.Now},
		lease: turnstone.PollLease{Poller: poller, Instance: r.Instance},
		since: poller.Since, memo: poller.Memo, log: turnstone.Poll{StartedAt: now},
	}
	el, err := elementOf(ctx, v.Elements, p.lease.Instance)
	if err != nil {
		return nil, err
	}
	p.plan, err = commonPlan(ctx, v.Common, el, p.lease)
	return p, err
}

// page asks for the first page, and once more if the vendor's clock says that the
// window was another.
func (v *Previewer) page(ctx context.Context, p *poll, since time.Time) (hub.Page, error) {
	from := since
	if from.IsZero() {
		from = p.plan.From(p.lease.Poller.Cursor, p.enabledAt())
	}
	if err := p.begin(from); err != nil {
		return hub.Page{}, err
	}
	page, err := v.list(ctx, p)
	if err != nil {
		return page, err
	}
	url := p.at.sweep.URL
	if !since.IsZero() {
		return page, nil
	}
	if err := p.setClock(page); err != nil || p.at.sweep.URL == url {
		return page, err
	}
	return v.list(ctx, p)
}

func (v *Previewer) list(ctx context.Context, p *poll) (hub.Page, error) {
	request, err := p.request()
	if err != nil {
		return hub.Page{}, err
	}
	request.Background = false // somebody waits
	return v.Source.List(ctx, p.lease.Instance, request)
}

// preview returns what was found out.
func (p *poll) preview(page hub.Page, verdicts []change.Verdict) Preview {
	sweep := p.at.sweep
	v := Preview{
		URL: sweep.URL, VendorURL: page.URL, From: sweep.From, To: sweep.StartedAt,
		UpdatedZone: p.plan.UpdatedZone, CreatedZone: p.plan.CreatedZone,
		ClockKnown: !page.Date.IsZero(), Offset: clockSkew(page, p.Now()),
		More: page.Next != "" || page.Broken != nil, Cursor: sweep.StartedAt,
		Problems: p.log.Problems, RateLimit: page.RateLimit,
	}
	if page.Broken != nil {
		v.Problems = append(v.Problems, "what follows this page cannot be read: "+page.Broken.Error())
	}
	if n := p.datedAhead(page, verdicts); n > 0 {
		v.Problems = append(v.Problems, fmt.Sprintf("%d of %d records are dated more than an hour ahead of the vendor's clock: look at updatedDateTimezone and updatedDateFormat", n, len(verdicts)))
	}
	for _, found := range verdicts {
		o := found.Object
		v.Records = append(v.Records, PreviewRecord{
			ObjectID: o.Version.ObjectID, Updated: o.Version.Updated, Created: o.Version.Created,
			UpdatedFineness: o.UpdatedFineness, CreatedFineness: o.CreatedFineness,
			Op: found.Op, Reason: found.Reason, Because: change.Because(found.Reason), Record: o.Record,
		})
	}
	return v
}

// datedAhead counts the records whose dates lie further ahead of the vendor's clock
// than a clock is off: their zone is not the one assumed.
func (p *poll) datedAhead(page hub.Page, verdicts []change.Verdict) (n int) {
	latest := p.until(page).Add(maxAhead)
	for _, found := range verdicts {
		if found.Object.Version.Updated.After(latest) {
			n++
		}
	}
	return n
}

// reread lets the records be read that are known byte for byte: their dates are to
// be shown as they are written.
type reread struct{ Past }

// Versions returns what is known of objects, but for their bytes.
func (r reread) Versions(ctx context.Context, p turnstone.Poller, ids []string) (map[string]turnstone.Version, error) {
	known, err := r.Past.Versions(ctx, p, ids)
	for id, v := range known {
		v.Exact = turnstone.Fingerprint{}
		known[id] = v
	}
	return known, err
}
