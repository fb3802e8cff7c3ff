package poll

import (
	"context"
	"io"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/trace"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/hub"
)

// Store is what polling needs from storage.
type Store interface {
	// ClaimPollers leases up to n pollers that are due, the longest due first. A
	// lease that is not extended or ended before it expires may be claimed again,
	// by any node.
	ClaimPollers(ctx context.Context, n int, lease time.Duration) ([]turnstone.PollLease, error)

	// Versions returns what is known of the objects named, by their ids.
	Versions(ctx context.Context, p turnstone.Poller, objectIDs []string) (map[string]turnstone.Version, error)

	// EventIDs returns n event ids that nobody else has and nobody will have, each
	// larger than all that any node was given before.
	EventIDs(ctx context.Context, n int) ([]int64, error)

	// CommitPoll writes what a page changes, in one transaction, and extends the
	// lease, or ends it when c.End is set. It returns turnstone.ErrLeaseLost, and
	// writes nothing, if the lease is no longer the caller's.
	CommitPoll(ctx context.Context, lease turnstone.PollLease, extend time.Duration, c turnstone.PollCommit) error
}

// Source is where records come from.
type Source interface {
	// List returns one page. It is called from many goroutines.
	List(ctx context.Context, in turnstone.Instance, r hub.Request) (hub.Page, error)
}

// Defaults of a Loop.
const (
	// DefaultTick bounds how late a poll starts. Looking for due pollers costs a
	// fraction of a millisecond, and takes all of them at once.
	DefaultTick = 100 * time.Millisecond
	// DefaultLease is longer than one page may take, 60 s for the answer and 30 s for
	// renewing a token before it, by the time that a poll may go without writing. A
	// shorter one is extended while the vendor takes its time.
	DefaultLease = 2 * time.Minute
	// DefaultConcurrency bounds memory: one page of a few hundred kilobytes each.
	DefaultConcurrency = 64
	// DefaultMaxChanges is the platform's number of changes a POST.
	DefaultMaxChanges = 10
)

// Loop polls whatever is due until it is stopped.
type Loop struct {
	Store    Store
	Source   Source
	Elements *element.Catalogue
	// Stored is called after events of an instance were committed, so that
	// delivery need not wait for its tick. It must not block.
	Stored func(instanceID int64)
	// Observe is called at the end of each poll; nil: nobody wants to know. It must
	// not block.
	Observe func(Report)
	// Tracer makes the spans of a poll; nil: there are none.
	Tracer trace.Tracer
	Log    *slog.Logger
	Now    func() time.Time // its times must carry a monotonic reading, as time.Now's do
	Random io.Reader

	Tick        time.Duration
	Lease       time.Duration
	Concurrency int
	MaxChanges  int // changes an event, 1 to 100

	plans plans
}
