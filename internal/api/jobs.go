package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"turnstone"
	"turnstone/internal/api/rest"
)

// jobJSON is a poller as the platform shows its scheduled jobs.
type jobJSON struct {
	ID                 string      `json:"id"`
	DisallowConcurrent bool        `json:"disallowConcurrent"`
	Data               jobDataJSON `json:"data"`
	Name               string      `json:"name"`
	Description        string      `json:"description"`
	Method             string      `json:"method"`
	URI                string      `json:"uri"`
	Trigger            triggerJSON `json:"trigger"`
}

type jobDataJSON struct {
	ID            int64    `json:"id"` // of the instance
	ElementKey    string   `json:"elementKey"`
	Topic         string   `json:"topic"`
	Notifications []string `json:"notifications"` // why it does not run as it should
}

// triggerJSON says when a job runs. Times are milliseconds since 1970, and 0 is none.
type triggerJSON struct {
	ID               string `json:"id"`
	Cron             string `json:"cron,omitempty"` // for intervals that divide an hour
	CalendarName     string `json:"calendarName"`
	MayFireAgain     bool   `json:"mayFireAgain"`
	NextFireTime     int64  `json:"nextFireTime"`
	PreviousFireTime int64  `json:"previousFireTime"`
	Description      string `json:"description"`
	StartTime        int64  `json:"startTime"`
	EndTime          int64  `json:"endTime"`
	Priority         int    `json:"priority"`
	State            string `json:"state"`
}

// pollerPlace is where a page of pollers ends.
type pollerPlace struct {
	Instance int64  `json:"instance"`
	Resource string `json:"resource"`
}

func (a *API) listJobs(c *rest.Call) (any, error) { return a.jobs(c, "") }

// listDisabledJobs lists those that were given up after too many failures.
func (a *API) listDisabledJobs(c *rest.Call) (any, error) { return a.jobs(c, turnstone.PollerParked) }

func (a *API) jobs(c *rest.Call, state turnstone.PollerState) (any, error) {
	pollers, err := a.pollersOf(c, state)
	if err != nil {
		return nil, err
	}
	if len(pollers) == 0 {
		return nil, rest.Failuref(http.StatusNotFound, "No jobs found")
	}
	instances := make(map[int64]turnstone.Instance)
	views := []jobJSON{}
	for _, p := range pollers {
		in, known := instances[p.InstanceID]
		if !known {
			in, err = a.Instances.One(c.Context(), p.AccountID, p.InstanceID)
			if rest.IsMissing(err) {
				continue // deleted meanwhile
			}
			if err != nil {
				return nil, err
			}
			instances[p.InstanceID] = in
		}
		views = append(views, jobView(in, p))
	}
	c.Reply.Set(rest.HeaderReturned, strconv.Itoa(len(views)))
	return views, nil
}

// pollersOf returns a page of the pollers of the account in a state, and sets the header
// that leads to the next.
func (a *API) pollersOf(c *rest.Call, state turnstone.PollerState) ([]turnstone.Poller, error) {
	if !c.Identity.WholeAccount {
		return nil, rest.ErrNeedsOrganization
	}
	query := c.URL.Query()
	f := turnstone.PollerFilter{AccountID: c.Identity.AccountID, State: state}
	if token := query.Get("nextPage"); token != "" {
		var place pollerPlace
		if err := rest.ParsePlace(token, &place); err != nil {
			return nil, err
		}
		f.After = turnstone.PollerRef{InstanceID: place.Instance, Resource: place.Resource}
		query.Del("nextPage")
	}
	page, err := rest.PageOf(query)
	if err != nil {
		return nil, err
	}
	f.Limit = page.Size + 1
	pollers, err := a.Schedule.AccountPollers(c.Context(), f)
	if err != nil {
		return nil, err
	}
	if len(pollers) > page.Size {
		pollers = pollers[:page.Size]
		last := pollers[page.Size-1]
		c.Reply.Set(rest.HeaderNextPage, rest.PlaceToken(pollerPlace{Instance: last.InstanceID, Resource: last.Resource}))
	}
	return pollers, nil
}

