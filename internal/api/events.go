package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"turnstone"
	"turnstone/internal/api/rest"
)

// defaultEvents is how many events are listed for those who do not say: each holds
// its records.
const defaultEvents = 50

// The platform's words for how far an event has come.
const (
	eventNew      = "NEW"      // stored; no receiver has it
	eventNotified = "NOTIFIED" // delivered to its callback URL
)

// eventJSON is an event as the platform shows it.
type eventJSON struct {
	ID           string          `json:"id"`
	EventDate    string          `json:"eventDate"`
	Status       string          `json:"status"`
	ProviderData string          `json:"providerData"` // JSON, as text
	NotifiedData json.RawMessage `json:"notifiedData,omitempty"`
}

func (a *API) listEvents(c *rest.Call) (any, error) {
	in, err := a.Instance(c)
	if err != nil {
		return nil, err
	}
	page, err := rest.PageOf(c.URL.Query())
	if err != nil {
		return nil, err
	}
	if !c.URL.Query().Has("pageSize") {
		page.Size = defaultEvents
	}
	events, err := a.History.Events(c.Context(), turnstone.EventFilter{
		AccountID: in.AccountID, InstanceID: in.ID, Before: page.Token, Limit: page.Size + 1,
	})
	if err != nil {
		return nil, err
	}
	if len(events) == 0 {
		return nil, rest.Failuref(http.StatusNotFound, "No events found")
	}
	if len(events) > page.Size {
		events = events[:page.Size]
		c.Reply.Set(rest.HeaderNextPage, rest.PageToken(events[page.Size-1].ID))
	}
	c.Reply.Set(rest.HeaderReturned, strconv.Itoa(len(events)))
	return a.eventViews(c, in, events)
}

// eventViews returns what to show of events.
func (a *API) eventViews(c *rest.Call, in turnstone.Instance, events []turnstone.Event) ([]eventJSON, error) {
	ids := make([]int64, len(events))
	for i, e := range events {
		ids[i] = e.ID
	}
	delivered, err := a.History.Delivered(c.Context(), in.ID, ids)
	if err != nil {
		return nil, err
	}
	views := make([]eventJSON, len(events))
	for i, e := range events {
		if views[i], err = eventView(e); err != nil {
			return nil, err
		}
		if delivered[e.ID] {
			views[i].Status = eventNotified
		}
	}
	return views, nil
}

// eventView takes an event apart: what it shows stands in the body that was sent.
func eventView(e turnstone.Event) (eventJSON, error) {
	parts := elementsParts
	if e.Format == turnstone.FormatCloudEvents {
		parts = cloudEventParts
	}
	records, changes, err := parts(e)
	if err != nil {
		return eventJSON{}, fmt.Errorf("read the body of event %d: %w", e.ID, err)
	}
	text, err := rest.Encode(map[string]json.RawMessage{e.Resource: records})
	if err != nil {
		return eventJSON{}, fmt.Errorf("event %d: %w", e.ID, err)
	}
	return eventJSON{
		ID: e.Key, EventDate: rest.ISOTime(e.CreatedAt), Status: eventNew, ProviderData: string(text), NotifiedData: changes,
	}, nil
}

// elementsParts returns the records and the changes of an event of the platform's
// format.
func elementsParts(e turnstone.Event) (records, changes json.RawMessage, err error) {
	var body struct {
		Message struct {
			Raw    map[string]json.RawMessage `json:"raw"`
			Events json.RawMessage            `json:"events"`
		} `json:"message"`
	}
	err = json.Unmarshal(e.Body, &body)
	return body.Message.Raw[e.Resource], body.Message.Events, err
}

// cloudEventParts returns the same of a CloudEvent, which holds one change.
func cloudEventParts(e turnstone.Event) (records, changes json.RawMessage, err error) {
	var body struct {
		Subject string `json:"subject"`
		Time    string `json:"time"`
		Data    struct {
			Record json.RawMessage `json:"record"`
		} `json:"data"`
	}
	if err := json.Unmarshal(e.Body, &body); err != nil {
		return nil, nil, err
	}
	change := map[string]string{"date": body.Time, "objectId": body.Subject, "objectType": e.Resource}
	if len(e.Ops) == 1 {
		change["eventType"] = string(e.Ops[0])
	}
	if changes, err = json.Marshal([]map[string]string{change}); err != nil {
		return nil, nil, err
	}
	records, err = json.Marshal([]json.RawMessage{body.Data.Record})
	return records, changes, err
}
