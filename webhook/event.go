package webhook

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Event is the body of a callback: what changed in one resource of one instance.
//
// A CloudEvent fills the same members, as far as it has them: ID; of Message,
// ElementKey, InstanceID, Raw and one Change, without PollDate and HubKey.
type Event struct {
	// ID names the event. It is the same on every attempt, and grows with the
	// events of a resource.
	ID          string  `json:"id"`
	Severity    string  `json:"severity"`
	CreatedDate string  `json:"createdDate"` // such as "Mon Aug 20 15:30:07 UTC 2018"
	Topic       string  `json:"topic"`
	Action      string  `json:"action"` // concerns the event, not its objects; see Change.Op
	Message     Message `json:"message"`
	User        string  `json:"user"`
}

// Message is the content of an Event.
type Message struct {
	ElementKey   string   `json:"elementKey"`
	AccountID    int64    `json:"accountId"`
	EventID      string   `json:"eventId"` // selects the event in the API
	CompanyID    int64    `json:"companyId"`
	InstanceID   int64    `json:"instanceId"`
	InstanceName string   `json:"instanceName"` // with HTML entities in place of special characters
	InstanceTags []string `json:"instanceTags"`
	// Raw is an object that holds the records as the vendor has them, under the
	// name of their resource. [Event.Records] reads it.
	Raw     json.RawMessage `json:"raw"`
	UserID  int64           `json:"userId"`
	Changes []Change        `json:"events"`
}

// Change is one object created, updated or deleted.
type Change struct {
	Op         string    `json:"eventType"`  // CREATED, UPDATED or DELETED
	Resource   string    `json:"objectType"` // such as reports
	ObjectID   string    `json:"objectId"`
	Date       time.Time `json:"date"` // the record's updated date, where it has one
	PollDate   time.Time `json:"pollDate"`
	ElementKey string    `json:"elementKey"`
	HubKey     string    `json:"hubKey"`
	// Fields are the paths of what changed in the record, and Values what it changed
	// from and to, without the values if they are large. Both are nil for objects
	// that are new or gone, and unless the instance is configured with
	// event.notification.diff.
	Fields []string     `json:"changedFields"`
	Values []FieldValue `json:"changes"`
}

// FieldValue is one field that changed. Its path has dots between names.
type FieldValue struct {
	Field string          `json:"field"`
	Old   json.RawMessage `json:"old"` // nil: it was not there
	New   json.RawMessage `json:"new"` // nil: it is not there any more
}

// Records returns the records of one resource in the order of the event's
// changes, each in the vendor's form; none if the event is about another
// resource.
func (e Event) Records(resource string) ([]json.RawMessage, error) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(e.Message.Raw, &raw); err != nil {
		return nil, fmt.Errorf("read message.raw of event %q: %w", e.ID, err)
	}
	text, ok := raw[resource]
	if !ok {
		return nil, nil
	}
	var records []json.RawMessage
	if err := json.Unmarshal(text, &records); err != nil {
		return nil, fmt.Errorf("read message.raw.%s of event %q: %w", resource, e.ID, err)
	}
	return records, nil
}

// Parse decodes the body of a callback, in either format, without verifying it.
// Members it does not know are passed over.
func Parse(body []byte) (Event, error) {
	var e struct {
		Event
		SpecVersion string `json:"specversion"` // of CloudEvents alone
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return Event{}, fmt.Errorf("parse event: %w", err)
	}
	if e.SpecVersion != "" {
		return parseCloudEvent(body)
	}
	if e.ID == "" || e.Message.EventID == "" {
		return Event{}, errors.New("parse event: no id or no message.eventId: the body is not an event")
	}
	return e.Event, nil
}

// Read reads the body of a callback of at most limit bytes, verifies it as
// VerifyStandard does by the machine's clock, and decodes it. It returns the
// body as it was received, too.
//
// A receiver that gets an error answers 401 if the error is one of this package,
// and 400 otherwise; an error that is a *http.MaxBytesError says that the body is
// larger than limit. Callbacks of an instance without a signature key cannot be
// verified: use Parse for them.
func Read(r *http.Request, limit int64, keys ...string) (Event, []byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, limit))
	if err != nil {
		return Event{}, nil, fmt.Errorf("read callback: %w", err)
	}
	if err := VerifyStandard(r.Header, body, time.Now(), keys...); err != nil {
		return Event{}, nil, err
	}
	event, err := Parse(body)
	return event, body, err
}
