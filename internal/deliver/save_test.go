package deliver_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"turnstone"
)

// While the database is away what the receivers have taken is kept, as long as the
// lease is ours: they get nothing twice.
func TestAnOutageOfTheStoreRepeatsNoEvent(t *testing.T) {
	for name, stored := range map[string]bool{"nothing was written": false, "the answer alone was lost": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(to(1))
				w.net.answer = func(r *http.Request, id int64) (int, error) {
					if id == 3 && len(w.net.times(3)) == 1 {
						return 500, nil
					}
					return 200, busy(r.Context(), time.Second)
				}
				for id := range int64(40) {
					w.store.publish(1, id+1, fmt.Sprint(id))
				}
				stop := w.running(t)
				defer stop()
				after(500 * time.Millisecond) // posted, and not answered
				back := time.Now().Add(30 * time.Second)
				away := func(_ int, done bool) error {
					if time.Now().Before(back) && done == stored {
						return turnstone.ErrUnavailable
					}
					return nil
				}
				w.store.mu.Lock()
				w.store.trouble = away
				w.store.mu.Unlock()
				after(4 * time.Minute) // a claim whose answer was lost is good for a lease
				w.owedNothing(t, 1, 1)
				seen := make(map[string]bool)
				for _, a := range w.store.read(1).attempts {
					key := fmt.Sprint(a.EventID, " ", a.Number)
					if seen[key] {
						t.Errorf("attempt %s was recorded twice", key)
					}
					seen[key] = true
				}
				if posts := len(w.net.got()); posts != 41 || len(seen) != 41 {
					t.Errorf("%d posts, %d attempts, want 41: none is repeated but the one that failed", posts, len(seen))
				}
			})
		})
	}
}

// deaf is a store whose answers to settlements are lost for a while.
type deaf struct {
	*memory
	until time.Time
}

func (d deaf) SettleDeliveries(ctx context.Context, l turnstone.DestinationLease, extend time.Duration, b turnstone.DeliveryBatch) error {
	if err := d.memory.SettleDeliveries(ctx, l, extend, b); err != nil {
		return err
	}
	if time.Now().Before(d.until) {
		return turnstone.ErrUnavailable
	}
	return nil
}

// What was stored is not stored again when the answer was lost, be it a success or a
// failure.
func TestWhatWasStoredIsNotStoredTwice(t *testing.T) {
	for name, status := range map[string]int{"taken": 200, "refused": 500} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(to(1))
				w.loop.Store = deaf{w.store, time.Now().Add(500 * time.Millisecond)}
				w.net.answer = func(_ *http.Request, id int64) (int, error) {
					if len(w.net.times(id)) > 1 {
						return 200, nil
					}
					return status, nil
				}
				w.store.publish(1, 1, "a")
				w.store.publish(1, 2, "b")
				stop := w.running(t)
				defer stop()
				after(time.Minute)
				w.owedNothing(t, 1, 1)
				if attempts, posts := len(w.store.read(1).attempts), len(w.net.got()); attempts != posts || posts > 4 {
					t.Errorf("%d attempts of %d posts are stored, want each once", attempts, posts)
				}
			})
		})
	}
}

// The lease may have run out when the database is back: somebody else may have it.
func TestAnOutageBeyondTheLeaseEndsTheLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		w.net.answer = func(r *http.Request, _ int64) (int, error) { return 200, busy(r.Context(), time.Second) }
		w.store.publish(1, 1, "a")
		begun := time.Now()
		stop := w.running(t)
		defer stop()
		after(500 * time.Millisecond)
		w.store.mu.Lock()
		w.store.trouble = func(int, bool) error {
			if time.Since(begun) < 2*w.loop.Lease {
				return turnstone.ErrUnavailable
			}
			return nil
		}
		w.store.mu.Unlock()
		after(2*w.loop.Lease + 2*time.Second)
		w.owedNothing(t, 1, 1)
		if posts := len(w.net.got()); posts != 2 {
			t.Errorf("%d posts, want the event again under another lease", posts)
		}
	})
}

// A stop does not wait for a database that is away.
func TestAStopDuringAnOutageIsPrompt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		w.net.answer = func(r *http.Request, _ int64) (int, error) { return 200, busy(r.Context(), time.Second) }
		w.store.publish(1, 1, "a")
		stop := w.running(t)
		after(500 * time.Millisecond)
		w.store.mu.Lock()
		w.store.trouble = func(int, bool) error { return turnstone.ErrUnavailable }
		w.store.mu.Unlock()
		after(10 * time.Second)
		begun := time.Now()
		stop()
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("Run went on for %v, want it to end", took)
		}
	})
}

// What cannot be read is left alone for a while, not for a whole lease.
func TestAFailureToReadCostsAShortRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		w.store.publish(1, 1, "a")
		failed := time.Time{}
		w.store.trouble = func(call int, done bool) error {
			if call == 2 && !done { // the first look
				failed = time.Now()
				return turnstone.ErrUnavailable
			}
			return nil
		}
		stop := w.running(t)
		defer stop()
		after(time.Minute)
		w.owedNothing(t, 1, 1)
		if wait := w.net.got()[0].at.Sub(failed); wait < 10*time.Second || wait > 11*time.Second {
			t.Errorf("the event left after %v, want ten seconds", wait)
		}
	})
}
