package poll_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"turnstone"
	"turnstone/internal/hub"
	"turnstone/internal/poll"
)

// settled returns a world in which ten objects on five pages are known and do not
// change, but stay in the window.
func settled(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, "deals", deals)
	for _, id := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"} {
		w.change(id, "1")
	}
	w.poll(t.Context())
	w.store.commits, w.vendor.calls = nil, nil
	return w
}

func TestPagesThatChangeNothingAreNotWritten(t *testing.T) {
	w := settled(t)
	got := w.poll(t.Context())
	if got.Outcome != turnstone.PollComplete || got.Pages != 5 || got.Unchanged != 10 {
		t.Errorf("poll = %s with %d pages, %d unchanged, want complete with 5, 10", got.Outcome, got.Pages, got.Unchanged)
	}
	if n := len(w.store.commits); n != 1 {
		t.Errorf("%d commits, want the end of the poll alone", n)
	}
}

func TestAPageThatChangesSomethingIsWrittenAtOnce(t *testing.T) {
	w := settled(t)
	w.change("e", "2")
	w.vendor.page = func(call int, _ *hub.Page) error {
		if written := len(w.store.commits); written != 0 && call <= 3 || written != 1 && call > 3 {
			t.Errorf("%d commits when page %d is asked for, want one after the third page", written, call)
		}
		return nil
	}
	w.poll(t.Context())
	if n := len(w.store.commits); n != 2 {
		t.Errorf("%d commits, want the third page and the end of the poll", n)
	}
}

func TestAPollThatWritesNothingGoesOnWhereItStood(t *testing.T) {
	tests := map[string]struct {
		err  error
		want []string // the pages asked for in the end
	}{
		"after a wait":   {&turnstone.VendorError{Action: turnstone.VendorWait}, []string{"", "2", "4", "4", "6", "8"}},
		"after an error": {errors.New("connection reset"), []string{"", "2", "4", "4", "6", "8"}},
		// The fence is all that tells: nothing is written, and all read again.
		"by another node": {turnstone.ErrLeaseLost, []string{"", "2", "4", "", "2", "4", "6", "8"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := settled(t)
			w.vendor.page = func(call int, _ *hub.Page) error { return when(call == 3, tt.err) }
			w.poll(t.Context())
			w.store.until = time.Time{}
			w.poll(t.Context())
			w.asked(tt.want...)
		})
	}
}

// An answer may take 90 s, of which the poll does not know before.
func TestTheLeaseIsLongEnoughForEachPage(t *testing.T) {
	w := settled(t)
	w.vendor.page = func(call int, _ *hub.Page) error {
		if left := w.store.until.Sub(w.clock); left < 90*time.Second {
			t.Errorf("the lease has %v left when page %d is asked for, want 90s at least", left, call)
		}
		w.pass(20 * time.Second)
		return nil
	}
	w.poll(t.Context())
	var pages []int
	for _, c := range w.store.commits {
		pages = append(pages, c.Sweep.Pages)
	}
	if len(pages) != 3 || pages[0] != 2 || pages[1] != 4 {
		t.Errorf("committed after pages %v of 20 s each, want after every second and at the end", pages)
	}
}

func TestAProcessThatStoodStillAsksForNothingMore(t *testing.T) {
	w := settled(t)
	var got poll.Report
	w.loop.Observe = func(r poll.Report) { got = r }
	w.vendor.page = func(call int, _ *hub.Page) error {
		if call == 2 {
			w.pass(poll.DefaultLease + time.Second)
			w.store.until = time.Time{} // another node may be polling
		}
		return nil
	}
	w.poll(t.Context())
	if len(w.vendor.calls) != 2 || len(w.store.commits) != 0 {
		t.Errorf("asked for %d pages, wrote %d times, want 2 and nothing", len(w.vendor.calls), len(w.store.commits))
	}
	if !errors.Is(got.Err, turnstone.ErrLeaseLost) {
		t.Errorf("reported %v, want that the lease is lost", got.Err)
	}
}

func TestAProcessThatStoodStillAfterItsClaimAsksForNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "deals", deals)
		w.store.trouble = func(call int, done bool) error {
			if call == 1 && done {
				after(poll.DefaultLease) // the claim is made, and we are frozen
			}
			return nil
		}
		var ends []error
		w.loop.Observe = func(r poll.Report) {
			if ends = append(ends, r.Err); len(ends) == 1 && len(w.vendor.calls) != 0 {
				t.Errorf("asked for %d pages under a lease that had run out, want none", len(w.vendor.calls))
			}
		}
		stop := w.running(t)
		after(poll.DefaultLease + time.Second)
		stop()
		if len(ends) != 2 || !errors.Is(ends[0], turnstone.ErrLeaseLost) || ends[1] != nil {
			t.Errorf("the polls end with %v, want a lease lost, then none", ends)
		}
	})
}

// A vendor may take longer than the lease of a node that is to be replaced quickly;
// nobody else may begin anew meanwhile, again and again.
func TestALeaseIsKeptWhileTheVendorTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "deals", deals)
		w.loop.Now, w.store.clock, w.loop.Lease = time.Now, time.Now, 3*time.Second
		w.store.lease.Poller.NextAt = time.Now()
		w.loop.Source = slow{w.vendor, func() time.Duration { return 20 * time.Second }}
		stop := w.running(t)
		after(25 * time.Second)
		stop()
		if got := w.store.last(); len(w.store.starts) != 1 || got.Outcome != turnstone.PollComplete || got.Took != 20*time.Second {
			t.Errorf("%d claims, the last poll is %s after %v, want one, complete after 20s", len(w.store.starts), got.Outcome, got.Took)
		}
	})
}

func TestEachPollIsReportedOnce(t *testing.T) {
	broken := errors.New("connection reset")
	tests := map[string]struct {
		vendor, store error
		outcome       turnstone.PollOutcome
		want          error
	}{
		"complete":  {nil, nil, turnstone.PollComplete, nil},
		"throttled": {&turnstone.VendorError{Action: turnstone.VendorWait}, nil, turnstone.PollThrottled, nil},
		"failed":    {broken, nil, turnstone.PollFailed, broken},
		"unsettled": {broken, errStore, turnstone.PollFailed, errStore},
		"lost":      {broken, turnstone.ErrLeaseLost, turnstone.PollFailed, turnstone.ErrLeaseLost},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "deals", deals)
			var got []poll.Report
			w.loop.Observe = func(r poll.Report) { got = append(got, r) }
			w.vendor.page = func(int, *hub.Page) error { return tt.vendor }
			w.store.trouble = func(call int, _ bool) error { return when(call > 1, tt.store) }
			w.poll(t.Context())
			if len(got) != 1 || got[0].Poll.Outcome != tt.outcome || !errors.Is(got[0].Err, tt.want) || got[0].Lease.Poller.ID != 5 {
				t.Errorf("reported %+v, want once, %s, %v", got, tt.outcome, tt.want)
			}
		})
	}
}
