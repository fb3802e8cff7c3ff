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

// pace waits until the call may be made, and returns for how long. It returns a
// *turnstone.VendorError that says how long to wait where the caller has better
// uses for the time, and any other error where all nodes share a limit and it
// could not be found out: through no fault of the vendor, who was not asked. A
// call that may be made is to be released from the budgets when it is over.
func (c *Client) pace(ctx context.Context, call Call, shown string) (time.Duration, error) {
	now := c.Now()
	if wait := c.told.left(call.Instance.ID, now); wait > 0 {
		return 0, notAsked(shown, wait, "the vendor told this instance to wait until %s", now.Add(wait).UTC().Format(time.RFC3339))
	}
	waited, err := c.pass(ctx, call, shown, c.toldGate(call, now))
	if err != nil || call.Requester.RateLimit == nil {
		return waited, err
	}
	more, err := c.pass(ctx, call, shown, c.declaredGate(call.Instance, *call.Requester.RateLimit))
	if err != nil {
		c.budgets.release(call.Instance.ID)
	}
	return waited + more, err
}

// gate is a limit that a call has to pass.
type gate struct {
	key   limitKey
	keeps string        // what it keeps to, for people; empty: to nothing now
	step  time.Duration // how far apart it lets calls pass that wait
	until time.Time     // when that ends; zero: never
	// take admits a call after the returned wait. If that is longer than
	// longestPause, nothing was taken.
	take func(context.Context) (time.Duration, error)
	// back gives back what was taken. nil: nothing can be.
	back func()
}

// toldGate keeps to what the vendor told of the requests it allows.
func (c *Client) toldGate(call Call, now time.Time) gate {
	g := c.budgets.gate(call.Instance.ID, now)
	g.take = func(context.Context) (time.Duration, error) { return c.budgets.admit(call, c.Now()), nil }
	g.back = func() { c.budgets.release(call.Instance.ID) }
	return g
}

// declaredGate keeps to the limit that the element declares.
func (c *Client) declaredGate(in turnstone.Instance, limit element.RateLimit) gate {
	return gate{
		key: limitKey{in.ID, limit}, keeps: nameOf(limit), step: newQuota(limit).step,
		take: func(ctx context.Context) (time.Duration, error) { return c.take(ctx, in, limit) },
	}
}

// pass waits for a gate, and returns for how long. A call in the background that
// would have to wait for longer keeps its turn, and those whose turn it is go first.
func (c *Client) pass(ctx context.Context, call Call, shown string, g gate) (time.Duration, error) {
	turn, err := c.turn(ctx, call, shown, g)
	if err != nil {
		return 0, err
	}
	wait, err := g.take(ctx)
	if err != nil {
		return 0, fmt.Errorf("%s: not asked: %w", shown, err)
	}
	if wait > longestPause {
		if call.Turn != "" {
			wait = c.turns.promise(g, call.Turn, c.Now(), wait)
		}
		return 0, notAsked(shown, wait, "to keep to %s", g.keeps)
	}
	c.turns.leave(g, call.Turn)
	if err := pause(ctx, wait); err != nil {
		if g.back != nil {
			g.back()
		}
		return 0, err
	}
	return turn + max(wait, 0), nil
}

// turn waits until it is the turn of a call, and returns for how long.
func (c *Client) turn(ctx context.Context, call Call, shown string, g gate) (time.Duration, error) {
	if call.Turn == "" || g.keeps == "" {
		return 0, nil
	}
	wait := c.turns.enter(g, call.Turn, c.Now())
	if wait > longestPause {
		return 0, notAsked(shown, wait, "to let other resources of the instance take their turn, and keep to %s", g.keeps)
	}
	return wait, pause(ctx, wait)
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
