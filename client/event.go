package client

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// Event is what was posted, or is to be: changes of one resource of one instance.
type Event struct {
	ID           string          `json:"id"`
	EventDate    time.Time       `json:"eventDate,omitzero"`
	Status       string          `json:"status"`       // NEW or NOTIFIED
	ProviderData string          `json:"providerData"` // the records, as JSON
	NotifiedData json.RawMessage `json:"notifiedData"` // what was told of them
}

// EventQuery selects events, newest first; the zero EventQuery all that are kept.
type EventQuery struct {
	Resource string
	Op       string    // CREATED, UPDATED or DELETED
	Status   string    // NEW or NOTIFIED
	Search   string    // that the event holds
	From     time.Time // made then or later
	To       time.Time // made before
}

// Events yields the events of an instance, or of the whole account if instance is 0.
func (c *Client) Events(ctx context.Context, instance int64, q EventQuery) iter.Seq2[Event, error] {
	query := given("resource", q.Resource, "op", q.Op, "status", q.Status, "searchText", q.Search, "from", moment(q.From), "to", moment(q.To))
	return list[Event](ctx, c, request{method: http.MethodGet, path: eventsPath(instance, ""), query: query})
}

// Event returns an event of an instance, or of the whole account if instance is 0, by
// its id or by the number that callbacks name.
func (c *Client) Event(ctx context.Context, instance int64, id string) (e Event, err error) {
	err = c.do(ctx, request{method: http.MethodGet, path: eventsPath(instance, "/"+url.PathEscape(id))}, &e)
	return e, err
}

func eventsPath(instance int64, rest string) string {
	if instance == 0 {
		return "/instances/events" + rest
	}
	return instancePath(instance, "/events"+rest)
}

// moment writes a time for a request; the zero time is none.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// ReplayInput says which events to deliver again: some by their ids, or those made in a
// span of time.
type ReplayInput struct {
	EventIDs      []string `json:"eventIds,omitempty"`
	Resource      string   `json:"resource,omitempty"` // with a time; empty: any
	Since         string   `json:"since,omitempty"`
	From          string   `json:"from,omitempty"`
	To            string   `json:"to,omitempty"`
	DestinationID int64    `json:"destinationId,omitempty"` // 0: every one that the event is for
	DryRun        bool     `json:"dryRun"`                  // only count
}

// Replayed is what a replay did, or would do.
type Replayed struct {
	Events     int `json:"events"`     // that were found
	Deliveries int `json:"deliveries"` // that are owed again
}

// ReplayEvents makes stored events due again, under their ids and byte for byte, batch
// after batch. If that ends with an error the result is what was done before it.
func (c *Client) ReplayEvents(ctx context.Context, instance int64, input ReplayInput) (Replayed, error) {
	body := struct {
		ReplayInput
		NextPage string `json:"nextPage,omitempty"`
	}{ReplayInput: input}
	var total Replayed
	for {
		var done struct {
			Replayed
			NextPage string `json:"nextPage"`
		}
		if err := c.do(ctx, request{method: http.MethodPost, path: instancePath(instance, "/events/replay"), body: body}, &done); err != nil {
			return total, err
		}
		total.Events, total.Deliveries = total.Events+done.Events, total.Deliveries+done.Deliveries
		if done.NextPage == "" {
			return total, nil
		}
		body.NextPage = done.NextPage
	}
}

// EventCount is how many events were made in a step of time.
type EventCount struct {
	Timestamp time.Time `json:"timestamp,omitzero"` // when the step begins
	Count     int       `json:"count"`
}

// CountQuery says what to count; what is empty is the service's choice.
type CountQuery struct {
	From     time.Time
	To       time.Time
	Interval string // second, minute, hour, day or week
}

// CountEvents returns how many events of the account were made in each step of a span
// of time.
func (c *Client) CountEvents(ctx context.Context, q CountQuery) (counts []EventCount, err error) {
	query := given("from", moment(q.From), "to", moment(q.To), "interval", q.Interval)
	err = c.do(ctx, request{method: http.MethodGet, path: "/instances/events/analytics", query: query}, &counts)
	return counts, err
}
