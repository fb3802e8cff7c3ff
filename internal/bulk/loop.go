package bulk

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"turnstone"
	"turnstone/internal/hub"
)

// Store is where jobs are claimed and written down.
type Store interface {
	// ClaimBulkJobs leases up to n jobs that are due, the longest due first. A lease
	// that is not extended or ended before it expires may be claimed again, by any node.
	ClaimBulkJobs(ctx context.Context, n int, lease time.Duration) ([]turnstone.BulkLease, error)

	// CommitBulk writes how far a job is, with the page that it read, in one
	// transaction, and extends the lease, or ends it when c.Release is set. It returns
	// turnstone.ErrLeaseLost, and writes nothing, if the lease is no longer the caller's.
	CommitBulk(ctx context.Context, l turnstone.BulkLease, lease time.Duration, c turnstone.BulkCommit) error

	// BulkUse returns what the jobs of an account take up.
	BulkUse(ctx context.Context, accountID int64) (turnstone.BulkUse, error)
}

// Instances are those that jobs belong to.
type Instances interface {
	// Instance returns an instance of an account, or turnstone.ErrNotFound.
	Instance(ctx context.Context, accountID, id int64) (turnstone.Instance, error)
}

// Source is where records come from.
type Source interface {
	// List returns one page. It is called from many goroutines.
	List(ctx context.Context, in turnstone.Instance, r hub.Request) (hub.Page, error)
}

// Defaults of a Loop.
const (
	// DefaultTick bounds how late a job goes on that waited, and how late one begins
	// that another node was asked for. One that was posted here begins at once.
	DefaultTick = time.Second
	// DefaultLease is longer than one page may take: 60 s for the answer and 30 s for
	// renewing a token before it.
	DefaultLease = 2 * time.Minute
	// DefaultConcurrency bounds memory, one page each, and what vendors are asked beside
	// polling.
	DefaultConcurrency = 8
	// DefaultSlice is how long a job goes on before others that are due have their turn.
	DefaultSlice = 15 * time.Second
)

// Loop carries out jobs until it is stopped. All fields must be set.
type Loop struct {
	Store     Store
	Instances Instances
	Source    Source
	Client    *http.Client // posts callbacks
	Bell      *Bell
	Limits    Limits
	Log       *slog.Logger
	Now       func() time.Time // its times must carry a monotonic reading, as time.Now's do

	Tick        time.Duration
	Lease       time.Duration
	Slice       time.Duration
	Concurrency int
}

// Bell tells a Loop of the same node that a job was created. A missed ring costs a
// tick.
type Bell struct{ rung chan struct{} }

// NewBell returns a bell that nobody hears yet.
func NewBell() *Bell { return &Bell{rung: make(chan struct{}, 1)} }

// Ring says that a job was created. It never blocks.
func (b *Bell) Ring() {
	select {
	case b.rung <- struct{}{}:
	default: // it has rung and was not answered yet
	}
}

// outageEcho is how often the log repeats that the store does not answer.
const outageEcho = 10 * time.Second

// Run claims and carries out jobs until ctx ends, then lets each one that is under way
// save where it stands, and returns.
func (l *Loop) Run(ctx context.Context) error {
	var work sync.WaitGroup
	defer work.Wait()
	free, told := l.Concurrency, time.Time{}
	freed := make(chan struct{}, l.Concurrency)
	ticker := time.NewTicker(l.Tick)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-freed:
			free++ // what is due waited for it: claim at once
		case <-l.Bell.rung:
		case <-ticker.C:
		}
		if free == 0 {
			continue
		}
		claimed := l.Now() // before the store gives the leases, so that we think none longer than it is
		leases, err := l.Store.ClaimBulkJobs(ctx, free, l.Lease)
		if err != nil && ctx.Err() == nil && claimed.Sub(told) >= outageEcho {
			told = claimed
			l.Log.Error("claim bulk jobs", "err", err)
		}
		for _, lease := range leases {
			free--
			work.Go(func() {
				l.work(ctx, lease, claimed)
				freed <- struct{}{}
			})
		}
	}
}
