package bulk

import "context"

// Once claims what is due and carries it out, one job after the other. It returns how
// many jobs that were.
func (l *Loop) Once(ctx context.Context) (int, error) {
	claimed := l.Now()
	leases, err := l.Store.ClaimBulkJobs(ctx, l.Concurrency, l.Lease)
	for _, lease := range leases {
		l.work(ctx, lease, claimed)
	}
	return len(leases), err
}

// What tests of a result too large need to know.
const (
	MaxColumns  = maxColumns
	MaxFailures = maxFailures
	MaxAge      = maxAge
)
