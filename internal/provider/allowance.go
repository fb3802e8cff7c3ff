package provider

import (
	"context"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/element"
)

// Allowances is where the processes that share a database book what they ask of
// vendors. Its method is called from many goroutines, and by other processes.
type Allowances interface {
	// Book books b.Cost of time on an allowance: after what is booked already, or
	// from now where nothing is. It does so only if the booked time then reaches
	// no further ahead of now than b.Ahead. It returns how far it reaches, or
	// would have. Now is by a clock that all processes share.
	Book(ctx context.Context, a turnstone.Allowance, b turnstone.Booking) (ahead time.Duration, err error)
}

// ration is this process's part of a limit that several share: permits that were
// booked together, because a booking is a write to the database. It begins with
// one, and grows while one ration follows another.
//
// Where every request books one step of time, and what is booked may reach a
// burst ahead, an interval sees no more requests than a burst and one for each
// step in it. A permit keeps for a while; that makes an interval seem longer to
// the vendor, so the steps are made for one that is. A ration is smaller than the
// burst, all of which may be used at one moment. The time that a booking takes
// to come back is part of what permits keep; where that is not enough, a request
// leaves late, as it does where the network is slow.
type ration struct {
	quota
	turn  chan struct{} // holds a token while somebody takes or books
	size  int           // how many permits were booked last
	left  int           // how many of them remain
	from  time.Time     // when they may be used
	until time.Time     // until when; before from if the booking took too long
}

// quota is what a limit means for bookings.
type quota struct {
	step  time.Duration // cost of a permit
	burst time.Duration // cost of what is allowed at once
	most  int           // permits in a ration
	shelf time.Duration // how long permits keep
}

// How long permits keep: long enough to be worth a booking, and no more than a
// twentieth of the limit's interval, since that part of the limit is lost.
const (
	longestShelf = 200 * time.Millisecond
	shelfPart    = 20
)

func newQuota(limit element.RateLimit) quota {
	burst, steady := parts(limit)
	q := quota{most: max(burst/2, 1), shelf: min(longestShelf, time.Duration(limit.Per)/shelfPart)}
	q.step = (time.Duration(limit.Per)+q.shelf)/time.Duration(steady) + 1 // rounded up
	q.burst = time.Duration(burst) * q.step
	return q
}

// ration returns the ration of a limit.
func (c *Client) ration(key limitKey) *ration {
	c.rations.mu.Lock()
	defer c.rations.mu.Unlock()
	r, known := c.rations.values[key]
	if !known {
		r = &ration{quota: newQuota(key.limit), turn: make(chan struct{}, 1)}
		now := c.Now()
		c.rations.put(key, r, func(other *ration) bool { return other.idle(now) })
	}
	return r
}

// take admits a request after the returned wait. If that is longer than
// longestPause, nothing was taken.
func (r *ration) take(ctx context.Context, c *Client, a turnstone.Allowance) (time.Duration, error) {
	select {
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	case r.turn <- struct{}{}:
	}
	defer func() { <-r.turn }()
	now := c.Now()
	if r.left == 0 || now.After(r.until) || r.from.After(r.until) {
		wait, err := r.book(ctx, c, a)
		if err != nil || wait > longestPause {
			return wait, err
		}
		now = c.Now()
	}
	r.left--
	return r.from.Sub(now), nil
}

// book books the next ration, and returns how long it has to wait. If that is
// longer than longestPause, nothing was booked.
func (r *ration) book(ctx context.Context, c *Client, a turnstone.Allowance) (time.Duration, error) {
	begun := c.Now()
	for size := r.next(begun); ; size = 1 {
		cost := time.Duration(size) * r.step
		ahead, err := c.Allowances.Book(ctx, a, turnstone.Booking{Cost: cost, Ahead: r.burst + longestPause})
		if err != nil {
			return 0, fmt.Errorf("book %s for instance %d: %w", a.Limit, a.InstanceID, err)
		}
		wait := max(ahead-r.burst, 0)
		if wait <= longestPause {
			r.size, r.left = size, size
			r.from, r.until = c.Now().Add(wait), begun.Add(wait+r.shelf)
			return wait, nil
		}
		if size == 1 {
			return wait, nil
		}
	}
}

// next returns how many permits to book at now: twice as many as were used up
// while they kept, or as many as were used while they did not last.
func (r *ration) next(now time.Time) int {
	if r.left == 0 && now.Before(r.until) {
		return min(2*r.size, r.most)
	}
	return max(r.size-r.left, 1)
}

// idle reports whether nobody will miss the ration. One that somebody is taking
// from right now is not idle.
func (r *ration) idle(now time.Time) bool {
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
		return now.After(r.until)
	default:
		return false
	}
}
