package poll_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"turnstone"
	"turnstone/internal/hub"
	"turnstone/internal/poll"
)

// running starts the loop on the bubble's clock and returns what stops it.
func (w *world) running(t *testing.T) (stop func()) {
	t.Helper()
	w.loop.Now, w.store.clock = time.Now, time.Now
	w.store.lease.Poller.EnabledAt, w.store.lease.Poller.NextAt = time.Now(), time.Now()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- w.loop.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run = %v, want nil", err)
		}
	}
}

// slow is a source whose answers take a while.
type slow struct {
	*vendor
	takes func() time.Duration
}

func (s slow) List(ctx context.Context, in turnstone.Instance, r hub.Request) (hub.Page, error) {
	timer := time.NewTimer(s.takes())
	defer timer.Stop()
	select {
	case <-timer.C:
		return hub.Page{}, nil
	case <-ctx.Done():
		return hub.Page{}, &turnstone.VendorError{Action: turnstone.VendorRetry, Err: ctx.Err()}
	}
}

// after waits on the bubble's clock.
func after(d time.Duration) { <-time.After(d) }

func TestPollsKeepTheirBeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "deals", deals)
		w.loop.Source = slow{w.vendor, func() time.Duration { return 7 * time.Second }}
		stop := w.running(t)
		after(time.Hour)
		stop()
		starts := w.store.starts[1:] // the first comes when polling is enabled
		if len(starts) < 59 {
			t.Fatalf("%d polls in an hour, want one a minute", len(starts))
		}
		for i := range starts[1:] {
			if gap := starts[i+1].Sub(starts[i]); gap < time.Minute-poll.DefaultTick || gap > time.Minute+poll.DefaultTick {
				t.Errorf("poll %d came after %v, want a minute", i+1, gap)
			}
		}
	})
}

func TestALongPollIsNotOverlapped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "deals", deals)
		var polling atomic.Int32
		w.loop.Source = slow{w.vendor, func() time.Duration {
			if polling.Add(1) > 1 {
				t.Error("a poll began while another was under way")
			}
			time.AfterFunc(100*time.Second, func() { polling.Add(-1) })
			return 100 * time.Second
		}}
		stop := w.running(t)
		after(time.Hour)
		stop()
		if n := len(w.store.starts); n < 28 {
			t.Errorf("%d polls of 100 s in an hour at an interval of a minute, want one every two minutes", n)
		}
	})
}

func TestStopCutsThePollsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "deals", deals)
		w.loop.Source = slow{w.vendor, func() time.Duration { return time.Minute }}
		stop := w.running(t)
		after(10 * time.Second)
		begun := time.Now()
		stop()
		if took := time.Since(begun); took > time.Second {
			t.Errorf("Run went on for %v, want it to end at once", took)
		}
		if got := w.store.last().Outcome; got != turnstone.PollStopped || !w.store.until.IsZero() {
			t.Errorf("poll = %q, lease until %v, want stopped and given back", got, w.store.until)
		}
	})
}

func TestTheLoopOutlivesTheStoresFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "deals", deals)
		w.store.trouble = func(call int, _ bool) error {
			if call < 10 {
				return errStore
			}
			return nil
		}
		stop := w.running(t)
		after(10 * time.Second)
		stop()
		if got := w.store.last().Outcome; got != turnstone.PollComplete {
			t.Errorf("poll = %q, want complete once the store is back", got)
		}
	})
}

func TestAnOutageOfTheStoreIsToldNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "deals", deals)
		begun, calls := time.Now(), 0
		w.store.trouble = func(int, bool) error {
			if time.Since(begun) < 35*time.Second {
				calls++
				return errStore
			}
			return nil
		}
		stop := w.running(t)
		after(50 * time.Second)
		stop()
		logs := w.logs.String()
		if told, again := strings.Count(logs, `"claim pollers"`), strings.Count(logs, "claimed again"); told != 4 || again != 1 {
			t.Errorf("an outage of 35 s is told %d times and its end %d times, want 4 and once: %s", told, again, logs)
		}
		if calls > 36 {
			t.Errorf("a store that was down for 35 s was asked %d times, want about one a second", calls)
		}
	})
}

