package history

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"turnstone"
	"turnstone/internal/api/rest"
)

// dispositionJSON is what was done with an event.
type dispositionJSON struct {
	EventID      string        `json:"eventId"`
	InstanceID   int64         `json:"elementInstanceId"`
	Notification []messageJSON `json:"notificationData"`
}

type messageJSON struct {
	Message string `json:"message"`
}

// listDispositions lists what was done with events: each attempt to deliver them, in the
// platform's words where a receiver did not take it.
func (a *API) listDispositions(c *rest.Call) (any, error) {
	s := scopeOf(c)
	if err := ownAccount(c.URL.Query(), s.account); err != nil {
		return nil, err
	}
	q, err := queryOf(c, s)
	if err != nil {
		return nil, err
	}
	q.csv, q.Heads = false, q.text == ""
	q.Limit = min(q.Limit, rest.MaxPageSize)
	page, err := a.find(c.Context(), q)
	if err != nil {
		return nil, err
	}
	if len(page.events) == 0 && page.next == "" {
		return nil, rest.Failuref(http.StatusNotFound, "No dispositions found")
	}
	c.Reply.Set(rest.HeaderReturned, strconv.Itoa(len(page.events)))
	if page.next != "" {
		c.Reply.Set(rest.HeaderNextPage, page.next)
	}
	return a.dispositions(c, page.events)
}

// dispositions returns what was done with events of an account.
func (a *API) dispositions(c *rest.Call, events []turnstone.Event) ([]dispositionJSON, error) {
	ids := make(map[int64][]int64) // of each instance
	for _, e := range events {
		ids[e.InstanceID] = append(ids[e.InstanceID], e.ID)
	}
	done := make(map[int64][]turnstone.DeliveryRecord) // with each event
	for instance, of := range ids {
		slices.Sort(of)
		history, err := a.Outbox.DeliveryHistory(c.Context(), c.Identity.AccountID, instance, of)
		if err != nil {
			return nil, err
		}
		for _, d := range history {
			done[d.EventID] = append(done[d.EventID], d)
		}
	}
	views := make([]dispositionJSON, len(events))
	for i, e := range events {
		views[i] = dispositionJSON{EventID: e.Key, InstanceID: e.InstanceID, Notification: []messageJSON{}}
		for _, d := range done[e.ID] {
			for _, attempt := range d.Attempts {
				views[i].Notification = append(views[i].Notification, messageJSON{messageOf(e, d, attempt)})
			}
		}
	}
	return views, nil
}

// messageOf says how an attempt ended.
func messageOf(e turnstone.Event, d turnstone.DeliveryRecord, a turnstone.Attempt) string {
	if a.Problem == "" {
		return fmt.Sprintf("Delivered event %s to %s: attempt %d at %s was answered with %d", e.Key, d.URL, a.Number, rest.ISOTime(a.At), a.Status)
	}
	return fmt.Sprintf("Error delivering event %s to %s: attempt %d at %s: %s", e.Key, d.URL, a.Number, rest.ISOTime(a.At), a.Problem)
}
