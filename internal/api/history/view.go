package history

import (
	"encoding/json"
	"fmt"

	"turnstone"
	"turnstone/internal/api/rest"
)

// eventJSON is an event as the platform shows it.
type eventJSON struct {
	ID           string                `json:"id"`
	EventDate    string                `json:"eventDate"`
	Status       turnstone.EventStatus `json:"status"`
	ProviderData string                `json:"providerData"` // JSON, as text
	NotifiedData json.RawMessage       `json:"notifiedData,omitempty"`
}

// views returns what to show of events.
func (a *API) views(c *rest.Call, s scope, events []turnstone.Event) ([]eventJSON, error) {
	notified, err := a.notified(c, s, events)
	if err != nil {
		return nil, err
	}
	views := make([]eventJSON, len(events))
	for i, e := range events {
		if views[i], err = view(e); err != nil {
			return nil, err
		}
		views[i].Status = status(notified[e.ID])
	}
	return views, nil
}

// notified returns which of some events have reached a receiver.
func (a *API) notified(c *rest.Call, s scope, events []turnstone.Event) (map[int64]bool, error) {
	ids := make([]int64, len(events))
	for i, e := range events {
		ids[i] = e.ID
	}
	return a.Store.Notified(c.Context(), s.account, ids)
}

func status(notified bool) turnstone.EventStatus {
	if notified {
		return turnstone.EventNotified
	}
	return turnstone.EventNew
}

// view takes an event apart: what it shows stands in the body that was sent.
func view(e turnstone.Event) (eventJSON, error) {
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
	return eventJSON{ID: e.Key, EventDate: rest.ISOTime(e.CreatedAt), ProviderData: string(text), NotifiedData: changes}, nil
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