// crowd is a store with many pollers, each of which is due once.
type crowd struct {
	*shelf
	due, polled atomic.Int32
	claims      atomic.Int32
}

func (c *crowd) ClaimPollers(_ context.Context, n int, _ time.Duration) ([]turnstone.PollLease, error) {
	c.claims.Add(1)
	n = min(n, int(c.due.Load()))
	c.due.Add(int32(-n))
	leases := make([]turnstone.PollLease, n)
	for i := range leases {
		leases[i] = c.lease
	}
	return leases, nil
}

func (c *crowd) CommitPoll(_ context.Context, _ turnstone.PollLease, _ time.Duration, p turnstone.PollCommit) error {
	if p.End != nil {
		c.polled.Add(1)
	}
	return nil
}

func TestWhatIsDueDoesNotWaitForTicks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "deals", deals)
		store := &crowd{shelf: &shelf{memory: w.store}}
		store.due.Store(1000)
		w.loop.Store, w.loop.Source, w.loop.Concurrency = store, book(nil), 16
		stop := w.running(t)
		after(2 * poll.DefaultTick)
		stop()
		if got := store.polled.Load(); got != 1000 {
			t.Errorf("%d of 1000 due pollers are polled within two ticks, want all", got)
		}
		if got := store.claims.Load(); got > 1000/4+3 {
			t.Errorf("%d claims for 1000 pollers, want a quarter of the 16 slots filled with each", got)
		}
	})
}

func TestTheNextPollIsOnTheBeat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.Int64().Draw(t, "poller")
		interval := time.Duration(rapid.IntRange(1, 24*3600).Draw(t, "interval")) * time.Second
		begin := start.Add(time.Duration(rapid.Int64Range(0, int64(1000*time.Hour)).Draw(t, "start")))
		took := time.Duration(rapid.Int64Range(0, int64(50*time.Hour)).Draw(t, "took"))
		next := poll.NextPoll(id, interval, begin, begin.Add(took))
		switch wait := next.Sub(begin.Add(took)); {
		case wait <= 0 || wait > interval:
			t.Fatalf("next poll %v after the end of this one, want within the interval of %v", wait, interval)
		case !next.Equal(next.Truncate(time.Millisecond)):
			t.Fatalf("next poll at %v, want whole milliseconds", next)
		}
		// From then on every gap is the interval, however late a tick is.
		late := time.Duration(rapid.Int64Range(0, int64(interval)-1).Draw(t, "late"))
		if again := poll.NextPoll(id, interval, next.Add(late), next.Add(late)); again.Sub(next) != interval {
			t.Fatalf("the poll after it %v later, want %v", again.Sub(next), interval)
		}
	})
}

func TestPollersAreSpreadOverTheInterval(t *testing.T) {
	const pollers, parts = 6000, 60
	var in [parts]int
	for id := range int64(pollers) {
		in[poll.NextPoll(id, time.Minute, start, start).Second()]++
	}
	for second, n := range in {
		if n < pollers/parts/2 || n > pollers/parts*2 {
			t.Errorf("%d of %d pollers in second %d, want about %d", n, pollers, second, pollers/parts)
		}
	}
}

func TestBackoffGrowsAndIsBounded(t *testing.T) {
	tests := map[string]struct {
		failures int
		interval time.Duration
		want     time.Duration
	}{
		"the first":               {1, time.Minute, 5 * time.Second},
		"the second":              {2, time.Minute, 10 * time.Second},
		"the fifth":               {5, time.Minute, 80 * time.Second},
		"the hundredth":           {100, time.Minute, 15 * time.Minute},
		"of a long interval":      {100, time.Hour, time.Hour},
		"of a very short one":     {1, time.Second, time.Second},
		"of a very short, later":  {4, time.Second, 8 * time.Second},
		"of an endless interval":  {100, 1 << 62, 1 << 62},
		"the first of a long one": {1, 24 * time.Hour, 5 * time.Second},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := poll.Backoff(tt.failures, tt.interval); got != tt.want {
				t.Errorf("Backoff(%d, %v) = %v, want %v", tt.failures, tt.interval, got, tt.want)
			}
		})
	}
}
