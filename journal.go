package turnstone

import "time"

// JournalEntry says who changed what, and when. It names fields and never holds their
// values.
type JournalEntry struct {
	ID         int64
	AccountID  int64
	At         time.Time
	UserID     int64
	Email      string // of the user, as it was then
	Action     string // such as "instances.update"
	Method     string
	Route      string // the path with names in place of ids
	Path       string
	InstanceID int64    // 0: none
	Changed    []string // the fields that the caller changed, as far as it is known
	RequestID  string   // finds the request in the log
}

// JournalFilter selects entries of the journal of an account, newest first.
type JournalFilter struct {
	AccountID  int64
	From       time.Time // zero: from the beginning
	To         time.Time // before it; zero: until now
	UserID     int64     // 0: of anybody
	Action     string    // an action, or what actions begin with up to a dot; empty: any
	InstanceID int64     // 0: of any
	Before     int64     // only entries before this id; 0: from the newest
	Limit      int
}
