package deliver

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"

	"turnstone"
)

// Store is what delivery needs from storage.
type Store interface {
	// ClaimDestinations leases up to n active destinations that are due. A lease
	// that is not extended or ended before it expires may be claimed again, by
	// any node.
	ClaimDestinations(ctx context.Context, n int, lease time.Duration) ([]turnstone.DestinationLease, error)

	// Deliveries returns up to n deliveries owed to the destination whose events
	// come after the one given, in the order of their events.
	Deliveries(ctx context.Context, lease turnstone.DestinationLease, after int64, n int) (turnstone.Deliveries, error)

	// Bodies returns the bodies of events, by their ids.
	Bodies(ctx context.Context, accountID int64, eventIDs []int64) (map[int64][]byte, error)

	// SettleDeliveries records attempts and what follows from them, in one
	// transaction, and extends the lease or ends it. It returns
	// turnstone.ErrLeaseLost, and writes nothing, if the lease is no longer the
	// caller's.
	SettleDeliveries(ctx context.Context, lease turnstone.DestinationLease, extend time.Duration, b turnstone.DeliveryBatch) error
}

// Defaults of a Loop.
const (
	// DefaultTick finds what other nodes stored and what is due for another try.
	// What this node stores wakes the loop at once.
	DefaultTick = 100 * time.Millisecond
	// DefaultTimeout bounds one attempt, from dialling to the end of the answer.
	DefaultTimeout = 30 * time.Second
	// DefaultLease is longer than an attempt, so that a lane which settles after
	// each never loses its lease while it is alive. A shorter one is extended while
	// the receiver takes its time.
	DefaultLease = 90 * time.Second
	// DefaultConcurrency is the number of events under way to one destination.
	DefaultConcurrency = 16
	// DefaultLanes is the number of destinations served at a time. A lane costs a
	// few kilobytes; there are enough for hundreds that hang.
	DefaultLanes = 1024
)

// Loop delivers whatever is due until it is stopped.
type Loop struct {
	Store    Store
	Client   *http.Client // follows no redirects and refuses forbidden networks
	Bell     *Bell
	Log      *slog.Logger
	Now      func() time.Time // with a monotonic reading, as time.Now has
	Spread   func() float64   // from 0 to 1, evenly; see Schedule.Next
	Schedule Schedule

	// Observe is called once for each attempt, when what follows from it is
	// decided, from many goroutines. It must not block. Nil: nobody watches.
	Observe func(Report)
	// Lost is called when a lease turns out to be lost. It must not block. Nil:
	// nobody watches.
	Lost func(turnstone.DestinationLease)
	// Tracer makes a span of each attempt at an event whose poll was traced. Nil:
	// nothing is traced.
	Tracer trace.Tracer

	Tick        time.Duration
	Timeout     time.Duration
	Lease       time.Duration
	Concurrency int // of a destination that does not say
	Lanes       int

	// Origin is what a handshake calls us: a host name. Empty: DefaultOrigin.
	Origin string
}

// claim is a lease on a destination, and until when it is certainly ours by our
// clock: counted from before it was asked for.
type claim struct {
	lease turnstone.DestinationLease
	until time.Time
}

// Run claims destinations and delivers to them until ctx ends, then lets each
// lane settle what it has posted and returns.
func (l *Loop) Run(ctx context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	free := make(chan struct{}, l.Lanes)
	ticker := time.NewTicker(l.Tick)
	defer ticker.Stop()
	store := outage{log: l.Log}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		case <-l.Bell.loop:
		}
		if len(free) == cap(free) {
			continue
		}
		claims, err := l.claim(ctx, cap(free)-len(free))
		if ctx.Err() == nil && store.changed(err, l.Now()) {
			ticker.Reset(store.pace(l.Tick))
		}
		for _, c := range claims {
			free <- struct{}{}
			running.Go(func() {
				defer func() { <-free }()
				newLane(l, c).run(ctx)
			})
		}
	}
}

// claim returns up to n destinations that are ours now.
func (l *Loop) claim(ctx context.Context, n int) ([]claim, error) {
	until := l.Now().Add(l.Lease)
	leases, err := l.Store.ClaimDestinations(ctx, n, l.Lease)
	claims := make([]claim, len(leases))
	for i, lease := range leases {
		claims[i] = claim{lease, until}
	}
	return claims, err
}
