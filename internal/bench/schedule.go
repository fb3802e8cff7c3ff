package bench

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"turnstone"
	"turnstone/internal/bench/gauge"
	"turnstone/internal/hub"
	"turnstone/internal/poll"
)

// instancesOf returns how many instances share so many pollers: many enough for
// the pollers of one claim to be of different ones, so that claims cost the same
// but for the number of pollers; and not more than that takes, since making them
// takes longest.
func instancesOf(pollers int) int {
	const most, enough = 100, 1000
	return max(pollers/most, min(pollers, enough))
}

// fillSchedule makes very many pollers, due all through the interval.
func fillSchedule(ctx context.Context, s *site) (Result, error) {
	n := instancesOf(s.Size.Pollers)
	step := s.Size.Interval / time.Duration(n)
	return Result{}, s.instances(ctx, setting{
		instances: n, pollers: s.Size.Pollers / n, interval: s.Size.Interval,
		enabled:  func(instance int) time.Time { return s.Born.Add(time.Duration(instance) * step) },
		resource: func(p int) (string, string) { return resource + strconv.Itoa(p), pollerConfiguration() },
	})
}

// keepUp polls what falls due, with a vendor that answers at once and has nothing.
func keepUp(ctx context.Context, s *site) (Result, error) {
	s.loops.Poll.Source = emptyVendor{}
	claims := &timedClaims{Store: s.loops.Poll.Store}
	s.loops.Poll.Store = claims
	watch := &lateness{}
	s.observe(watch.polled)
	stop := s.serve(ctx)
	result, err := s.onTime(ctx, watch, claims)
	return result, errors.Join(err, stop())
}

// onTime measures for a while, once nothing is overdue any more.
func (s *site) onTime(ctx context.Context, watch *lateness, claims *timedClaims) (Result, error) {
	if err := s.caughtUp(ctx, watch); err != nil {
		return Result{}, err
	}
	watch.reset()
	claims.reset()
	if err := s.meter.begin(); err != nil {
		return Result{}, err
	}
	if err := rest(ctx, s.Size.For); err != nil {
		return Result{}, err
	}
	late, failed := watch.taken()
	result, err := s.meter.result(len(late), s.Size.For)
	if err == nil && failed > 0 {
		err = fmt.Errorf("%w: %d polls failed", ErrLost, failed)
	}
	result.Waits, result.Claim = summary(late), claims.each()
	return result, err
}

// caughtUp waits until nothing is overdue any more: what fell due while the
// database was filled is polled first. It does not wait for ever: who never
// catches up is late, and that is measured.
func (s *site) caughtUp(ctx context.Context, watch *lateness) error {
	const most, onTime = 10 * time.Minute, 500 * time.Millisecond
	for start := time.Now(); time.Since(start) < most; watch.reset() {
		if err := rest(ctx, time.Second); err != nil {
			return err
		}
		if late, _ := watch.taken(); len(late) > 0 && summary(late).P99 < onTime {
			break
		}
	}
	return nil
}

// emptyVendor answers at once, and has nothing.
type emptyVendor struct{}

// List returns an empty page.
func (emptyVendor) List(context.Context, turnstone.Instance, hub.Request) (hub.Page, error) {
	return hub.Page{Date: time.Now()}, nil
}

// Exists is never asked: nothing is known that could be gone.
func (emptyVendor) Exists(context.Context, turnstone.Instance, hub.Ref) (bool, error) {
	return false, nil
}

// timedClaims is a store that knows what claims cost.
type timedClaims struct {
	poll.Store
	took    atomic.Int64 // nanoseconds of the claims that found pollers
	claimed atomic.Int64
}

// ClaimPollers claims and takes the time.
func (c *timedClaims) ClaimPollers(ctx context.Context, n int, lease time.Duration) ([]turnstone.PollLease, error) {
	start := time.Now()
	leases, err := c.Store.ClaimPollers(ctx, n, lease)
	if len(leases) > 0 {
		c.took.Add(int64(time.Since(start)))
		c.claimed.Add(int64(len(leases)))
	}
	return leases, err
}

func (c *timedClaims) reset() {
	c.took.Store(0)
	c.claimed.Store(0)
}

// each returns what the claim of one poller took.
func (c *timedClaims) each() time.Duration {
	return time.Duration(c.took.Load() / max(1, c.claimed.Load()))
}

// lateness collects how late polls start.
type lateness struct {
	mu     sync.Mutex
	late   []float64 // nanoseconds
	failed int
}

func (l *lateness) polled(r poll.Report) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.Err != nil {
		l.failed++
	}
	l.late = append(l.late, float64(r.Poll.StartedAt.Sub(r.Lease.Poller.NextAt)))
}

// taken returns how late the polls since the last reset were, and how many failed.
func (l *lateness) taken() (late []float64, failed int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.late, l.failed
}

func (l *lateness) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.late, l.failed = nil, 0
}

// summary sums up nanoseconds.
func summary(waits []float64) Waits {
	return Waits{
		P50: time.Duration(gauge.Quantile(waits, 0.5)),
		P99: time.Duration(gauge.Quantile(waits, 0.99)),
		Max: time.Duration(gauge.Quantile(waits, 1)),
	}
}
