package deliver_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"turnstone"
)

func TestStopLetsAttemptsEndWithinTheirGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		w.loop.Concurrency, w.loop.Tick = 2, time.Hour
		w.net.answer = func(r *http.Request, id int64) (int, error) {
			if id == 1 {
				return 200, busy(r.Context(), 3*time.Second)
			}
			return 200, busy(r.Context(), time.Hour)
		}
		for id := range int64(4) {
			w.store.publish(1, id+1, fmt.Sprint(id))
		}
		stop := w.running(t)
		w.loop.Bell.Ring(1)
		after(time.Second)
		begun := time.Now()
		stop()
		if took := time.Since(begun); took > 6*time.Second {
			t.Errorf("Run went on for %v, want no longer than the grace", took)
		}
		d := w.store.read(1)
		var got []string
		for _, a := range d.attempts {
			got = append(got, fmt.Sprintf("%d %d %.22s", a.EventID, a.Status, a.Problem))
		}
		if want := []string{"1 200 ", "2 0 no answer from the rec"}; !slices.Equal(got, want) {
			t.Errorf("attempts = %q, want one that ended and one that was cut", got)
		}
		if f := d.lease.Destination.Failures; f != 0 || !d.owed[2].FirstFailedAt.IsZero() || !d.owed[2].NextAt.IsZero() {
			t.Errorf("%d failures, delivery %+v, want a cut attempt not to count", f, d.owed[2])
		}
		// What was not tried slept until the next event, if there ever was one.
		if d.dormant || d.nextAt.After(time.Now()) || !d.until.IsZero() {
			t.Errorf("destination asleep = %v, due %v, leased until %v, want it due at once", d.dormant, d.nextAt, d.until)
		}
		w.net.answer = nil
		defer w.running(t)()
		w.loop.Bell.Ring(1)
		after(time.Second)
		w.owedNothing(t, 1, 1)
	})
}

func TestStopWithNothingUnderWayIsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		w.store.publish(1, 1, "a")
		stop := w.running(t)
		after(lingering)
		begun := time.Now()
		stop()
		if took := time.Since(begun); took > 0 {
			t.Errorf("Run went on for %v, want it to end at once", took)
		}
	})
}

// lingering is just after the first tick, while a lane lingers.
const lingering = 150 * time.Millisecond

func TestWhoLostTheLeaseStopsPosting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		w.loop.Timeout = time.Hour
		w.net.answer = func(r *http.Request, id int64) (int, error) {
			if id == 1 {
				return 200, busy(r.Context(), time.Second)
			}
			return 200, busy(r.Context(), 50*time.Minute)
		}
		w.store.publish(1, 1, "a")
		w.store.publish(1, 2, "b")
		stop := w.running(t)
		defer stop()
		after(500 * time.Millisecond)
		w.store.mu.Lock()
		w.store.destinations[1].lease.Fence++ // another node has claimed it
		w.store.mu.Unlock()
		after(10 * time.Second)
		if n, _ := w.net.load("r1.example"); n != 0 {
			t.Errorf("%d posts are under way, want them cut", n)
		}
		if d := w.store.read(1); len(d.attempts) > 0 || len(d.owed) != 2 {
			t.Errorf("%d attempts stored, owed %d, want nothing to be written", len(d.attempts), len(d.owed))
		}
		if logs := w.logs.String(); !strings.Contains(logs, "taken over") || strings.Contains(logs, "level=WARN msg=\"delivery interrupted") {
			t.Errorf("logs = %q, want the loss of the lease, and no alarm", logs)
		}
	})
}

// An event with a low id, stored by another poller between the two halves of a
// long look, was vouched for by the signal of the second half.
func TestALongLookMissesNoEventStoredMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		for id := range int64(700) {
			w.store.publish(1, 1000+id, "a")
		}
		var once sync.Once
		w.store.looking = func(after int64) {
			if after > 0 {
				once.Do(func() { w.store.publish(1, 5, "b") })
			}
		}
		stop := w.running(t)
		defer stop()
		after(time.Hour)
		if owes := w.store.owes(1); owes > 0 {
			t.Errorf("destination is owed %d, want 0", owes)
		}
	})
}

func TestABacklogBeyondTheWindowIsDelivered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		const events = 5000
		for id := range int64(events) {
			w.store.publish(1, id+1, fmt.Sprint(id%700))
		}
		stop := w.running(t)
		defer stop()
		after(time.Second)
		if owes, posts := w.store.owes(1), len(w.net.got()); owes > 0 || posts != events {
			t.Errorf("destination is owed %d after %d posts, want 0 after %d", owes, posts, events)
		}
	})
}

