package deliver_test

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"turnstone"
)

// A process that was stopped for longer than its lease finds bodies read and slots
// free when it wakes: it must not post them, since somebody else may by now.
func TestAFrozenLanePostsNothingWhenItWakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		var slept atomic.Int64
		w.loop.Now = func() time.Time { return time.Now().Add(time.Duration(slept.Load())) }
		w.loop.Concurrency = 2
		w.net.answer = func(r *http.Request, _ int64) (int, error) { return 200, busy(r.Context(), time.Second) }
		lost := make(chan turnstone.DestinationLease, 10)
		w.loop.Lost = func(l turnstone.DestinationLease) { lost <- l }
		for id := range int64(10) {
			w.store.publish(1, id+1, string(rune('a'+id)))
		}
		stop := w.running(t)
		defer stop()
		w.loop.Bell.Ring(1)
		after(500 * time.Millisecond)
		w.store.mu.Lock()
		w.store.destinations[1].lease.Fence++ // another node has claimed it
		w.store.mu.Unlock()
		slept.Store(int64(w.loop.Lease))
		after(w.loop.Lease / 2)
		if n := len(w.net.got()); n != 2 {
			t.Errorf("%d events were posted, want the 2 from before the sleep", n)
		}
		if l := <-lost; l.Destination.ID != 1 || len(lost) > 0 {
			t.Errorf("lease lost = %v, and %d more, want that of destination 1", l, len(lost))
		}
		after(w.loop.Lease)
		w.owedNothing(t, 1, 1)
	})
}

// Nobody took the lease while the process stood still: it extends the lease, and
// posts nothing before it has.
func TestAFrozenLaneGoesOnWhenItsLeaseIsRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		var slept atomic.Int64
		w.loop.Now = func() time.Time { return time.Now().Add(time.Duration(slept.Load())) }
		w.loop.Concurrency, w.store.takes = 2, time.Second
		w.net.answer = func(r *http.Request, id int64) (int, error) {
			return 200, busy(r.Context(), time.Duration(id)*time.Second)
		}
		w.loop.Lost = func(turnstone.DestinationLease) { t.Error("the lease was lost") }
		for id := range int64(4) {
			w.store.publish(1, id+1, string(rune('a'+id)))
		}
		stop := w.running(t)
		defer stop()
		w.loop.Bell.Ring(1)
		after(500 * time.Millisecond)
		slept.Store(int64(w.loop.Lease))
		after(time.Second) // event 1 is answered, and the lease is being extended
		if n := len(w.net.got()); n != 2 {
			t.Errorf("%d events were posted, want the 2 from before the sleep", n)
		}
		after(10 * time.Second)
		w.owedNothing(t, 1, 1)
		if n := len(w.net.got()); n != 4 {
			t.Errorf("%d posts, want 4: none is repeated", n)
		}
	})
}

func TestALeaseIsExtendedByEachCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		w.loop.Concurrency, w.loop.Lease = 1, 3*time.Second
		w.net.answer = func(r *http.Request, _ int64) (int, error) { return 200, busy(r.Context(), time.Second) }
		w.loop.Lost = func(turnstone.DestinationLease) { t.Error("a lease was lost") }
		for id := range int64(60) {
			w.store.publish(1, id+1, "a")
		}
		stop := w.running(t)
		defer stop()
		after(2 * time.Minute)
		w.owedNothing(t, 1, 1)
	})
}

// A receiver may take longer than the lease of a node that is to be replaced quickly;
// nobody else may begin anew meanwhile, again and again.
func TestALeaseIsKeptWhileTheReceiverTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		w.loop.Lease = 3 * time.Second
		w.net.answer = func(r *http.Request, _ int64) (int, error) { return 200, busy(r.Context(), 20*time.Second) }
		w.loop.Lost = func(turnstone.DestinationLease) { t.Error("a lease was lost") }
		w.store.publish(1, 1, "a")
		stop := w.running(t)
		defer stop()
		after(25 * time.Second)
		w.owedNothing(t, 1, 1)
		if n := len(w.net.got()); n != 1 {
			t.Errorf("%d posts, want 1: none is repeated", n)
		}
	})
}

func TestWhileTheStoreIsAwayTheLogStaysShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		var away atomic.Bool
		away.Store(true)
		w.store.trouble = func(int, bool) error {
			if away.Load() {
				return errors.New("connection refused")
			}
			return nil
		}
		stop := w.running(t)
		defer stop()
		after(35*time.Second + 50*time.Millisecond)
		w.store.mu.Lock()
		calls := w.store.calls
		w.store.mu.Unlock()
		if calls < 30 || calls > 40 {
			t.Errorf("%d claims in 35 s, want one a second", calls)
		}
		if n := strings.Count(w.logs.String(), `"msg":"claim destinations"`); n != 4 {
			t.Errorf("%d lines of the log, want the first and one each 10 s", n)
		}
		away.Store(false)
		w.store.publish(1, 1, "a")
		after(1100 * time.Millisecond)
		w.owedNothing(t, 1, 1)
		if n := strings.Count(w.logs.String(), "destinations can be claimed again"); n != 1 {
			t.Errorf("the end of the outage was logged %d times, want once", n)
		}
		w.store.publish(1, 2, "a")
		after(200 * time.Millisecond)
		w.owedNothing(t, 1, 1)
	})
}

// While the release is on its way the destination is ours still, so a claim would
// not find it; the ring was lost, and the event waited for the next tick.
func TestARingDuringTheReleaseIsHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		w.loop.Tick = time.Hour
		w.store.takes = 10 * time.Millisecond
		stop := w.running(t)
		defer stop()
		w.store.publish(1, 1, "a")
		w.loop.Bell.Ring(1)
		after(120 * time.Millisecond) // gathered for 5 ms, settled for 10, lingered for 100: being released
		w.store.publish(1, 2, "a")
		w.loop.Bell.Ring(1)
		after(50 * time.Millisecond)
		w.owedNothing(t, 1, 1)
	})
}
