package api

import (
	"errors"
	"net/http"

	"turnstone"
	"turnstone/internal/api/rest"
	"turnstone/internal/instance"
	"turnstone/internal/poll"
)

// pollerJSON says how the polling of a resource stands.
type pollerJSON struct {
	ID                 int64       `json:"id"`
	Resource           string      `json:"resource"`
	State              string      `json:"state"`
	Problem            string      `json:"problem,omitempty"`
	Warnings           []string    `json:"warnings"`
	IntervalSeconds    float64     `json:"intervalSeconds"`
	MaxIntervalSeconds float64     `json:"maxIntervalSeconds,omitempty"`
	EnabledAt          string      `json:"enabledAt"`
	Cursor             string      `json:"cursor,omitempty"`
	Failures           int         `json:"failures"`
	NextAt             string      `json:"nextAt,omitempty"`
	LastAt             string      `json:"lastAt,omitempty"`
	LastGoodAt         string      `json:"lastGoodAt,omitempty"`
	Lag                *lagJSON    `json:"lag,omitempty"`
	Deletes            *censusJSON `json:"deletes,omitempty"`
	Rescan             *rescanJSON `json:"rescan,omitempty"`
}

// lagJSON says how late changes turned up at the vendor.
type lagJSON struct {
	Changes                 int64   `json:"changes"`
	P50Seconds              float64 `json:"p50Seconds"`
	P99Seconds              float64 `json:"p99Seconds"`
	OverlapSeconds          float64 `json:"overlapSeconds"`
	SuggestedOverlapSeconds float64 `json:"suggestedOverlapSeconds"`
}

// censusJSON says how the looking for deleted objects stands.
type censusJSON struct {
	LastCensusAt string `json:"lastCensusAt,omitempty"`
	Held         string `json:"held,omitempty"`
}

// rescanJSON says how far a rescan is.
type rescanJSON struct {
	Kind    string `json:"kind"`
	Since   string `json:"since,omitempty"`
	AskedAt string `json:"askedAt,omitempty"`
	Pages   int    `json:"pages"`
	Records int    `json:"records"`
	Changes int    `json:"changes"`
	Problem string `json:"problem,omitempty"`
}

func (a *API) listPollers(c *rest.Call) (any, error) {
	in, err := a.Instance(c)
	if err != nil {
		return nil, err
	}
	pollers, err := a.Schedule.Pollers(c.Context(), in.AccountID, in.ID)
	if err != nil {
		return nil, err
	}
	views := []pollerJSON{}
	for _, p := range pollers {
		views = append(views, a.pollerView(c, in, p))
	}
	return views, nil
}

func (a *API) showPoller(c *rest.Call) (any, error) {
	in, p, err := a.poller(c)
	if err != nil {
		return nil, err
	}
	return a.pollerView(c, in, p), nil
}

// poller returns the poller that the path is about, with its instance.
func (a *API) poller(c *rest.Call) (turnstone.Instance, turnstone.Poller, error) {
	in, err := a.Instance(c)
	if err != nil {
		return in, turnstone.Poller{}, err
	}
	resource := c.PathValue("resource")
	p, err := a.Pollers.One(c.Context(), in, resource)
	if errors.Is(err, turnstone.ErrNotFound) {
		err = rest.Failuref(http.StatusNotFound, "instance %d does not poll %s; GET %s/instances/%d/pollers lists what it polls", in.ID, rest.Excerpt(resource), rest.Prefix, in.ID)
	}
	return in, p, err
}

// pollerView returns what to show of a poller.
func (a *API) pollerView(c *rest.Call, in turnstone.Instance, p turnstone.Poller) pollerJSON {
	view := pollerJSON{
		ID: p.ID, Resource: p.Resource, State: string(p.State), Problem: p.Problem,
		Warnings:        append([]string{}, instance.Warnings(in)[p.Resource]...),
		IntervalSeconds: p.Interval.Seconds(), MaxIntervalSeconds: p.MaxInterval.Seconds(),
		EnabledAt: rest.ExactTime(p.EnabledAt), Cursor: rest.ExactTime(p.Cursor),
		Failures: p.Failures, LastAt: rest.ExactTime(p.LastAt), LastGoodAt: rest.ExactTime(p.LastGoodAt),
	}
	if p.State == turnstone.PollerActive {
		view.NextAt = rest.ExactTime(p.NextAt)
	}
	if len(p.Memo.Lag.Counts) > 0 {
		view.Lag = a.lagView(c, in, p)
	}
	if p.Memo.Census > 0 {
		view.Deletes = &censusJSON{LastCensusAt: rest.ExactTime(p.Memo.CensusAt), Held: p.Memo.Held}
	}
	if r := p.Memo.Rescan; r.Kind != "" {
		view.Rescan = &rescanJSON{
			Kind: string(r.Kind), Since: rest.ExactTime(r.Since), AskedAt: rest.ExactTime(r.AskedAt),
			Pages: r.Sweep.Pages, Records: r.Records, Changes: r.Told, Problem: r.Problem,
		}
	}
	return view
}

// lagView returns what to show of a lag; nothing where the overlap in use cannot be
// told, because the element is gone or the configuration unreadable by now.
func (a *API) lagView(c *rest.Call, in turnstone.Instance, p turnstone.Poller) *lagJSON {
	el, err := a.Elements.OfInstance(c.Context(), in)
	if err != nil {
		return nil
	}
	if el, err = a.Catalogue.Common.Extended(c.Context(), in, el); err != nil {
		return nil
	}
	overlap, err := poll.Overlap(el, in, p)
	if err != nil {
		return nil
	}
	r := poll.Summarise(p.Memo.Lag, overlap)
	return &lagJSON{
		Changes: r.Changes, P50Seconds: r.P50.Seconds(), P99Seconds: r.P99.Seconds(),
		OverlapSeconds: overlap.Seconds(), SuggestedOverlapSeconds: r.Suggested.Seconds(),
	}
}
