package deliver_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"turnstone"
)

func TestPostingGoesOnWhileTheStoreCommits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		w.store.takes = time.Second
		for id := range int64(200) {
			w.store.publish(1, id+1, fmt.Sprint(id))
		}
		stop := w.running(t)
		defer stop()
		w.loop.Bell.Ring(1)
		after(500 * time.Millisecond)
		if n := len(w.net.got()); n != 200 {
			t.Errorf("%d events were posted before the first commit, want all 200", n)
		}
		after(3 * time.Second)
		w.owedNothing(t, 1, 1)
		if n := len(w.net.got()); n != 200 {
			t.Errorf("%d posts, want 200: none is repeated", n)
		}
	})
}

func TestAStoreThatDoesNotKeepUpSlowsPostingDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		w.store.takes = 4 * time.Second
		for id := range int64(3000) {
			w.store.publish(1, id+1, fmt.Sprint(id))
		}
		stop := w.running(t)
		defer stop()
		w.loop.Bell.Ring(1)
		after(3 * time.Second)
		// The first batch had up to 64, since there was more to post; 512 wait for the
		// next. At both bounds there were up to 15 more under way.
		if n := len(w.net.got()); n < 512 || n > 64+15+512+15 {
			t.Errorf("%d events were posted before anything was settled, want no more than two batches", n)
		}
		after(time.Minute)
		w.owedNothing(t, 1, 1)
	})
}

func TestAnObjectWaitsForTheCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		w.store.takes = time.Second
		for id := range int64(4) {
			w.store.publish(1, id+1, "same")
		}
		stop := w.running(t)
		defer stop()
		w.loop.Bell.Ring(1)
		after(10 * time.Second)
		posts := w.net.got()
		for i, p := range posts {
			if p.id != int64(i+1) || i > 0 && p.at.Sub(posts[i-1].at) < time.Second {
				t.Errorf("post %d is of event %d at %v, want one event after the other, a commit between", i+1, p.id, p.at)
			}
		}
		if len(posts) != 4 {
			t.Errorf("%d posts, want 4", len(posts))
		}
	})
}

func TestTheReleaseTakesTheLastAttemptsAlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		w.net.answer = func(*http.Request, int64) (int, error) { return http.StatusGone, nil }
		w.store.publish(1, 1, "a")
		stop := w.running(t)
		after(time.Second)
		stop()
		d := w.store.read(1)
		if len(d.attempts) != 1 || len(d.releases) != 1 || d.lease.Destination.State != turnstone.DestinationInactive {
			t.Errorf("%d attempts, %d releases, destination %s, want 1, 1 and inactive", len(d.attempts), len(d.releases), d.lease.Destination.State)
		}
		if w.store.settles != 1 {
			t.Errorf("%d transactions settled it, want 1", w.store.settles)
		}
	})
}

// weather is what the store does to its calls: it is slow, and some fail before or
// after their effect, for a while.
type weather struct {
	takes, returning time.Duration

	fails map[int]bool // by the number of the call; true: after its effect
	lost  bool         // what fails before its effect fails for a lost lease
}

func drawWeather(t *rapid.T) weather {
	return weather{
		takes:     time.Duration(rapid.IntRange(0, 100).Draw(t, "commit")) * time.Millisecond,
		returning: time.Duration(rapid.IntRange(0, 50).Draw(t, "look")) * time.Millisecond,
		fails:     rapid.MapOfN(rapid.IntRange(1, 400), rapid.Bool(), 0, 12).Draw(t, "failing calls"),
		lost:      rapid.Bool().Draw(t, "lost"),
	}
}

func (w weather) trouble(call int, done bool) error {
	if afterwards, fails := w.fails[call]; !fails || afterwards != done {
		return nil
	}
	if w.lost && !done {
		return turnstone.ErrLeaseLost
	}
	return errors.New("connection lost")
}

