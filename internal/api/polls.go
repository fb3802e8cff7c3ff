package api

import (
	"strconv"

	"turnstone"
	"turnstone/internal/api/rest"
)

// pollJSON tells how one poll went.
type pollJSON struct {
	ID                int64           `json:"id"`
	StartedAt         string          `json:"startedAt"`
	TookSeconds       float64         `json:"tookSeconds"`
	URL               string          `json:"url"`
	From              string          `json:"from,omitempty"`
	Outcome           string          `json:"outcome"`
	Pages             int             `json:"pages"`
	Records           int             `json:"records"`
	Created           int             `json:"created"`
	Updated           int             `json:"updated"`
	Deleted           int             `json:"deleted"`
	Unchanged         int             `json:"unchanged"`
	Learned           int             `json:"learned"`
	Ignored           int             `json:"ignored"`
	Late              int             `json:"late"`
	Events            int             `json:"events"`
	Problems          []string        `json:"problems"`
	RetryAfterSeconds float64         `json:"retryAfterSeconds,omitempty"`
	Unmodified        bool            `json:"unmodified,omitempty"`
	RateLimit         *rateLimitJSON  `json:"rateLimit,omitempty"`
	Rescan            *rescanPartJSON `json:"rescan,omitempty"`
}

// rateLimitJSON is what the vendor last told of its limit.
type rateLimitJSON struct {
	Limit        int     `json:"limit,omitempty"`
	Remaining    int     `json:"remaining"`
	ResetSeconds float64 `json:"resetSeconds,omitempty"`
}

// rescanPartJSON is the part of a poll that belongs to a rescan.
type rescanPartJSON struct {
	Kind    string `json:"kind"`
	Pages   int    `json:"pages"`
	Records int    `json:"records"`
	Done    bool   `json:"done"`
}

func (a *API) listPolls(c *rest.Call) (any, error) {
	in, p, err := a.poller(c)
	if err != nil {
		return nil, err
	}
	page, err := rest.PageOf(c.URL.Query())
	if err != nil {
		return nil, err
	}
	polls, err := a.Schedule.Polls(c.Context(), turnstone.PollFilter{
		AccountID: in.AccountID, PollerID: p.ID, Before: page.Token, Limit: page.Size + 1,
	})
	if err != nil {
		return nil, err
	}
	if len(polls) > page.Size {
		polls = polls[:page.Size]
		c.Reply.Set(rest.HeaderNextPage, rest.PageToken(polls[page.Size-1].ID))
	}
	c.Reply.Set(rest.HeaderReturned, strconv.Itoa(len(polls)))
	views := []pollJSON{}
	for _, p := range polls {
		views = append(views, pollView(p))
	}
	return views, nil
}

// pollView returns what to show of a poll.
func pollView(p turnstone.Poll) pollJSON {
	view := pollJSON{
		ID: p.ID, StartedAt: rest.ExactTime(p.StartedAt), TookSeconds: p.Took.Seconds(), URL: p.URL, From: rest.ExactTime(p.From),
		Outcome: string(p.Outcome), Pages: p.Pages, Records: p.Records, Created: p.Created, Updated: p.Updated,
		Deleted: p.Deleted, Unchanged: p.Unchanged, Learned: p.Learned, Ignored: p.Ignored, Late: p.Details.Late, Events: p.Events,
		Problems: append([]string{}, p.Problems...), RetryAfterSeconds: p.RetryAfter.Seconds(), Unmodified: p.Details.Unmodified,
	}
	if l := p.Details.RateLimit; l != (turnstone.RateLimit{}) {
		view.RateLimit = &rateLimitJSON{Limit: l.Limit, Remaining: l.Remaining, ResetSeconds: l.Reset.Seconds()}
	}
	if d := p.Details; d.Rescan != "" {
		view.Rescan = &rescanPartJSON{Kind: string(d.Rescan), Pages: d.RescanPages, Records: d.RescanRecords, Done: d.RescanDone}
	}
	return view
}
