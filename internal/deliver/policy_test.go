package deliver_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"turnstone"
)

// queueing returns a destination of an account whose failed events are queued.
func queueing(id int64) turnstone.Destination {
	d := to(id)
	d.Policy = turnstone.PolicyQueue
	return d
}

// ids returns the events that were posted, in their order.
func (r *receivers) ids() []int64 {
	var ids []int64
	for _, p := range r.got() {
		ids = append(ids, p.id)
	}
	return ids
}

func TestAQueuedDeliveryWaitsUntilSomebodyAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(queueing(1))
		w.loop.Tick = time.Second
		var refused atomic.Bool
		w.net.answer = func(_ *http.Request, id int64) (int, error) {
			if id == 1 && refused.CompareAndSwap(false, true) {
				return 500, nil
			}
			return 200, nil
		}
		stop := w.running(t)
		defer stop()
		w.store.publish(1, 1, "a")
		w.store.publish(1, 2, "a")
		w.store.publish(1, 3, "b")
		after(80 * time.Hour)
		w.store.publish(1, 4, "a")
		w.store.publish(1, 5, "c")
		after(time.Hour)
		if got, want := w.net.ids(), []int64{1, 3, 5}; !slices.Equal(sorted(got), want) {
			t.Fatalf("posted %v, want %v: what failed waits, and holds its object", got, want)
		}
		asleepWith(t, w.store.read(1))
		w.store.redeliver(1)
		after(2 * time.Second)
		w.owedNothing(t, 1, 1)
		if got, want := w.net.ids()[3:], []int64{1, 2, 4}; !slices.Equal(got, want) {
			t.Errorf("redelivered %v, want %v, in their order", got, want)
		}
		if a := w.store.read(1).attempts; a[len(a)-3].Number != 2 {
			t.Errorf("attempt %+v, want the numbers to go on", a[len(a)-3])
		}
	})
}

// asleepWith fails the test unless event 1 is queued for the destination, which sleeps.
func asleepWith(t *testing.T, d destination) {
	t.Helper()
	if o := d.owed[1]; !o.Queued || o.Attempts != 1 || o.FirstFailedAt.IsZero() || !o.NextAt.IsZero() {
		t.Errorf("delivery = %+v, want it queued after one attempt", *o)
	}
	if !d.until.IsZero() || !d.dormant || d.lease.Destination.State != turnstone.DestinationActive {
		t.Errorf("destination %s leased until %v, asleep %v, want it active and asleep", d.lease.Destination.State, d.until, d.dormant)
	}
}

func sorted(ids []int64) []int64 {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return ids
}

func TestThreeFailuresInARowGiveAQueueingDestinationUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(queueing(1))
		w.loop.Concurrency, w.loop.Tick = 1, time.Second
		w.net.answer = func(*http.Request, int64) (int, error) { return 503, nil }
		stop := w.running(t)
		defer stop()
		for id := range int64(10) {
			w.store.publish(1, id+1, fmt.Sprint(id))
		}
		after(80 * time.Hour)
		d := w.store.read(1)
		if got := w.net.ids(); !slices.Equal(got, []int64{1, 2, 3}) || d.lease.Destination.State != turnstone.DestinationInactive {
			t.Errorf("posted %v, destination %s, want the first three, and it given up", got, d.lease.Destination.State)
		}
		problem := d.lease.Destination.Problem
		for _, want := range []string{"503", "3 failures in a row", "PUT /notifications/subscriptions/deliveries?where=status='queued'"} {
			if !strings.Contains(problem, want) {
				t.Errorf("problem = %q, want it to say %q", problem, want)
			}
		}
		w.net.answer = nil
		w.store.redeliver(1)
		after(2 * time.Second)
		w.owedNothing(t, 1, 1)
	})
}

// What failed while failures were tried again does not count.
func TestADestinationThatWasFailingMayFailThriceMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failing := queueing(1)
		failing.Failures = 8
		w := newWorld(failing)
		w.loop.Concurrency, w.loop.Tick = 1, time.Second
		w.net.answer = func(*http.Request, int64) (int, error) { return 503, nil }
		stop := w.running(t)
		defer stop()
		for id := range int64(10) {
			w.store.publish(1, id+1, fmt.Sprint(id))
		}
		after(80 * time.Hour)
		if got := w.net.ids(); !slices.Equal(got, []int64{1, 2, 3}) {
			t.Errorf("posted %v, want the first three", got)
		}
		if state := w.store.read(1).lease.Destination.State; state != turnstone.DestinationInactive {
			t.Errorf("destination %s, want it given up after that", state)
		}
	})
}

