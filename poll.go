package turnstone

import "time"

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
	Deleted    int
	Ignored    int // outside the window, or older than what is known
	Events     int
	Problems   []string // what went wrong or looked wrong, each naming its record
	RetryAfter time.Duration
	Details    PollDetails
}

// PollDetails are what few polls have to tell.
type PollDetails struct {
	RateLimit RateLimit `json:"rate_limit,omitzero"` // as the vendor's last answer told it
	// Unmodified says that the vendor answered that the list is what it was.
	Unmodified bool `json:"unmodified,omitempty"`
	// The part of the poll that belongs to a rescan.
	Rescan        RescanKind `json:"rescan,omitempty"`
	RescanPages   int        `json:"rescan_pages,omitempty"`
	RescanRecords int        `json:"rescan_records,omitempty"`
	RescanDone    bool       `json:"rescan_done,omitempty"`
	Late          int        `json:"late,omitempty"` // changes that turned up late
}

// Vanished are objects that a census did not see.
type Vanished struct {
	Known   int       // objects of the poller that are not known to be gone; 0 where not counted
	Missing int       // of those, the ones that the census did not see; 0 where not counted
	List    []Version // of the missing ones, by object id
}

// VanishedQuery selects what a census did not see.
type VanishedQuery struct {
	Census int64     // its number: objects that it saw carry this one or a higher one
	Before time.Time // when it began, by our clock: what was stored since does not count
	After  string    // the last object looked at; empty: the first query, which also counts
	Limit  int       // of Vanished.List
}

// SightingFilter selects the history of an object, newest first.
type SightingFilter struct {
	AccountID int64
	PollerID  int64
	ObjectID  string
	Before    int64 // the last ID of the page before; 0: the newest
	Limit     int
}

// PollFilter selects the polls of a poller, newest first.
type PollFilter struct {
	AccountID int64
	PollerID  int64
	Before    int64 // the last ID of the page before; 0: the newest
	Limit     int
}

// PollCommit is what one page of a poll changes, committed in one transaction.
type PollCommit struct {
	Since    time.Time // learned with the first page; zero: unchanged
	Versions []Version
	// KeepRecords says to keep Version.Record of each of Versions.
	KeepRecords bool
	// Counted are objects that a census saw and that are as they are known. Those of
	// Versions are counted, too, under PollerMemo.Census.
	Counted   []string
	Sightings []Sighting
	Events    []Event
	Sweep     Sweep
	Cursor    time.Time // moved to by a sweep that is complete; zero: unchanged
	GoodAt    time.Time // the same moment by our clock: Poller.LastGoodAt; zero: unchanged
	Memo      PollerMemo
	End       *PollEnd // set when the poll ends with this commit
}

// PollEnd closes a poll and schedules the next.
type PollEnd struct {
	Poll     Poll
	NextAt   time.Time
	Park     bool   // an active poller becomes PollerParked
	Problem  string // empty when all is well
	Failures int    // polls failed in a row by now
}
