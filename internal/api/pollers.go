package api

import (
	"net/http"
	"slices"
	"time"

	"turnstone"
	"turnstone/internal/instance"
)

// pollerJSON says how the polling of a resource stands.
type pollerJSON struct {
	ID              int64    `json:"id"`
	Resource        string   `json:"resource"`
	State           string   `json:"state"`
	Problem         string   `json:"problem,omitempty"`
	Warnings        []string `json:"warnings"`
	IntervalSeconds float64  `json:"intervalSeconds"`
	EnabledAt       string   `json:"enabledAt"`
	Cursor          string   `json:"cursor,omitempty"`
	Failures        int      `json:"failures"`
	NextAt          string   `json:"nextAt,omitempty"`
	LastAt          string   `json:"lastAt,omitempty"`
	LastGoodAt      string   `json:"lastGoodAt,omitempty"`
}

// exactTime returns a moment to the microsecond, and nothing for the zero time.
func exactTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000Z")
}

func (a *API) listPollers(c *call) (any, error) {
	in, err := a.instance(c)
	if err != nil {
		return nil, err
	}
	pollers, err := a.Store.Pollers(c.Context(), in.AccountID, in.ID)
	if err != nil {
		return nil, err
	}
	warnings := instance.Warnings(in)
	views := []pollerJSON{}
	for _, p := range pollers {
		view := pollerJSON{
			ID: p.ID, Resource: p.Resource, State: string(p.State), Problem: p.Problem,
			Warnings:        append([]string{}, warnings[p.Resource]...),
			IntervalSeconds: p.Interval.Seconds(), EnabledAt: exactTime(p.EnabledAt), Cursor: exactTime(p.Cursor),
			Failures: p.Failures, LastAt: exactTime(p.LastAt), LastGoodAt: exactTime(p.LastGoodAt),
		}
		if p.State == turnstone.PollerActive {
			view.NextAt = exactTime(p.NextAt)
		}
		views = append(views, view)
	}
	return views, nil
}

// pollJSON tells how one poll went.
type pollJSON struct {
	ID                int64    `json:"id"`
	StartedAt         string   `json:"startedAt"`
	TookSeconds       float64  `json:"tookSeconds"`
	URL               string   `json:"url"`
	From              string   `json:"from,omitempty"`
	Outcome           string   `json:"outcome"`
	Pages             int      `json:"pages"`
	Records           int      `json:"records"`
	Created           int      `json:"created"`
	Updated           int      `json:"updated"`
	Unchanged         int      `json:"unchanged"`
	Learned           int      `json:"learned"`
	Ignored           int      `json:"ignored"`
	Events            int      `json:"events"`
	Problems          []string `json:"problems"`
	RetryAfterSeconds float64  `json:"retryAfterSeconds,omitempty"`
}

func (a *API) listPolls(c *call) (any, error) {
	in, err := a.instance(c)
	if err != nil {
		return nil, err
	}
	page, err := pageOf(c.URL.Query())
	if err != nil {
		return nil, err
	}
	pollers, err := a.Store.Pollers(c.Context(), in.AccountID, in.ID)
	if err != nil {
		return nil, err
	}
	resource := c.PathValue("resource")
	at := slices.IndexFunc(pollers, func(p turnstone.Poller) bool { return p.Resource == resource })
	if at < 0 {
		return nil, failuref(http.StatusNotFound, "instance %d does not poll %s; GET %s/instances/%d/pollers lists what it polls", in.ID, excerpt(resource), prefix, in.ID)
	}
	polls, err := a.History.Polls(c.Context(), in.AccountID, pollers[at].ID, page.size)
	if err != nil {
		return nil, err
	}
	views := []pollJSON{}
	for _, p := range polls {
		views = append(views, pollJSON{
			ID: p.ID, StartedAt: exactTime(p.StartedAt), TookSeconds: p.Took.Seconds(), URL: p.URL, From: exactTime(p.From),
			Outcome: string(p.Outcome), Pages: p.Pages, Records: p.Records, Created: p.Created, Updated: p.Updated,
			Unchanged: p.Unchanged, Learned: p.Learned, Ignored: p.Ignored, Events: p.Events,
			Problems: append([]string{}, p.Problems...), RetryAfterSeconds: p.RetryAfter.Seconds(),
		})
	}
	return views, nil
}

// destinationJSON says how the delivery to a callback URL stands.
type destinationJSON struct {
	ID         int64  `json:"id"`
	URL        string `json:"url"`
	State      string `json:"state"`
	Problem    string `json:"problem,omitempty"`
	Failures   int    `json:"failures"`
	LastGoodAt string `json:"lastGoodAt,omitempty"`
}

func (a *API) listDestinations(c *call) (any, error) {
	in, err := a.instance(c)
	if err != nil {
		return nil, err
	}
	destinations, err := a.Store.Destinations(c.Context(), in.AccountID, in.ID)
	if err != nil {
		return nil, err
	}
	views := []destinationJSON{}
	for _, d := range destinations {
		views = append(views, destinationJSON{
			ID: d.ID, URL: d.URL, State: string(d.State), Problem: d.Problem, Failures: d.Failures, LastGoodAt: exactTime(d.LastGoodAt),
		})
	}
	return views, nil
}
