package plan

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"turnstone"
	"turnstone/internal/change"
	"turnstone/internal/element"
	"turnstone/internal/hub"
	"turnstone/internal/javadate"
	"turnstone/internal/pollerconfig"
)

// Plan is how one poller is polled: its configuration, with what it leaves to
// the element filled in, and what its instance says of events. It does not change.
type Plan struct {
	Hub      string
	Resource string // in hub requests
	Config   pollerconfig.Config
	Overlap  time.Duration
	Rule     change.Rule // without what depends on the poll
	Windowed bool        // the URL asks for what changed since a moment
	// NewestFirst says that the list is sorted, so that reading may stop where the
	// window begins.
	NewestFirst bool
	Retrieves   bool // one record can be asked for, by its id
	Rendering   Rendering
	// UpdatedZone and CreatedZone are those of dates that name none; empty where there
	// is no such date.
	UpdatedZone, CreatedZone string
}

// ErrNoResource says that an element has no resource of the name that is polled.
var ErrNoResource = errors.New("no resource")

// Of reads the configuration of a poller of an instance of el. The error says what is wrong with it.
func Of(el *element.Element, lease turnstone.PollLease) (*Plan, error) {
	config, err := configOf(lease)
	if err != nil {
		return nil, err
	}
	p := &Plan{Hub: el.Hub, Config: config, Rendering: renderingOf(lease.Instance.Configuration)}
	url, err := javadate.Expand(config.URL, javadate.Moment{})
	if err != nil {
		return nil, err
	}
	request, err := hub.ParseURL(url)
	if err != nil {
		return nil, err
	}
	p.Resource = request.Resource
	resource, ok := el.Resource(p.Resource)
	if !ok {
		return nil, fmt.Errorf("element %q has %w %q; write the URL of one that it has", el.Key, ErrNoResource, p.Resource)
	}
	later, err := javadate.Expand(config.URL, javadate.Moment{Since: time.Unix(1e9, 0)})
	if err != nil {
		return nil, err
	}
	p.Windowed = later != url
	return p, p.complete(resource)
}

// configOf returns the configuration of a poller, with the placeholders of its URL
// filled in.
func configOf(lease turnstone.PollLease) (pollerconfig.Config, error) {
	name, err := json.Marshal(lease.Poller.Resource)
	if err != nil {
		return pollerconfig.Config{}, err
	}
	set, err := pollerconfig.Parse(fmt.Sprintf("{%s:%s}", name, lease.Poller.Configuration))
	if err != nil {
		return pollerconfig.Config{}, err
	}
	config := set.Members[0].Config
	config.URL, err = pollerconfig.Fill(config.URL, func(name string) (string, bool) {
		value, ok := lease.Instance.Configuration[name]
		return value, ok
	})
	if err != nil {
		return pollerconfig.Config{}, fmt.Errorf("the polled URL %w", err)
	}
	return config, nil
}

// complete fills in what the configuration leaves to the element.
func (p *Plan) complete(r *element.Resource) error {
	c := p.Config
	p.Rule = change.Rule{
		IDField: cmp.Or(c.IDField, r.PrimaryKey),
		Ignore:  slices.Concat(c.IgnoreFields, r.IgnoreFields),
		Updated: dateOf(c.Updated), Created: dateOf(c.Created),
		IgnoreUpdated: c.IgnoreUpdated,
		DatesDecide:   c.Detect == pollerconfig.DetectDates, Tolerance: c.CreatedTolerance,
	}
	p.UpdatedZone, p.CreatedZone = zoneOf(c.Updated), zoneOf(c.Created)
	p.Overlap = max(c.Overlap, 0)
	p.Retrieves = r.Confirms()
	p.NewestFirst = c.NewestFirst
	if r.Incremental == nil {
		return nil
	}
	p.Rule.Mark = change.Mark{Field: r.Incremental.DeletedField, Values: r.Incremental.DeletedValues}
	p.NewestFirst = p.NewestFirst || r.Incremental.Order == element.NewestFirst
	if c.Overlap < 0 {
		p.Overlap = time.Duration(r.Incremental.Lookback)
	}
	if c.Dated {
		return nil
	}
	return p.elementDates(r.Incremental)
}

// elementDates takes the dates from the element.
func (p *Plan) elementDates(s *element.Incremental) error {
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
	p.Rule.Updated, p.Rule.Created = dateOf(updated...), dateOf(created...)
	p.UpdatedZone, p.CreatedZone = zoneOf(updated[0]), zoneOf(created[0])
	return nil
}

// zoneOf names the zone that is assumed for a date.
func zoneOf(d pollerconfig.Date) string {
	if d.Field == "" {
		return ""
	}
	return d.Zone.String()
}

// dateOf returns a date that may be written in several ways, of which the first
// that fits is taken.
func dateOf(ways ...pollerconfig.Date) change.Date {
	var spellings []string
	for _, way := range ways {
		if way.Pattern != nil {
			spellings = append(spellings, way.Pattern.String()+" in "+way.Zone.String())
		}
	}
	return change.Date{
		Field: ways[0].Field, Spelling: strings.Join(spellings, ", or "),
		Parse: func(text string) (at time.Time, fineness time.Duration, err error) {
			for _, way := range ways {
				if at, fineness, err = way.Parse(text); err == nil {
					break
				}
			}
			return at, fineness, err
		},
	}
}

// From returns the lower bound of the live window of a poller, which was enabled at
// since by the vendor's clock, and whose last complete sweep began at cursor.
func (p *Plan) From(cursor, since time.Time) time.Time {
	from := cursor
	if from.IsZero() {
		from = since
	}
	from = from.Add(-p.Config.PollDelay - p.Overlap)
	if p.Undated() && from.Before(since) {
		from = since // nothing else tells records from before polling began
	}
	return from
}

// Sweep returns the sweep to start for what changed since a moment by the vendor's
// clock; zero: for everything.
func (p *Plan) Sweep(from, now time.Time) (turnstone.Sweep, error) {
	moment := javadate.Moment{Since: from, Now: now}
	if from.IsZero() {
		moment.Since = time.Unix(0, 0) // not every vendor knows the year 1
	}
	url, err := javadate.Expand(p.Config.URL, moment)
	switch {
	case err != nil:
		return turnstone.Sweep{}, err
	case p.Windowed && !from.IsZero():
		from = p.asked(url, from, now)
	case !p.NewestFirst:
		from = time.Time{}
	}
	return turnstone.Sweep{From: from, URL: url}, nil
}

// Whole reports whether every sweep reads the whole list.
func (p *Plan) Whole() bool { return !p.Windowed && !p.NewestFirst }

// Undated reports whether records have no dates that could be compared.
func (p *Plan) Undated() bool { return p.Rule.Updated.Field == "" && p.Rule.Created.Field == "" }

// asked returns from when on an expanded URL asks for records: a macro may cut
// the moment it was given to the second, or to the day.
func (p *Plan) asked(url string, from, now time.Time) time.Time {
	asked := from
	for _, cut := range []time.Time{
		from.Truncate(time.Second), from.Truncate(time.Minute), from.Truncate(time.Hour), from.Truncate(24 * time.Hour),
	} {
		if cut.Equal(asked) {
			continue
		}
		same, err := javadate.Expand(p.Config.URL, javadate.Moment{Since: cut, Now: now})
		if err != nil || same != url {
			break // what this moment would ask for is more, and any before it still more
		}
		asked = cut
	}
	return asked
}
