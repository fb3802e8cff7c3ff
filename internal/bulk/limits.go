package bulk

import (
	"fmt"

	"turnstone"
)

// Limits bound what jobs store.
type Limits struct {
	JobBytes     int64 // that one job may store, deflated
	AccountBytes int64 // that the jobs of an account may store together; one that is under way may exceed it by what it reads in a slice
	Open         int   // jobs of an account that have not ended
}

// DefaultLimits are generous for one customer's data, of which deflating leaves about a
// tenth, and small for a disk.
var DefaultLimits = Limits{JobBytes: 1 << 30, AccountBytes: 4 << 30, Open: 20}

// LimitError says that an account has as much as it may have. Its text is fit for the
// client.
type LimitError struct{ Problem string }

// Error returns the problem.
func (e *LimitError) Error() string { return e.Problem }

const deleteHelp = "delete what was fetched, with DELETE /hubs/{hub}/bulk/{id}"

// admit returns a *[LimitError] if an account may not have another job.
func (l Limits) admit(use turnstone.BulkUse) error {
	if use.Open >= l.Open {
		return &LimitError{fmt.Sprintf("%d bulk jobs are under way, which is the most; wait until one has ended, or cancel one with DELETE /hubs/{hub}/bulk/{id}", use.Open)}
	}
	if use.Bytes >= l.AccountBytes {
		return &LimitError{fmt.Sprintf("the results of bulk jobs take up %s, and %s is the most; %s", size(use.Bytes), size(l.AccountBytes), deleteHelp)}
	}
	return nil
}

// exceeded returns why a job may store no more; empty: it may. others is what the
// other jobs of its account take up.
func (l Limits) exceeded(job turnstone.BulkJob, others int64) string {
	switch {
	case job.Bytes > l.JobBytes:
		return fmt.Sprintf("the result takes up more than %s, which is the most; ask for less, with where or with the members that are needed in place of *", size(l.JobBytes))
	case job.Bytes+others > l.AccountBytes:
		return fmt.Sprintf("the results of all bulk jobs take up more than %s, which is the most; %s, and post the query again", size(l.AccountBytes), deleteHelp)
	}
	return ""
}

// size writes a number of bytes for people.
func size(bytes int64) string {
	switch {
	case bytes >= 1<<30:
		return fmt.Sprintf("%.1f GB", float64(bytes)/(1<<30))
	case bytes >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(bytes)/(1<<20))
	}
	return fmt.Sprintf("%.1f KB", float64(bytes)/(1<<10))
}
