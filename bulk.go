package turnstone

import "time"

// BulkState says how far a bulk job is. The words are the platform's.
type BulkState string

// The states of a bulk job.
const (
	BulkCreated   BulkState = "CREATED"   // nothing was asked of the vendor yet
	BulkRunning   BulkState = "RUNNING"   // pages are being read
	BulkCompleted BulkState = "COMPLETED" // everything was read
	BulkFailed    BulkState = "ERROR"     // the vendor refused, or did not answer, too often
	BulkAborted   BulkState = "ABORTED"   // we gave up: a limit was reached, or the instance is no more to be used
	BulkCancelled BulkState = "CANCELLED" // somebody asked for its end
)

// Ended reports whether a job in this state reads no more pages.
func (s BulkState) Ended() bool { return s != BulkCreated && s != BulkRunning }

// BulkQuery is what a bulk job asks for.
type BulkQuery struct {
	Text     string   `json:"text"` // as the client wrote it
	Resource string   `json:"resource"`
	Fields   []string `json:"fields,omitempty"` // members to keep, with dots between those of members; empty: all
	Where    string   `json:"where,omitempty"`  // empty: all records
}

// BulkJob reads all records that a query finds, page by page, for somebody to fetch
// later.
type BulkJob struct {
	ID         int64
	AccountID  int64
	InstanceID int64
	Element    string // its key
	Query      BulkQuery
	State      BulkState
	Problem    string // why it failed, or what holds it up; empty: nothing
	Pages      int    // stored
	Records    int    // in them
	Bytes      int64  // that they take up
	Place      BulkPlace
	Callback   BulkCallback
	CreatedAt  time.Time
	StartedAt  time.Time // zero: it has not
	EndedAt    time.Time // zero: it has not
	NextAt     time.Time // there is something to do then; zero: nothing any more
}

// BulkPlace is where a job goes on.
type BulkPlace struct {
	Next     string `json:"next,omitempty"`     // token of the page to read next
	Asked    int    `json:"asked,omitempty"`    // pages asked for; those without records are not stored
	Failures int    `json:"failures,omitempty"` // in a row, at this page
	Waits    int    `json:"waits,omitempty"`    // asked for in a row, at this page
}

// BulkCallback is who is to be told that a job has ended.
type BulkCallback struct {
	URL           string    `json:"url,omitempty"` // empty: nobody
	Attempts      int       `json:"attempts,omitempty"`
	FirstFailedAt time.Time `json:"first_failed_at,omitzero"`
	Problem       string    `json:"problem,omitempty"` // of the last attempt
	ToldAt        time.Time `json:"told_at,omitzero"`  // zero: not yet, or given up
}

// BulkLease is a job claimed to go on with.
type BulkLease struct {
	Job   BulkJob
	Fence int64
}

// BulkPage is some of the records of a job.
type BulkPage struct {
	Number  int // 1 is the first
	Records int
	Columns []string // of the records as a table, in the order in which they appear
	Body    []byte   // a JSON array of the records, deflated
}

// BulkCommit is what a holder of a job writes at once.
type BulkCommit struct {
	Job  BulkJob   // how far the job is
	Page *BulkPage // that was read; nil: none, or none with records
	// Drop gives up the pages stored so far: nobody can fetch them any more.
	Drop bool
	// Release ends the lease; the job goes on at Job.NextAt.
	Release bool
}

// BulkFilter selects jobs of an instance, newest first.
type BulkFilter struct {
	AccountID  int64
	InstanceID int64
	Before     int64 // the last ID of the page before; 0: from the newest
	Limit      int
}

// BulkUse is what the bulk jobs of an account take up.
type BulkUse struct {
	Open  int   // jobs that have not ended
	Bytes int64 // that pages take up
}
