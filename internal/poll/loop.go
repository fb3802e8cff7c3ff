package poll

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/trace"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/hub"
	"turnstone/internal/poll/plan"
)

// Store is what polling needs from storage.
type Store interface {
	Ledger
	Past
}

// Ledger is where polls are claimed and written down.
type Ledger interface {
	// ClaimPollers leases up to n pollers that are due, the longest due first. A
	// lease that is not extended or ended before it expires may be claimed again,
	// by any node.
	ClaimPollers(ctx context.Context, n int, lease time.Duration) ([]turnstone.PollLease, error)

	// EventIDs returns n event ids that nobody else has and nobody will have, each
	// larger than all that any node was given before.
	EventIDs(ctx context.Context, n int) ([]int64, error)

	// CommitPoll writes what a page changes, in one transaction, and extends the
	// lease, or ends it when c.End is set. It returns turnstone.ErrLeaseLost, and
	// writes nothing, if the lease is no longer the caller's.
	CommitPoll(ctx context.Context, lease turnstone.PollLease, extend time.Duration, c turnstone.PollCommit) error
}

// Past is what is known of the objects of a poller.
type Past interface {
	// Versions returns what is known of the objects named, by their ids; those that are
	// gone are among them.
	Versions(ctx context.Context, p turnstone.Poller, objectIDs []string) (map[string]turnstone.Version, error)

	// Records returns the records of the versions known of the objects named, of those
	// for which one was kept.
	Records(ctx context.Context, p turnstone.Poller, objectIDs []string) (map[string]json.RawMessage, error)

	// Told returns what was told last of the objects named since a moment by our clock;
	// of those of which nothing was told there is none.
	Told(ctx context.Context, p turnstone.Poller, since time.Time, objectIDs []string) (map[string]turnstone.Fingerprint, error)

	// Vanished returns what a census did not see.
	Vanished(ctx context.Context, p turnstone.Poller, q turnstone.VanishedQuery) (turnstone.Vanished, error)
}

// Source is where records come from.
type Source interface {
	// List returns one page. It is called from many goroutines.
	List(ctx context.Context, in turnstone.Instance, r hub.Request) (hub.Page, error)

	// Exists asks for one record, and reports whether the vendor has it. It is called
	// only for resources of which the element can retrieve one.
	Exists(ctx context.Context, in turnstone.Instance, ref hub.Ref) (bool, error)
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
	Elements element.Finder
	// Common knows what instances call things; nil: nothing has another name.
	Common Common
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
	MaxChanges  int // changes an event, 1 to 100, where the instance does not say

	plans plan.Cache
}