// Events may be stored at any moment and in any order, with or without the bell:
// each leaves within a few ticks.
func TestNoWakeUpIsLost(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		ids := rapid.Permutation([]int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}).Draw(rt, "ids")
		n := len(ids)
		pauses := rapid.SliceOfN(rapid.IntRange(0, 250), n, n).Draw(rt, "pauses")
		rings := rapid.SliceOfN(rapid.Bool(), n, n).Draw(rt, "rings")
		takes := time.Duration(rapid.IntRange(0, 120).Draw(rt, "takes")) * time.Millisecond
		late := ""
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(to(1))
			w.net.answer = func(r *http.Request, _ int64) (int, error) { return 200, busy(r.Context(), takes) }
			stop := w.running(t)
			defer stop()
			stored := make(map[int64]time.Time)
			for i, id := range ids {
				stored[id] = time.Now()
				w.store.publish(1, id, fmt.Sprint(id))
				if rings[i] {
					w.loop.Bell.Ring(1)
				}
				after(time.Duration(pauses[i]) * time.Millisecond)
			}
			after(time.Second)
			for _, p := range w.net.got() {
				if wait := p.at.Sub(stored[p.id]); wait > 400*time.Millisecond {
					late = fmt.Sprintf("event %d left after %v", p.id, wait)
				}
				delete(stored, p.id)
			}
			if len(stored) > 0 {
				late = fmt.Sprintf("events %v never left", slices.Sorted(maps.Keys(stored)))
			}
		})
		if late != "" {
			rt.Fatal(late)
		}
	})
}

// deliverAll publishes 12 events of 4 objects and lets a receiver that fails the
// first time take them all; w.store.trouble may get in the way.
func deliverAll(t *testing.T, w *world) map[int64][]string {
	t.Helper()
	var tried sync.Map
	w.net.answer = func(_ *http.Request, id int64) (int, error) {
		if _, again := tried.LoadOrStore(id, true); !again && id%3 == 0 {
			return 500, nil
		}
		return 200, nil
	}
	objects := make(map[int64][]string)
	for id := range int64(12) {
		objects[id+1] = []string{fmt.Sprint(id % 4)}
		w.store.publish(1, id+1, objects[id+1]...)
	}
	stop := w.running(t)
	after(30 * time.Second)
	stop()
	w.store.restart()
	stop = w.running(t)
	after(time.Minute)
	stop()
	return objects
}

func TestAFailureOfTheStoreAnywhereLosesNoEvent(t *testing.T) {
	calls := 0
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		deliverAll(t, w)
		calls = min(w.store.calls, 60) // after which it only claims
	})
	for name, trouble := range troubles() {
		t.Run(name, func(t *testing.T) {
			for n := 1; n <= calls; n++ {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(to(1))
					w.store.trouble = trouble(n)
					objects := deliverAll(t, w)
					if owes := w.store.owes(1); owes > 0 {
						t.Fatalf("with trouble at call %d, %d events are owed, want 0", n, owes)
					}
					if err := atLeastOnce(w.net.got(), objects); err != nil {
						t.Fatalf("with trouble at call %d: %v", n, err)
					}
				})
			}
		})
	}
}

// troubles are what may happen to the store at its n-th call.
func troubles() map[string]func(n int) func(call int, done bool) error {
	broken := errors.New("connection lost")
	return map[string]func(n int) func(call int, done bool) error{
		"a call fails": func(n int) func(int, bool) error {
			return trouble(func(c int, done bool) bool { return c == n && !done }, broken)
		},
		"a call fails after it was done": func(n int) func(int, bool) error {
			return trouble(func(c int, done bool) bool { return c == n && done }, broken)
		},
		"the store is away for a while": func(n int) func(int, bool) error {
			return trouble(func(c int, done bool) bool { return c >= n && c < n+4 && !done }, turnstone.ErrUnavailable)
		},
		"the store is away for a while after a call": func(n int) func(int, bool) error {
			return trouble(func(c int, done bool) bool { return c == n && done || c > n && c < n+4 && !done }, turnstone.ErrUnavailable)
		},
		"the process dies before a call": func(n int) func(int, bool) error { return trouble(func(c int, _ bool) bool { return c >= n }, broken) },
		"the process dies after a call": func(n int) func(int, bool) error {
			return trouble(func(c int, done bool) bool { return c > n || c == n && done }, broken)
		},
		"the lease is lost": func(n int) func(int, bool) error {
			return trouble(func(c int, done bool) bool { return c == n && !done }, turnstone.ErrLeaseLost)
		},
	}
}

func trouble(when func(call int, done bool) bool, err error) func(int, bool) error {
	return func(call int, done bool) error {
		if when(call, done) {
			return err
		}
		return nil
	}
}

// atLeastOnce returns what is wrong with posts of which some may be repeated: all
// events arrive, none before an earlier one of its object did, always with the
// same bytes.
func atLeastOnce(posts []post, objects map[int64][]string) error {
	arrived := make(map[int64]bool)
	for _, p := range posts {
		if p.text != string(body(p.id)) {
			return fmt.Errorf("event %d was posted as %s", p.id, p.text)
		}
		for id := range objects {
			if id < p.id && objects[id][0] == objects[p.id][0] && !arrived[id] {
				return fmt.Errorf("event %d was posted before event %d of the same object arrived", p.id, id)
			}
		}
		arrived[p.id] = arrived[p.id] || p.good
	}
	for id := range objects {
		if !arrived[id] {
			return fmt.Errorf("event %d never arrived", id)
		}
	}
	return nil
}
