package poll_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/hub"
)

// quiet polls a number of times.
func (w *world) quiet(polls int) {
	w.t.Helper()
	for range polls {
		w.poll(w.t.Context())
	}
}

func TestAVendorClockThatIsSetBackHidesNothing(t *testing.T) {
	for _, back := range []time.Duration{10 * time.Second, 4 * time.Minute, time.Hour, 26 * time.Hour} {
		t.Run(back.String(), func(t *testing.T) {
			w := newWorld(t, "deals", with(deals, `"overlap":0`))
			w.change("a", "1")
			w.quiet(3)
			w.pass(20 * time.Second)
			w.vendor.skew = -back // now
			w.pass(time.Second)
			w.change("b", "1") // before the next poll, by the new clock
			w.change("a", "2")
			got := w.poll(t.Context())
			w.tells("CREATED a 1", "UPDATED a 2", "CREATED b 1")
			if len(got.Problems) != 1 || !strings.Contains(got.Problems[0], "further behind ours than at the last complete poll") {
				t.Errorf("problems = %q, want the clock named", got.Problems)
			}
			w.change("a", "3")
			if got := w.poll(t.Context()); len(got.Problems) != 0 {
				t.Errorf("problems of the next poll = %q, want none", got.Problems)
			}
			w.tells("CREATED a 1", "UPDATED a 2", "CREATED b 1", "UPDATED a 3")
		})
	}
}

// The vendor writes its date when it has the answer, which may be long after we asked.
func TestWhatChangesRightAfterASetBackIsNews(t *testing.T) {
	w := newWorld(t, "deals", with(deals, `"overlap":60`))
	w.quiet(1)
	w.vendor.skew = -20 * time.Second // less than a poll ago
	w.change("a", "1")
	w.vendor.page = func(_ int, p *hub.Page) error {
		w.pass(3 * time.Second)
		p.Date, p.Elapsed = p.Date.Add(3*time.Second), 3*time.Second
		return nil
	}
	w.quiet(1)
	w.vendor.page = nil
	w.quiet(1)
	w.tells("CREATED a 1")
}

// What a page showed is known even if its sweep was never completed.
func TestAClockThatWasAheadOnlyForAWhileMakesNothingStale(t *testing.T) {
	w := newWorld(t, "deals", with(deals, `"overlap":14400`))
	w.quiet(2)
	w.vendor.size, w.vendor.skew = 1, 10*time.Minute
	w.change("a", "1")
	w.change("b", "1")
	fails := errors.New("the vendor hangs up")
	w.vendor.page = func(int, *hub.Page) error { return when(len(w.store.versions) > 0, fails) }
	w.quiet(1)
	if got := w.store.last(); got.Outcome != turnstone.PollFailed {
		t.Fatalf("outcome = %s, want failed on the second page", got.Outcome)
	}
	w.vendor.page, w.vendor.skew = nil, 0
	w.change("a", "2")    // dated before "1"
	w.pass(2 * time.Hour) // what was left of the sweep is not gone on with
	w.quiet(3)
	w.tells("CREATED a 1", "UPDATED a 2", "CREATED b 1")
}

// A version that was dated by the old clock looks newer than what follows it, until
// the new clock has passed it by.
func TestDatesThatTheClockWentThroughTwiceMakeNothingStale(t *testing.T) {
	w := newWorld(t, "deals", deals)
	w.quiet(2)
	w.change("a", "1")
	w.quiet(1)
	w.vendor.skew = -3 * time.Minute
	w.pass(time.Second)
	w.change("a", "2") // dated before "1"
	w.quiet(1)
	w.change("b", "1")
	w.quiet(1)
	if doubt := w.store.lease.Poller.Memo.Doubtful; doubt.To.Sub(doubt.From) < 3*time.Minute {
		t.Errorf("doubtful = %+v, want the three minutes", doubt)
	}
	w.quiet(10)
	if doubt := w.store.lease.Poller.Memo.Doubtful; !doubt.To.IsZero() {
		t.Errorf("doubtful ten minutes later = %+v, want nothing", doubt)
	}
	w.tells("CREATED a 1", "UPDATED a 2", "CREATED b 1")
}

func TestASlowAnswerIsNoJumpOfTheClock(t *testing.T) {
	w := newWorld(t, "deals", deals)
	w.quiet(2)
	asked := len(w.vendor.calls)
	w.vendor.page = func(int, *hub.Page) error { w.pass(25 * time.Second); return nil }
	w.quiet(5)
	if n := len(w.vendor.calls) - asked; n != 5 {
		t.Errorf("asked for %d pages in 5 polls, want 5", n)
	}
	for _, p := range w.store.polls {
		if len(p.Problems) != 0 {
			t.Errorf("problems = %q, want none", p.Problems)
		}
	}
}

func TestAFailureOfTheStoreIsNotThatOfTheVendor(t *testing.T) {
	w := newWorld(t, "deals", deals)
	w.change("a", "1")
	for range 150 {
		w.store.trouble = func() func(int, bool) error {
			calls := 0
			return func(_ int, done bool) error {
				if !done {
					calls++
				}
				return when(calls == 2 && !done, errStore) // what is known cannot be read
			}
		}()
		w.poll(t.Context())
		w.store.restart()
	}
	got, p := w.store.last(), w.store.lease.Poller
	if got.Outcome != turnstone.PollFailed || p.State != turnstone.PollerActive || p.Failures != 0 {
		t.Fatalf("poll = %s, poller %s with %d failures, want failed, active, none", got.Outcome, p.State, p.Failures)
	}
	if wait := p.NextAt.Sub(w.clock); wait != 5*time.Second || !strings.Contains(p.Problem, "our own database failed: read known versions: the store is down") {
		t.Errorf("tried again in %v: %q, want 5s, and whose failure it is", wait, p.Problem)
	}
	w.poll(t.Context())
	w.tells("CREATED a 1")
}
