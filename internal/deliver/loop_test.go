package deliver_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"turnstone"
	"turnstone/internal/deliver"
)

func TestARingForALaneWakesThatLaneAndNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		w.loop.Tick = time.Hour
		stop := w.running(t)
		defer stop()
		w.store.publish(1, 10, "a")
		w.loop.Bell.RingLane(1)
		synctest.Wait()
		if n := len(w.net.got()); n != 0 {
			t.Errorf("%d events were posted, want none: the node that stored it claims its destination", n)
		}
		w.loop.Bell.Ring(1)
		after(10 * time.Millisecond) // the lane lingers
		w.store.publish(1, 11, "b")
		w.loop.Bell.RingLane(1)
		synctest.Wait()
		if n := len(w.net.got()); n != 2 {
			t.Errorf("%d events were posted, want both before any tick", n)
		}
	})
}

func TestARingReachesAllDestinationsThatAreServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		second := to(2)
		second.InstanceID = 1
		w := newWorld(to(1), second)
		w.loop.Tick = time.Hour
		stop := w.running(t)
		defer stop()
		for id := range int64(3) {
			w.store.publish(1, 10+id, "a")
			w.store.publish(2, 10+id, "a")
			w.loop.Bell.Ring(1)
			after(10 * time.Millisecond) // both lanes linger
		}
		w.owedNothing(t, 1, 2)
		after(time.Second)
		w.store.publish(2, 20, "a")
		w.loop.Bell.Ring(1)
		after(10 * time.Millisecond)
		w.owedNothing(t, 1, 2)
	})
}

func TestAnEventLeavesAtOnceWhenTheBellRings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		w.loop.Tick = time.Hour
		stop := w.running(t)
		defer stop()
		w.store.publish(1, 10, "a")
		w.loop.Bell.Ring(1)
		after(10 * time.Millisecond) // the lane lingers
		w.store.publish(1, 11, "b")
		w.loop.Bell.Ring(1)
		synctest.Wait()
		if n := len(w.net.got()); n != 2 {
			t.Errorf("%d events were posted, want both before any tick", n)
		}
		after(time.Second)
		if d := w.store.read(1); len(d.owed) > 0 || !d.until.IsZero() || !d.dormant {
			t.Errorf("destination is owed %d, leased until %v, want nothing, and asleep", len(d.owed), d.until)
		}
	})
}

func TestAFailingReceiverIsTriedOnSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		w.loop.Tick = time.Second
		w.net.answer = func(*http.Request, int64) (int, error) { return 503, nil }
		stop := w.running(t)
		w.store.publish(1, 10, "a")
		after(100 * time.Hour)
		stop()
		onSchedule(t, w)
		d := w.store.read(1)
		if d.lease.Destination.State != turnstone.DestinationInactive || len(d.owed) != 1 {
			t.Errorf("destination is %s and owed %d, want inactive, and the event waiting", d.lease.Destination.State, len(d.owed))
		}
		if p := d.lease.Destination.Problem; !strings.Contains(p, "503") || !strings.Contains(p, "given up after 10 attempts of event 10") {
			t.Errorf("problem = %q, want the status and the remedy", p)
		}
		for i, a := range d.attempts {
			if a.Number != i+1 || a.Status != 503 || a.Problem == "" || a.EventID != 10 {
				t.Errorf("attempt %d = %+v, want its number, status and problem", i+1, a)
			}
		}
	})
}

// onSchedule fails the test unless event 10 was posted on the default schedule.
func onSchedule(t *testing.T, w *world) {
	t.Helper()
	got := w.net.times(10)
	want := append([]time.Duration{0}, deliver.DefaultSchedule...)
	if len(got) != len(want) {
		t.Fatalf("%d attempts at %v, want %d", len(got), got, len(want))
	}
	for i, delay := range want {
		if got[i] < delay || got[i] > delay+delay/10+w.loop.Tick {
			t.Errorf("attempt %d came after %v, want %v to a tenth more", i+1, got[i], delay)
		}
	}
}

func TestARecoveryHastensWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		var down sync.Map
		down.Store("down", true)
		w.net.answer = func(*http.Request, int64) (int, error) {
			if _, is := down.Load("down"); is {
				return 0, errors.New("connection refused")
			}
			return 204, nil
		}
		stop := w.running(t)
		defer stop()
		for id := range int64(40) {
			w.store.publish(1, id+1, fmt.Sprint(id))
		}
		after(time.Hour)
		if owes := w.store.owes(1); owes != 40 {
			t.Fatalf("destination is owed %d, want all 40", owes)
		}
		down.Clear()
		w.store.publish(1, 100, "news")
		after(time.Second)
		if owes := w.store.owes(1); owes > 0 {
			t.Errorf("destination is owed %d after an event arrived, want 0", owes)
		}
		if d := w.store.read(1).lease.Destination; d.Failures != 0 || d.Problem != "" {
			t.Errorf("destination has %d failures, %q, want it well", d.Failures, d.Problem)
		}
	})
}

// owedNothing fails the test if one of the destinations is owed an event.
func (w *world) owedNothing(t *testing.T, first, last int64) {
	t.Helper()
	for d := first; d <= last; d++ {
		if owes := w.store.owes(d); owes > 0 {
			t.Fatalf("destination %d is owed %d, want nothing", d, owes)
		}
	}
}

func TestADeadReceiverCostsOneConnectionAndDelaysNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const dead, all = 40, 50
		var destinations []turnstone.Destination
		for id := range int64(all) {
			destinations = append(destinations, to(id+1))
		}
		w := newWorld(destinations...)
		w.net.answer = func(r *http.Request, _ int64) (int, error) {
			var n int
			if _, err := fmt.Sscanf(r.URL.Host, "r%d.", &n); err != nil || n <= dead {
				return 0, busy(r.Context(), time.Hour)
			}
			return 200, nil
		}
		stop := w.running(t)
		defer stop()
		publish := func(n int64) {
			for d := range int64(all) {
				w.store.publish(d+1, n*all+d, fmt.Sprint(n))
			}
		}
		for n := range int64(5) {
			publish(n)
		}
		after(2 * time.Minute) // by now the dead ones are known
		w.net.mu.Lock()
		clear(w.net.busiest)
		w.net.mu.Unlock()
		for n := range int64(20) {
			publish(5 + n)
			after(10 * time.Second)
			w.owedNothing(t, dead+1, all)
		}
		for id := range dead {
			if _, n := w.net.load(fmt.Sprintf("r%d.example", id+1)); n != 1 {
				t.Errorf("dead receiver %d had %d connections at a time, want 1", id+1, n)
			}
		}
	})
}

func TestGoneDeactivates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		w.net.answer = func(*http.Request, int64) (int, error) { return http.StatusGone, nil }
		stop := w.running(t)
		defer stop()
		w.store.publish(1, 10, "a")
		w.store.publish(1, 11, "a")
		after(time.Hour)
		d := w.store.read(1)
		if len(w.net.got()) != 1 || d.lease.Destination.State != turnstone.DestinationInactive || len(d.owed) != 2 {
			t.Errorf("%d posts, destination %s, owed %d, want 1, inactive, 2", len(w.net.got()), d.lease.Destination.State, len(d.owed))
		}
		if !strings.Contains(d.lease.Destination.Problem, "410 Gone") {
			t.Errorf("problem = %q, want the reason", d.lease.Destination.Problem)
		}
	})
}

func TestSeveralObjectsAreInFlightAndOneIsNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1), to(2))
		w.net.answer = func(r *http.Request, _ int64) (int, error) { return 200, busy(r.Context(), time.Second) }
		stop := w.running(t)
		defer stop()
		for id := range int64(100) {
			w.store.publish(1, id+1, fmt.Sprint(id))
			w.store.publish(2, id+101, "same")
		}
		after(8 * time.Second)
		_, most := w.net.load("r1.example")
		if owes := w.store.owes(1); owes > 0 || most != deliver.DefaultConcurrency {
			t.Errorf("100 objects: owed %d after 8 s with %d at a time, want 0 with %d", owes, most, deliver.DefaultConcurrency)
		}
		if _, n := w.net.load("r2.example"); n != 1 {
			t.Errorf("one object: %d posts at a time, want 1", n)
		}
	})
}