// With a slow store, calls that fail or fail after they took effect, and a receiver
// that fails now and then: an event leaves only when the earlier ones of its objects
// are settled, whatever was settled never leaves again, and all arrive.
func TestThePipelineKeepsOrderInAnyWeather(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s, bad := drawStream(rt), drawWeather(rt)
		var mu sync.Mutex
		var wrong []string
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(to(1))
			w.loop.Concurrency, w.loop.Tick, w.loop.Lease = s.concurrency, time.Second, 10*time.Second
			w.loop.Timeout = time.Second
			w.store.takes, w.store.returning, w.store.trouble = bad.takes, bad.returning, bad.trouble
			answers := s.answers()
			w.net.answer = func(r *http.Request, id int64) (int, error) {
				mu.Lock()
				if earlier := w.store.holdsBack(1, id, s.objects); earlier > 0 {
					wrong = append(wrong, fmt.Sprintf("event %d left while event %d was owed", id, earlier))
				}
				if !w.store.isOwed(1, id) {
					wrong = append(wrong, fmt.Sprintf("event %d left after it was settled", id))
				}
				mu.Unlock()
				return answers(r, id)
			}
			stop := w.running(t)
			for i, pause := range s.pauses {
				w.store.publish(1, int64(i+1), s.objects[int64(i+1)]...)
				if s.rings[i] {
					w.loop.Bell.Ring(1)
				}
				after(pause)
			}
			active := func() bool { return w.store.read(1).lease.Destination.State == turnstone.DestinationActive }
			for i := 0; i < 200 && w.store.owes(1) > 0 && active(); i++ {
				after(time.Hour)
			}
			stop()
			if owes := w.store.owes(1); owes > 0 && active() {
				wrong = append(wrong, fmt.Sprintf("%d events never arrived", owes))
			}
		})
		if len(wrong) > 0 {
			rt.Fatal(strings.Join(wrong, "\n"))
		}
	})
}

// Without trouble nothing is posted twice, however slow the store is and however
// often the bell rings while attempts wait to be settled.
func TestNothingIsPostedTwiceWithoutAFailure(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s, bad := drawStream(rt), drawWeather(rt)
		s.bad = 0
		var posts []post
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(to(1))
			w.loop.Concurrency, w.net.answer = s.concurrency, s.answers()
			w.store.takes, w.store.returning = bad.takes, bad.returning
			stop := w.running(t)
			for i, pause := range s.pauses {
				w.store.publish(1, int64(i+1), s.objects[int64(i+1)]...)
				w.loop.Bell.Ring(1)
				after(pause / 10)
			}
			after(5 * time.Minute)
			stop()
			posts = w.net.got()
		})
		if err := inOrder(posts, s.objects); err != nil || len(posts) != len(s.objects) {
			rt.Fatalf("%d posts of %d events: %v", len(posts), len(s.objects), err)
		}
	})
}

func TestAnswersGatherForAMomentUnlessSomethingWaits(t *testing.T) {
	tests := map[string]struct {
		object      func(id int64) string
		least, most int
	}{
		"other objects":   {func(id int64) string { return fmt.Sprint(id) }, 10, 30},
		"always the same": {func(int64) string { return "same" }, 90, 110},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(to(1))
				w.net.answer = func(r *http.Request, _ int64) (int, error) { return 200, busy(r.Context(), 4*time.Millisecond) }
				stop := w.running(t)
				defer stop()
				for id := range int64(100) {
					w.store.publish(1, id+1, tt.object(id))
					w.loop.Bell.Ring(1)
					after(time.Millisecond)
				}
				after(time.Second)
				w.owedNothing(t, 1, 1)
				if n := w.store.settles; n < tt.least || n > tt.most {
					t.Errorf("100 events were settled in %d transactions, want %d to %d", n, tt.least, tt.most)
				}
			})
		})
	}
}

// A look that began before a commit and returned after it found what was made by
// then, and the lane took it for new.
func TestALookDoesNotBringBackWhatWasMadeMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		w.store.takes, w.store.returning = 10*time.Millisecond, 30*time.Millisecond
		stop := w.running(t)
		defer stop()
		for id := range int64(100) {
			w.store.publish(1, id+1, fmt.Sprint(id))
			w.loop.Bell.Ring(1)
			after(7 * time.Millisecond)
		}
		after(time.Second)
		w.owedNothing(t, 1, 1)
		if n := len(w.net.got()); n != 100 {
			t.Errorf("%d posts, want 100: none is repeated", n)
		}
	})
}
