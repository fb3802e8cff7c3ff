package turnstone

import "time"

// PollerState says whether a poller is polled, and if not, why.
type PollerState string

// The states of a poller.
const (
	PollerActive   PollerState = "active"
	PollerAwaiting PollerState = "awaiting" // for somebody to authorise the instance
	PollerParked   PollerState = "parked"   // too many failures in a row
	PollerPaused   PollerState = "paused"   // the instance is disabled, or its events are off
)

// Poller is one resource of one instance, being polled.
type Poller struct {
	ID            int64
	AccountID     int64
	InstanceID    int64
	Resource      string
	Configuration string // the member of the poller configuration, JSON text
	Interval      time.Duration
	State         PollerState
	Problem       string    // why the last poll failed, or the poller is parked; empty when all is well
	EnabledAt     time.Time // by our clock
	Since         time.Time // EnabledAt by the vendor's clock; zero before the first answer
	Cursor        time.Time // start of the last complete sweep by the vendor's clock; zero before it
	Sweep         Sweep
	Failures      int // polls failed in a row
	NextAt        time.Time
	LastAt        time.Time // start of the last poll
	LastGoodAt    time.Time // start of the last complete sweep by our clock
}

// Sweep is a reading of a whole window, page by page. It is kept between polls
// so that a vendor that asked us to wait is asked for the same page again.
type Sweep struct {
	StartedAt time.Time `json:"started_at,omitzero"` // by the vendor's clock
	SavedAt   time.Time `json:"saved_at,omitzero"`   // by our clock
	From      time.Time `json:"from,omitzero"`       // lower bound of the window, by the vendor's clock
	URL       string    `json:"url,omitempty"`       // the polled URL with its macros expanded
	Next      string    `json:"next,omitempty"`      // token of the page to read next
	Pages     int       `json:"pages,omitempty"`     // read so far
	Waits     int       `json:"waits,omitempty"`     // asked for in a row, at this page
}

// PollLease is a poller claimed for one poll, with the instance it belongs to.
type PollLease struct {
	Poller   Poller
	Instance Instance
	Fence    int64
}

// Fingerprint identifies the content of a record.
type Fingerprint [16]byte

// Version is what we know of an object. Its dates are zero where the record has
// none.
type Version struct {
	ObjectID    string
	Fingerprint Fingerprint
	Exact       Fingerprint // of the record's very bytes; zero if not known
	Updated     time.Time
	Created     time.Time
}

// PollOutcome is how a poll ended.
type PollOutcome string

// The outcomes of a poll.
const (
	PollComplete  PollOutcome = "complete"  // the whole window was read
	PollThrottled PollOutcome = "throttled" // the vendor asked us to wait; goes on from the same page
	PollFailed    PollOutcome = "failed"
	PollRefused   PollOutcome = "refused" // the vendor refused the credential
	PollStopped   PollOutcome = "stopped" // we were asked to stop; goes on from the same page
)

// Poll is the record of one round of asking: what was asked, what came and what
// became of it.
type Poll struct {
	ID         int64
	PollerID   int64
	AccountID  int64
	StartedAt  time.Time
	Took       time.Duration
	URL        string // expanded, without credentials
	From       time.Time
	Outcome    PollOutcome
	Pages      int
	Records    int
	Created    int
	Updated    int
	Unchanged  int
	Learned    int // recorded without an event: from before polling began
	Ignored    int // outside the window, or older than what is known
	Events     int
	Problems   []string // what went wrong or looked wrong, each naming its record
	RetryAfter time.Duration
}

// PollCommit is what one page of a poll changes, committed in one transaction.
type PollCommit struct {
	Since    time.Time // learned with the first page; zero: unchanged
	Versions []Version
	Events   []Event
	Sweep    Sweep
	End      *PollEnd // set when the poll ends with this commit
}

// PollEnd closes a poll and schedules the next.
type PollEnd struct {
	Poll     Poll
	Cursor   time.Time // zero: unchanged
	NextAt   time.Time
	Park     bool   // an active poller becomes PollerParked
	Problem  string // empty when all is well
	Failures int    // polls failed in a row by now
}
