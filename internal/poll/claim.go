package poll

import (
	"context"
	"sync"
	"time"

	"turnstone"
)

const (
	// outageTick is the pace at which a store that does not answer is asked.
	outageTick = time.Second
	// outageEcho is how often the log repeats that it does not.
	outageEcho = 10 * time.Second
)

// Run claims and polls until ctx ends, then lets each running poll save where it
// stands and returns. It claims each tick; at once where more is due than it had
// slots for; and each second while the store does not answer.
func (l *Loop) Run(ctx context.Context) error {
	var polls sync.WaitGroup
	defer polls.Wait()
	c := claimer{Loop: l, free: l.Concurrency}
	ended := make(chan struct{}, l.Concurrency)
	timer := time.NewTimer(l.Tick)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ended:
			if c.free++; !c.hungry() {
				continue
			}
		case <-timer.C:
		}
		claimed := l.Now() // before the store gives the leases, so that we think none longer than it is
		for _, lease := range c.claim(ctx) {
			polls.Go(func() {
				l.poll(ctx, lease, claimed)
				ended <- struct{}{}
			})
		}
		timer.Reset(c.pause())
	}
}

// claimer claims for the free slots of a loop.
type claimer struct {
	*Loop
	free    int
	more    bool      // the last claim took all it could: more may be due
	failing time.Time // since when claims fail; zero: they do not
	told    time.Time // when the log said so last
}

// hungry reports whether to claim before the next tick. A quarter of the slots is
// filled at a time: a claim costs the store a transaction, however little it takes.
func (c *claimer) hungry() bool {
	return c.more && c.failing.IsZero() && c.free >= max(1, c.Concurrency/4)
}

// pause returns how long to wait for the next claim.
func (c *claimer) pause() time.Duration {
	if c.failing.IsZero() {
		return c.Tick
	}
	return max(c.Tick, outageTick)
}

// claim returns claimed pollers, at most one for each free slot, which they take.
func (c *claimer) claim(ctx context.Context) []turnstone.PollLease {
	if c.free == 0 {
		return nil
	}
	leases, err := c.Store.ClaimPollers(ctx, c.free, c.Lease)
	if err != nil && ctx.Err() != nil {
		return nil
	}
	c.tell(err)
	c.more = len(leases) == c.free
	c.free -= len(leases)
	return leases
}

// tell logs that claims fail, now and then, and that they succeed again.
func (c *claimer) tell(err error) {
	now := c.Now()
	if err == nil {
		if !c.failing.IsZero() {
			c.Log.Info("pollers can be claimed again", "took", now.Sub(c.failing))
			c.failing, c.told = time.Time{}, time.Time{}
		}
		return
	}
	if c.failing.IsZero() {
		c.failing = now
	}
	if now.Sub(c.told) >= outageEcho {
		c.told = now
		c.Log.Error("claim pollers", "err", err)
	}
}