// jobView returns a poller as a job.
func jobView(in turnstone.Instance, p turnstone.Poller) jobJSON {
	view := jobJSON{
		ID: strconv.FormatInt(p.ID, 10), DisallowConcurrent: true,
		Data: jobDataJSON{
			ID: in.ID, ElementKey: in.Element, Topic: fmt.Sprintf("instance-%d-%s-events", in.ID, in.Element), Notifications: []string{},
		},
		Name:        fmt.Sprintf("poll-%d-%s", in.ID, p.Resource),
		Description: fmt.Sprintf("Polls %s of instance %d, %s", p.Resource, in.ID, in.Name),
		Method:      http.MethodGet,
		Trigger: triggerJSON{
			ID: strconv.FormatInt(p.ID, 10), Cron: cron(p.Interval), MayFireAgain: p.State == turnstone.PollerActive,
			PreviousFireTime: millis(p.LastAt), Description: fmt.Sprintf("every %g minutes", p.Interval.Minutes()), StartTime: millis(p.EnabledAt),
			Priority: 5, State: triggerState(p.State),
		},
	}
	if p.State == turnstone.PollerActive {
		view.Trigger.NextFireTime = millis(p.NextAt)
	}
	if p.Problem != "" {
		view.Data.Notifications = []string{p.Problem}
	}
	var polled struct {
		URL string `json:"url"`
	}
	if err := json.Unmarshal([]byte(p.Configuration), &polled); err == nil { // it was checked when it was stored
		view.URI = rest.Prefix + strings.TrimPrefix(polled.URL, rest.Prefix)
	}
	return view
}

// triggerState returns the scheduler's word for the state of a poller.
func triggerState(s turnstone.PollerState) string {
	switch s {
	case turnstone.PollerActive:
		return "NORMAL"
	case turnstone.PollerParked:
		return "ERROR"
	}
	return "PAUSED"
}

// cron returns an interval as the platform's scheduler writes it; empty, if it cannot.
func cron(interval time.Duration) string {
	minutes := int(interval / time.Minute)
	if interval%time.Minute != 0 || minutes < 1 || 60%minutes != 0 {
		return ""
	}
	return fmt.Sprintf("0 0/%d * 1/1 * ? *", minutes)
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// noJobs answers those who would make jobs or delete them.
func noJobs(c *rest.Call) (any, error) {
	c.Reply.Set("Allow", "GET")
	return nil, rest.Failuref(http.StatusMethodNotAllowed, "jobs follow from the configuration of instances: change %s there, or DELETE %s/instances/{id}/enabled to have all those of an instance rest", turnstone.KeyPollers, rest.Prefix)
}

// listPollingDisabled lists the instances of which a poller was given up.
func (a *API) listPollingDisabled(c *rest.Call) (any, error) {
	pollers, err := a.pollersOf(c, turnstone.PollerParked)
	if err != nil {
		return nil, err
	}
	var list []turnstone.Instance
	for i, p := range pollers {
		if i > 0 && pollers[i-1].InstanceID == p.InstanceID {
			continue
		}
		in, err := a.Instances.One(c.Context(), p.AccountID, p.InstanceID)
		if rest.IsMissing(err) {
			continue // deleted meanwhile
		}
		if err != nil {
			return nil, err
		}
		list = append(list, in)
	}
	if len(list) == 0 {
		return nil, rest.Failuref(http.StatusNotFound, "No instances found")
	}
	c.Reply.Set(rest.HeaderReturned, strconv.Itoa(len(list)))
	return a.instanceViews(c, list)
}

// countJSON is how many instances there are.
type countJSON struct {
	Total    int            `json:"totalInstances"`
	Elements map[string]int `json:"elementInstances"` // by element
}

func (a *API) countInstances(c *rest.Call) (any, error) {
	if !c.Identity.WholeAccount {
		return nil, rest.ErrNeedsOrganization
	}
	counts, err := a.Store.CountInstances(c.Context(), turnstone.InstanceFilter{AccountID: c.Identity.AccountID})
	return countJSON{sum(counts), counts}, err
}

func sum(counts map[string]int) int {
	total := 0
	for _, n := range counts {
		total += n
	}
	return total
}
