package poll

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"turnstone"
	"turnstone/internal/change"
	"turnstone/internal/element"
	"turnstone/internal/hub"
	"turnstone/internal/javadate"
	"turnstone/internal/pollerconfig"
)

// plan is how one poller is polled: its configuration, with what it leaves to
// the element filled in.
type plan struct {
	hub     string
	config  pollerconfig.Config
	overlap time.Duration
	rule    change.Rule // without Since and From
}

// newPlan reads the configuration of a poller.
func newPlan(elements *element.Catalogue, lease turnstone.PollLease) (*plan, error) {
	el, ok := elements.Lookup(lease.Instance.Element)
	if !ok {
		return nil, fmt.Errorf("element %q is not in the catalogue; add its file and start again", lease.Instance.Element)
	}
	name, err := json.Marshal(lease.Poller.Resource)
	if err != nil {
		return nil, err
	}
	set, err := pollerconfig.Parse(fmt.Sprintf("{%s:%s}", name, lease.Poller.Configuration))
	if err != nil {
		return nil, err
	}
	p := &plan{hub: el.Hub, config: set.Members[0].Config}
	url, err := javadate.Expand(p.config.URL, javadate.Moment{})
	if err != nil {
		return nil, err
	}
	request, err := hub.ParseURL(url)
	if err != nil {
		return nil, err
	}
	resource, ok := el.Resource(request.Resource)
	if !ok {
		return nil, fmt.Errorf("element %q has no resource %q", el.Key, request.Resource)
	}
	if err := p.complete(resource); err != nil {
		return nil, err
	}
	return p, nil
}

// complete fills in what the configuration leaves to the element.
func (p *plan) complete(r *element.Resource) error {
	p.rule = change.Rule{
		IDField: cmp.Or(p.config.IDField, r.PrimaryKey),
		Ignore:  slices.Concat(p.config.IgnoreFields, r.IgnoreFields),
		Updated: dateOf(p.config.Updated), Created: dateOf(p.config.Created),
	}
	p.overlap = max(p.config.Overlap, 0)
	if r.Incremental == nil {
		return nil
	}
	if p.config.Overlap < 0 {
		p.overlap = time.Duration(r.Incremental.Lookback)
	}
	if p.config.Dated {
		return nil
	}
	return p.elementDates(r.Incremental)
}

// elementDates takes the dates from the element.
func (p *plan) elementDates(s *element.Incremental) error {
	zone, err := javadate.Zone(s.TimeZone)
	if err != nil {
		return err
	}
	var updated, created []pollerconfig.Date
	for _, format := range s.DatetimeFormats {
		pattern, err := javadate.Compile(format)
		if err != nil {
			return err
		}
		updated = append(updated, pollerconfig.Date{Field: s.CursorField, Pattern: pattern, Zone: zone})
		created = append(created, pollerconfig.Date{Field: s.CreatedField, Pattern: pattern, Zone: zone})
	}
	p.rule.Updated, p.rule.Created = dateOf(updated...), dateOf(created...)
	return nil
}

// dateOf returns a date that may be written in several ways, of which the first
// that fits is taken.
func dateOf(ways ...pollerconfig.Date) change.Date {
	return change.Date{Field: ways[0].Field, Parse: func(text string) (at time.Time, fineness time.Duration, err error) {
		for _, way := range ways {
			if at, fineness, err = way.Parse(text); err == nil {
				break
			}
		}
		return at, fineness, err
	}}
}

// begin returns the sweep to start: the window from the last complete one, or
// from since, when polling was enabled by the vendor's clock.
func (p *plan) begin(poller turnstone.Poller, since, now time.Time) (turnstone.Sweep, error) {
	from := poller.Cursor
	if from.IsZero() {
		from = since
	}
	from = from.Add(-p.config.PollDelay - p.overlap)
	if p.undated() && from.Before(since) {
		from = since // nothing else tells records from before polling began
	}
	url, err := javadate.Expand(p.config.URL, javadate.Moment{Since: from, Now: now})
	if err != nil {
		return turnstone.Sweep{}, err
	}
	return turnstone.Sweep{From: p.asked(url, from, now), URL: url}, nil
}

// undated reports whether records have no dates that could be compared.
func (p *plan) undated() bool { return p.rule.Updated.Field == "" && p.rule.Created.Field == "" }

// asked returns from when on an expanded URL asks for records: a macro may cut
// the moment it was given to the second, or to the day. It is zero if the URL
// asks for all of them.
func (p *plan) asked(url string, from, now time.Time) time.Time {
	asked := from
	for _, cut := range []time.Time{
		from.Truncate(time.Second), from.Truncate(time.Minute), from.Truncate(time.Hour), from.Truncate(24 * time.Hour), {},
	} {
		if cut.Equal(asked) {
			continue
		}
		same, err := javadate.Expand(p.config.URL, javadate.Moment{Since: cut, Now: now})
		if err != nil || same != url {
			break // what this moment would ask for is more, and any before it still more
		}
		asked = cut
	}
	return asked
}
