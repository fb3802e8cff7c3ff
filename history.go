package turnstone

import "time"

// EventStatus says how far an event has come. The words are the platform's.
type EventStatus string

// The statuses of events. The platform has three more, for events that a vendor's
// webhook brought and for formulas; no event here is ever in between.
const (
	EventNew      EventStatus = "NEW"      // stored; no receiver has it
	EventNotified EventStatus = "NOTIFIED" // a receiver has it
)

// EventCountFilter selects the events of an account to be counted.
type EventCountFilter struct {
	AccountID int64
	From      time.Time     // made then or later
	To        time.Time     // made then or before
	Step      time.Duration // how much time is counted together, from From on
}

// EventCount is how many events of an instance were made in one step of time.
type EventCount struct {
	Step       int // 0 is the first
	InstanceID int64
	Count      int
	Delivered  int // of Count, those that a receiver has
	Failed     int // of Count, those that were sent, and that no receiver has
}

// Severity says how much a notification matters.
type Severity string

// The severities of notifications. Events have SeverityMedium.
const (
	SeverityLow    Severity = "low"
	SeverityMedium Severity = "medium"
	SeverityHigh   Severity = "high"
)

// Notification is a message under a topic that somebody posted. Events are shown as
// notifications, too, and have ids from the same numbers.
type Notification struct {
	ID           int64
	AccountID    int64
	Topic        string
	Severity     Severity
	Message      string
	From         string
	CreatedAt    time.Time
	Acknowledged bool
}

// NotificationFilter selects the notifications of an account that were posted, newest
// first.
type NotificationFilter struct {
	AccountID int64
	Topics    []string
	Before    int64 // the last ID of the page before; 0: from the newest
	Limit     int
}

// EventMark is what somebody did with an event as a notification. The event itself
// stays as it is.
type EventMark struct {
	At           time.Time // when that was
	Acknowledged bool
	Removed      bool // it is not shown as a notification any more
}

// PollerRef names a poller.
type PollerRef struct {
	InstanceID int64
	Resource   string
}

// PollerFilter selects the pollers of an account, by instance and resource.
type PollerFilter struct {
	AccountID int64
	State     PollerState // empty: any
	After     PollerRef   // the last one of the page before
	Limit     int
}