// Failures that other successes lie between never make three in a row.
func TestFiveHundredQueuedGiveADestinationUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(queueing(1))
		w.loop.Concurrency, w.loop.Tick = 1, time.Second
		w.net.answer = func(_ *http.Request, id int64) (int, error) { return 200 + int(id%2)*300, nil }
		stop := w.running(t)
		defer stop()
		for id := range int64(1100) {
			w.store.publish(1, id+1, fmt.Sprint(id))
		}
		after(time.Hour)
		d := w.store.read(1)
		if owes := len(d.owed); owes != 601 || d.lease.Destination.State != turnstone.DestinationInactive {
			t.Errorf("destination is %s and owed %d, want it given up with 500 queued and 101 not tried", d.lease.Destination.State, owes)
		}
		if p := d.lease.Destination.Problem; !strings.Contains(p, "500 events queued") {
			t.Errorf("problem = %q, want the number", p)
		}
	})
}

// All that a lane can see waits behind a queued delivery: looking on would be in vain.
func TestADestinationThatIsJammedIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(queueing(1))
		w.net.answer = func(_ *http.Request, id int64) (int, error) {
			if id == 1 {
				return 400, nil
			}
			return 200, nil
		}
		stop := w.running(t)
		defer stop()
		for id := range int64(2500) {
			w.store.publish(1, id+1, "same")
		}
		after(time.Hour)
		d := w.store.read(1)
		if posts := len(w.net.got()); posts != 1 || d.lease.Destination.State != turnstone.DestinationInactive {
			t.Errorf("%d posts, destination %s, want 1, and it given up", posts, d.lease.Destination.State)
		}
		if p := d.lease.Destination.Problem; !strings.Contains(p, "wait behind 1 that are queued") {
			t.Errorf("problem = %q, want what waits for what", p)
		}
		w.store.mu.Lock()
		n := w.store.calls
		w.store.mu.Unlock()
		if n > 40000 {
			t.Errorf("%d calls of the store in an hour, want no more than ticks", n)
		}
		w.net.answer = nil
		w.store.redeliver(1)
		after(time.Minute)
		w.owedNothing(t, 1, 1)
	})
}

func TestACutAttemptIsNotQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(queueing(1))
		w.net.answer = func(r *http.Request, _ int64) (int, error) { return 200, busy(r.Context(), time.Hour) }
		w.store.publish(1, 1, "a")
		stop := w.running(t)
		after(time.Second)
		stop()
		if o := w.store.read(1).owed[1]; o.Queued || o.Attempts != 1 {
			t.Errorf("delivery = %+v, want it due at once", *o)
		}
	})
}

// A delivery that is made again after it was given up, or delivered, has attempts and
// no first failure.
func TestAReplayedDeliveryBeginsItsScheduleAnewAndCountsOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		w.loop.Tick = time.Second
		w.net.answer = func(*http.Request, int64) (int, error) { return 503, nil }
		w.store.publish(1, 10, "a")
		w.store.destinations[1].owed[10].Attempts = 10
		stop := w.running(t)
		after(100 * time.Hour)
		stop()
		onSchedule(t, w)
		for i, a := range w.store.read(1).attempts {
			if a.Number != 11+i {
				t.Errorf("attempt %d has the number %d, want %d", i, a.Number, 11+i)
			}
		}
	})
}

// A receiver says 410 while other attempts are under way: what comes of those hides
// nothing of why the destination was given up.
func TestWhyADestinationWasGivenUpStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		w.net.answer = func(r *http.Request, id int64) (int, error) {
			if id == 1 {
				return http.StatusGone, nil
			}
			return 200 + int(id%2)*300, busy(r.Context(), time.Duration(id)*time.Second)
		}
		for id := range int64(5) {
			w.store.publish(1, id+1, fmt.Sprint(id))
		}
		stop := w.running(t)
		defer stop()
		after(time.Minute)
		d := w.store.read(1).lease.Destination
		if d.State != turnstone.DestinationInactive || !strings.Contains(d.Problem, "410 Gone") {
			t.Errorf("destination is %s: %q, want it given up for 410", d.State, d.Problem)
		}
		if n := len(w.net.got()); n != 5 {
			t.Errorf("%d posts, want nothing more after 410", n)
		}
	})
}
