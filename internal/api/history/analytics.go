package history

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"turnstone"
	"turnstone/internal/api/rest"
)

// countJSON is how many events were made in a step of time.
type countJSON struct {
	Timestamp string `json:"timestamp"` // when the step begins
	Count     int    `json:"count"`
}

// recordsJSON is the same, for each instance or account.
type recordsJSON struct {
	Timestamp string       `json:"timestamp"`
	Total     int          `json:"total"`
	Records   []recordJSON `json:"records"` // those with events
}

// recordJSON is what became of the events of one instance or account in a step. Those
// that are neither success nor failed were not sent yet, or are for nobody.
type recordJSON struct {
	InstanceID int64 `json:"instanceId,omitempty"`
	AccountID  int64 `json:"accountId,omitempty"`
	Count      int   `json:"count"`
	Success    int   `json:"success"`
	Failed     int   `json:"failed"`
}

const (
	// maxSteps bounds what one answer counts: a week by minute is 10,081.
	maxSteps = 100_000
	// longestBySecond is how long a time must be shorter than to be counted by second, as on
	// the platform.
	longestBySecond = 24 * time.Hour
)

// interval is a step of time, and how much is counted of those who do not say.
type interval struct {
	step, standard time.Duration
}

// intervals are those that can be asked for.
func intervals() map[string]interval {
	const day = 24 * time.Hour
	return map[string]interval{
		"second": {time.Second, time.Minute},
		"minute": {time.Minute, time.Hour},
		"hour":   {time.Hour, day},
		"day":    {day, 7 * day},
		"week":   {7 * day, 7 * day},
	}
}

// count answers how many events there were in each step.
func (a *API) count(c *rest.Call) (any, error) {
	t, err := a.tally(c)
	if err != nil {
		return nil, err
	}
	views := make([]countJSON, t.steps)
	for i := range views {
		views[i].Timestamp = t.timestamp(i)
	}
	for _, n := range t.counts {
		views[n.Step].Count += n.Count
	}
	return views, nil
}

// countByInstance answers the same for each instance, and what became of them.
func (a *API) countByInstance(c *rest.Call) (any, error) {
	t, err := a.tally(c)
	if err != nil {
		return nil, err
	}
	views := t.empty()
	for _, n := range t.counts {
		v := &views[n.Step]
		v.Total += n.Count
		v.Records = append(v.Records, recordJSON{InstanceID: n.InstanceID, Count: n.Count, Success: n.Delivered, Failed: n.Failed})
	}
	return views, nil
}

// countByAccount answers the same for the account as a whole.
func (a *API) countByAccount(c *rest.Call) (any, error) {
	t, err := a.tally(c)
	if err != nil {
		return nil, err
	}
	views := t.empty()
	for _, n := range t.counts {
		v := &views[n.Step]
		v.Total += n.Count
		if len(v.Records) == 0 {
			v.Records = append(v.Records, recordJSON{AccountID: t.AccountID})
		}
		r := &v.Records[0]
		r.Count, r.Success, r.Failed = r.Count+n.Count, r.Success+n.Delivered, r.Failed+n.Failed
	}
	return views, nil
}

// tally is what was counted.
type tally struct {
	turnstone.EventCountFilter
	steps  int
	counts []turnstone.EventCount
}

// timestamp returns when a step begins.
func (t tally) timestamp(step int) string {
	return t.From.Add(time.Duration(step) * t.Step).UTC().Format("2006-01-02T15:04:05.000Z")
}

// empty returns the steps without any records.
func (t tally) empty() []recordsJSON {
	views := make([]recordsJSON, t.steps)
	for i := range views {
		views[i] = recordsJSON{Timestamp: t.timestamp(i), Records: []recordJSON{}}
	}
	return views
}

// tally counts what a request asks for. Steps are counted from its beginning on, so that
// there are always as many for a time of some length: an hour has 61 minutes, for both its
// ends are in it.
func (a *API) tally(c *rest.Call) (tally, error) {
	var t tally
	if !c.Identity.WholeAccount {
		return t, rest.ErrNeedsOrganization
	}
	t.AccountID = c.Identity.AccountID
	query := c.URL.Query()
	if err := ownAccount(query, t.AccountID); err != nil {
		return t, err
	}
	if err := t.readTime(query, a.Now()); err != nil {
		return t, err
	}
	var err error
	t.counts, err = a.Store.EventCounts(c.Context(), t.EventCountFilter)
	return t, err
}

// ownAccount refuses accounts that are not the caller's.
func ownAccount(query url.Values, own int64) error {
	for _, name := range append(query["accountIds[]"], query["accountIds"]...) {
		if name != strconv.FormatInt(own, 10) {
			return rest.Failuref(http.StatusForbidden, "account %s is not yours; yours is %d", rest.Excerpt(name), own)
		}
	}
	return nil
}

// readTime reads what time to count, and in which steps.
func (t *tally) readTime(query url.Values, now time.Time) error {
	name := cmp.Or(strings.ToLower(query.Get("interval")), "minute")
	in, known := intervals()[name]
	if !known {
		return rest.Failuref(http.StatusBadRequest, "interval: is %s; write second, minute, hour, day or week", rest.Excerpt(query.Get("interval")))
	}
	var err error
	if t.From, t.To, err = span(query); err != nil {
		return err
	}
	if t.To.IsZero() {
		t.To = now.UTC()
	}
	if t.From.IsZero() {
		t.From = t.To.Add(-in.standard)
	}
	t.Step = in.step
	length := t.To.Sub(t.From)
	switch {
	case length < 0:
		return rest.Failuref(http.StatusBadRequest, "from is after to, which is now unless it is given; write an earlier one")
	case name == "second" && length >= longestBySecond:
		return rest.Failuref(http.StatusBadRequest, "interval: counts a day or more by second; write minute, or less time between from and to")
	case length/t.Step >= maxSteps:
		return rest.Failuref(http.StatusBadRequest, "interval: makes more than %d steps of the time between from and to; write a longer one", maxSteps)
	}
	t.steps = int(length/t.Step) + 1
	return nil
}