func TestAnEventOfManyObjectsWaitsForAllOfThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		w.net.answer = func(r *http.Request, id int64) (int, error) {
			return 200, busy(r.Context(), time.Duration(10-id)*time.Second)
		}
		w.store.publish(1, 1, "a")
		w.store.publish(1, 2, "b")
		w.store.publish(1, 3, "a", "b", "a")
		w.store.publish(1, 4, "b", "c")
		w.store.publish(1, 5, "d")
		stop := w.running(t)
		defer stop()
		after(time.Minute)
		var ids []int64
		for _, p := range w.net.got() {
			ids = append(ids, p.id)
		}
		first := ids[:3]
		slices.Sort(first)
		if want := []int64{1, 2, 5, 3, 4}; !slices.Equal(ids, want) {
			t.Errorf("events were posted in the order %v, want %v", ids, want)
		}
	})
}

// inOrder returns what is wrong with the order of the posts: per object, no event
// may be posted before the earlier ones succeeded.
func inOrder(posts []post, objects map[int64][]string) error {
	made, last := make(map[int64]bool), make(map[string]int64)
	for _, p := range posts {
		if made[p.id] {
			return fmt.Errorf("event %d was posted after it had succeeded", p.id)
		}
		for _, o := range objects[p.id] {
			if earlier := last[o]; earlier > p.id || earlier != 0 && earlier != p.id && !made[earlier] {
				return fmt.Errorf("event %d of %s was posted while event %d was not done", p.id, o, earlier)
			}
			last[o] = p.id
		}
		made[p.id] = p.good
	}
	for id := range objects {
		if !made[id] {
			return fmt.Errorf("event %d never arrived", id)
		}
	}
	return nil
}

// stream is a stream of events to one destination, and a receiver that fails now
// and then. It is drawn as a whole: rapid does not work inside a bubble.
type stream struct {
	concurrency int
	bad         int // failures in a hundred
	seed        uint64
	objects     map[int64][]string
	pauses      []time.Duration // after each event
	rings       []bool
}

func drawStream(t *rapid.T) stream {
	s := stream{
		concurrency: rapid.IntRange(1, 8).Draw(t, "concurrency"),
		bad:         rapid.IntRange(0, 60).Draw(t, "failures in a hundred"),
		seed:        rapid.Uint64().Draw(t, "seed"),
		objects:     make(map[int64][]string),
	}
	names := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f"}), 1, 3)
	for id := range int64(rapid.IntRange(1, 60).Draw(t, "events")) {
		s.objects[id+1] = names.Draw(t, "objects")
		s.pauses = append(s.pauses, time.Duration(rapid.IntRange(0, 200).Draw(t, "pause"))*time.Millisecond)
		s.rings = append(s.rings, rapid.Bool().Draw(t, "ring"))
	}
	return s
}

// answers returns what a receiver does with each post.
func (s stream) answers() func(*http.Request, int64) (int, error) {
	random := rand.New(rand.NewPCG(s.seed, 0))
	var mu sync.Mutex
	draw := func(n int) int {
		mu.Lock()
		defer mu.Unlock()
		return random.IntN(n)
	}
	return func(r *http.Request, _ int64) (int, error) {
		if err := busy(r.Context(), time.Duration(draw(300))*time.Millisecond); err != nil {
			return 0, err
		}
		if draw(100) < s.bad {
			return []int{302, 400, 404, 429, 500}[draw(5)], nil
		}
		return 200, nil
	}
}

func TestOrderPerObjectSurvivesFailures(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := drawStream(rt)
		var posts []post
		givenUp := false
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(to(1))
			w.loop.Concurrency, w.loop.Tick, w.net.answer = s.concurrency, time.Second, s.answers()
			stop := w.running(t)
			for i, pause := range s.pauses {
				w.store.publish(1, int64(i+1), s.objects[int64(i+1)]...)
				if s.rings[i] {
					w.loop.Bell.Ring(1)
				}
				after(pause)
			}
			for range 60 * 100 { // hours: each event may need the whole schedule, one after another
				if w.store.owes(1) > 0 && w.store.read(1).lease.Destination.State == turnstone.DestinationActive {
					after(time.Hour)
				}
			}
			stop()
			posts = w.net.got()
			givenUp = w.store.read(1).lease.Destination.State == turnstone.DestinationInactive
		})
		if givenUp {
			return // after a schedule of failures, with events that never arrived
		}
		if err := inOrder(posts, s.objects); err != nil {
			rt.Fatal(err)
		}
	})
}
