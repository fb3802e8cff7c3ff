package provider

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"turnstone"
	"turnstone/internal/element"
)

// longestPause is the longest wait for the vendor's rate limit that a call sits
// out. For longer, the caller's goroutine and leases have better uses.
const longestPause = 2 * time.Second

// pace waits until the rate limit of the call's element admits it, or returns
// a *turnstone.VendorError that says how long that would take.
func (c *Client) pace(ctx context.Context, call Call, shown string) error {
	limit := call.Requester.RateLimit
	if limit == nil {
		return nil
	}
	wait := c.limits.take(limitKey{call.Instance.ID, *limit}, c.Now())
	if wait > longestPause {
		return &turnstone.VendorError{
			Action: turnstone.VendorWait, Wait: wait, URL: shown,
			Err: fmt.Errorf("not asked, to keep to %d requests in %s", limit.Requests, time.Duration(limit.Per)),
		}
	}
	return pause(ctx, wait)
}

// pause returns after the wait, or when the caller gives up.
func pause(ctx context.Context, wait time.Duration) error {
	if wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// limits holds a limiter for each credential that was used lately.
type limits struct {
	mu       sync.Mutex
	limiters map[limitKey]*rate.Limiter
	sweepAt  int // number of limiters at which to look for idle ones
}

// limitKey names a limiter: requests that state one limit share it.
type limitKey struct {
	instanceID int64
	limit      element.RateLimit
}

// leastSweep is how many limiters are not worth sweeping: about 1 MB.
const leastSweep = 10_000

// take admits a request after the returned wait. If that is longer than
// longestPause, nothing was taken.
func (l *limits) take(key limitKey, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	limiter := l.limiters[key]
	if limiter == nil {
		l.sweep(now)
		limiter = newLimiter(key.limit)
		l.limiters[key] = limiter
	}
	r := limiter.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > longestPause {
		r.CancelAt(now)
	}
	return wait
}

// sweep forgets idle limiters when there are many. An idle limiter is a full
// one, so a new one in its place allows the same. Doubling the number at which
// to look again keeps the cost of looking small for each request.
func (l *limits) sweep(now time.Time) {
	if l.limiters == nil {
		l.limiters, l.sweepAt = make(map[limitKey]*rate.Limiter), leastSweep
	}
	if len(l.limiters) < l.sweepAt {
		return
	}
	for key, limiter := range l.limiters {
		if limiter.TokensAt(now) >= float64(limiter.Burst()) {
			delete(l.limiters, key)
		}
	}
	l.sweepAt = max(leastSweep, 2*len(l.limiters))
}

// newLimiter allows a tenth of the requests at once and spreads the others, so
// that no time of the limit's length sees more requests than the limit,
// wherever the vendor lets it begin.
func newLimiter(limit element.RateLimit) *rate.Limiter {
	burst := max(limit.Requests/10, 1)
	steady := max(limit.Requests-burst, 1)
	return rate.NewLimiter(rate.Limit(float64(steady)/time.Duration(limit.Per).Seconds()), burst)
}
