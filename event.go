package turnstone

import (
	"encoding/json"
	"time"
)

// Op is what happened to an object. The values are the platform's event types.
type Op string

// What can happen to an object.
const (
	Created Op = "CREATED"
	Updated Op = "UPDATED"
	Deleted Op = "DELETED"
)

// Change is one object created, updated or deleted.
type Change struct {
	Op       Op
	ObjectID string
	Date     time.Time       // the record's updated date; zero when it has none
	Record   json.RawMessage // as the hub returned it; of a vanished object: its id alone
	Diff     []FieldChange   // to the version before; nil where nobody asked, or none is known
}

// FieldChange is one field that differs between two versions of an object.
type FieldChange struct {
	Field string          // path: names and numbers with dots between them
	Old   json.RawMessage // nil: it was not there
	New   json.RawMessage // nil: it is not there any more
}

// Format says how an event is rendered.
type Format string

// The formats of events.
const (
	FormatElements    Format = ""            // the platform's
	FormatCloudEvents Format = "cloudevents" // CloudEvents 1.0, structured JSON, one change an event
)

// Event is the stored envelope of the changes of one POST. It is immutable: its
// body is rendered once and sent byte for byte on every attempt.
type Event struct {
	ID         int64  // the notification id; grows with every event of a poller
	Key        string // the platform's eventId: 20 characters of URL-safe base64
	AccountID  int64
	InstanceID int64
	PollerID   int64
	Resource   string
	CreatedAt  time.Time
	Objects    []string // ids of the changed objects, in the order of the changes
	Ops        []Op     // what happened to each of Objects
	Format     Format   // of Body
	Body       []byte
	Trace      string // W3C traceparent of the poll that made it; empty if that was not traced
}

// EventFilter selects events of an instance, newest first: by ID, and those of a whole
// account by CreatedAt and ID.
type EventFilter struct {
	AccountID  int64
	InstanceID int64       // 0: any of the account
	Resource   string      // empty: any
	Op         Op          // those that tell of such a change; empty: any
	Status     EventStatus // empty: any
	From       time.Time   // made then or later; zero: from the oldest that is kept
	To         time.Time   // made before; zero: to the newest
	Before     int64       // the last ID of the page before; 0: from the newest
	BeforeAt   time.Time   // when the event Before was made; matters without InstanceID
	Heads      bool        // the bodies are left out
	Limit      int
}
