package deliver_test

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"turnstone"
)

// paced returns a destination that takes one post in a time, with events owed to it.
func paced(pace time.Duration, events int64) *world {
	d := to(1)
	d.Limits.Pace = pace
	w := newWorld(d)
	for id := range events {
		w.store.publish(1, id+1, fmt.Sprint(id))
	}
	return w
}

// gaps returns the times between posts.
func (r *receivers) gaps() []time.Duration {
	var gaps []time.Duration
	posts := r.got()
	for i := range posts[1:] {
		gaps = append(gaps, posts[i+1].at.Sub(posts[i].at))
	}
	return gaps
}

func TestPostsKeepTheirPace(t *testing.T) {
	for name, tt := range map[string]struct {
		pace    time.Duration
		events  int64
		release bool // the lease is given back between posts
	}{
		"a hundred a second": {10 * time.Millisecond, 1000, false},
		"two a second":       {500 * time.Millisecond, 100, false},
		"one in 5 seconds":   {5 * time.Second, 20, false},
		"one in 6 seconds":   {6 * time.Second, 20, true},
		"one a minute":       {time.Minute, 20, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := paced(tt.pace, tt.events)
				stop := w.running(t)
				defer stop()
				after(time.Duration(tt.events)*(tt.pace+w.loop.Tick) + time.Second)
				w.owedNothing(t, 1, 1)
				var whole time.Duration
				for i, gap := range w.net.gaps() {
					if whole += gap; gap < tt.pace {
						t.Fatalf("post %d came %v after the one before, want %v or more", i+2, gap, tt.pace)
					}
				}
				most := time.Duration(tt.events) * tt.pace
				if tt.release {
					most += time.Duration(tt.events) * w.loop.Tick
				}
				if whole > most {
					t.Errorf("%d posts took %v, want %v at most", tt.events, whole, most)
				}
				if n := len(w.store.read(1).releases); (n > 5) != tt.release {
					t.Errorf("the lease was given back %d times, want it often: %v", n, tt.release)
				}
			})
		})
	}
}

// A pace of a millisecond is kept on average: what timers cannot do one by one leaves
// together.
func TestAFastPaceIsKeptOnAverage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := paced(time.Millisecond, 3000)
		w.net.answer = func(r *http.Request, _ int64) (int, error) { return 200, busy(r.Context(), 5*time.Millisecond) }
		stop := w.running(t)
		defer stop()
		after(10 * time.Second)
		w.owedNothing(t, 1, 1)
		posts := w.net.got()
		if took := posts[2999].at.Sub(posts[0].at); took < 2900*time.Millisecond || took > 3500*time.Millisecond {
			t.Errorf("3000 posts took %v, want about three seconds", took)
		}
	})
}

func TestThePaceHoldsFromLeaseToLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := paced(3*time.Second, 0)
		stop := w.running(t)
		defer stop()
		for id := range int64(50) { // each finds the lease given back by the lane before
			w.store.publish(1, id+1, fmt.Sprint(id))
			w.loop.Bell.Ring(1)
			after(time.Second)
		}
		after(3 * time.Minute)
		w.owedNothing(t, 1, 1)
		for i, gap := range w.net.gaps() {
			if gap < 3*time.Second {
				t.Fatalf("post %d came %v after the one before, want 3s or more", i+2, gap)
			}
		}
	})
}

// While it waits for the next post a lane keeps its lease, asks the store nothing and
// holds the body of that post alone.
func TestAPacedLaneIsIdleBetweenPosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := paced(4*time.Second, 2000)
		w.loop.Lease = 10 * time.Second
		w.loop.Lanes = 1 // so that the loop does not claim meanwhile
		lost := false
		w.loop.Lost = func(turnstone.DestinationLease) { lost = true }
		most := 0
		w.store.reading = func(ids []int64) { most = max(most, len(ids)) }
		stop := w.running(t)
		after(time.Minute)
		w.store.mu.Lock()
		calls := w.store.calls
		w.store.mu.Unlock()
		after(40*time.Minute + 100*time.Millisecond)
		stop()
		calls = w.store.calls - calls
		// A body and a settlement for each of the 600 posts, and an extension or two.
		if posts := len(w.net.got()); calls > 3*600 || posts < 610 {
			t.Errorf("%d calls of the store for %d posts in 40 minutes, want no more than three a post", calls, posts)
		}
		if lost || most > 1 {
			t.Errorf("lease lost: %v, %d bodies read at a time, want it kept, and one", lost, most)
		}
	})
}

// A lease shorter than the pace is extended while the lane waits.
func TestAPacedLaneKeepsItsLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := paced(4*time.Second, 100)
		w.loop.Lease = 3 * time.Second
		stop := w.running(t)
		defer stop()
		after(7 * time.Minute)
		w.owedNothing(t, 1, 1)
		if n := len(w.store.read(1).releases); n > 2 {
			t.Errorf("the lease was given back %d times, want it kept from post to post", n)
		}
	})
}

// A backlog that may leave at one a minute costs no more than its posts.
func TestASlowPaceCostsAClaimAPost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := paced(time.Minute, 2000)
		w.loop.Tick = time.Second
		stop := w.running(t)
		after(time.Hour)
		stop()
		calls := w.store.calls
		if perPost := (calls - 3600) / len(w.net.got()); perPost > 6 {
			t.Errorf("%d calls of the store a post, want a claim, a look, a body, a settlement and little else", perPost)
		}
	})
}

func TestADestinationsOwnConcurrencyIsKept(t *testing.T) {
	for name, tt := range map[string]struct{ own, want int }{"fewer": {3, 3}, "more": {40, 40}, "unset": {0, 16}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := to(1)
				d.Limits.Concurrency = tt.own
				w := newWorld(d)
				w.net.answer = func(r *http.Request, _ int64) (int, error) { return 200, busy(r.Context(), time.Second) }
				for id := range int64(200) {
					w.store.publish(1, id+1, fmt.Sprint(id))
				}
				stop := w.running(t)
				defer stop()
				after(2 * time.Minute)
				w.owedNothing(t, 1, 1)
				if _, most := w.net.load("r1.example"); most != tt.want {
					t.Errorf("%d posts at a time, want %d", most, tt.want)
				}
			})
		})
	}
}
