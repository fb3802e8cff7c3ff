package provider

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/time/rate"

	"turnstone"
	"turnstone/internal/element"
)

// longestPause is the longest wait for the vendor's rate limit that a call sits
// out. For longer, the caller's goroutine and leases have better uses.
const longestPause = 2 * time.Second

// pace waits until the call may be made, and returns how long that took. It
// returns a *turnstone.VendorError that says how long to wait where the caller
// has better uses for the time, and any other error where all nodes share a
// limit and it could not be found out: through no fault of the vendor, who was
// not asked.
func (c *Client) pace(ctx context.Context, call Call, shown string) (time.Duration, error) {
	begun := c.Now()
	if wait := c.told.left(call.Instance.ID, begun); wait > 0 {
		return 0, notAsked(shown, wait, "the vendor told this instance to wait until %s", begun.Add(wait).UTC().Format(time.RFC3339))
	}
	limit := call.Requester.RateLimit
	if limit == nil {
		return 0, nil
	}
	wait, err := c.take(ctx, call.Instance, *limit)
	if err != nil {
		return 0, fmt.Errorf("%s: not asked: %w", shown, err)
	}
	if wait > longestPause {
		return 0, notAsked(shown, wait, "to keep to %s", nameOf(*limit))
	}
	err = pause(ctx, wait)
	return c.Now().Sub(begun), err
}

// take admits a request after the returned wait. If that is longer than
// longestPause, nothing was taken.
func (c *Client) take(ctx context.Context, in turnstone.Instance, limit element.RateLimit) (time.Duration, error) {
	key := limitKey{in.ID, limit}
	if c.Allowances == nil {
		return c.limits.take(key, c.Now()), nil
	}
	return c.ration(key).take(ctx, c, turnstone.Allowance{AccountID: in.AccountID, InstanceID: in.ID, Limit: nameOf(limit)})
}

// notAsked is the error for a call that has to wait longer than it can here.
func notAsked(shown string, wait time.Duration, format string, args ...any) error {
	return &turnstone.VendorError{
		Action: turnstone.VendorWait, Wait: wait, URL: shown, Err: fmt.Errorf("not asked, "+format, args...),
	}
}

func nameOf(limit element.RateLimit) string {
	return fmt.Sprintf("%d requests in %s", limit.Requests, time.Duration(limit.Per))
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

// limitKey names a limit of a credential: requests that state it share it.
type limitKey struct {
	instanceID int64
	limit      element.RateLimit
}

// limits holds a limiter for each limit that one process keeps alone.
type limits struct {
	limiters lately[limitKey, *rate.Limiter]
}

// take admits a request after the returned wait. If that is longer than
// longestPause, nothing was taken.
func (l *limits) take(key limitKey, now time.Time) time.Duration {
	l.limiters.mu.Lock()
	defer l.limiters.mu.Unlock()
	limiter, known := l.limiters.values[key]
	if !known {
		limiter = newLimiter(key.limit)
		l.limiters.put(key, limiter, func(other *rate.Limiter) bool {
			return other.TokensAt(now) >= float64(other.Burst()) // a new one would be as full
		})
	}
	r := limiter.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > longestPause {
		r.CancelAt(now)
	}
	return wait
}

// newLimiter allows a tenth of the requests at once and spreads the others, so
// that no time of the limit's length sees more requests than the limit,
// wherever the vendor lets it begin.
func newLimiter(limit element.RateLimit) *rate.Limiter {
	burst, steady := parts(limit)
	return rate.NewLimiter(rate.Limit(float64(steady)/time.Duration(limit.Per).Seconds()), burst)
}

// parts returns how many requests of a limit are allowed at once, and how many
// are spread over its interval.
func parts(limit element.RateLimit) (burst, steady int) {
	burst = max(limit.Requests/10, 1)
	return burst, max(limit.Requests-burst, 1)
}
