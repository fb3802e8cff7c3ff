package poll_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/hub"
)

// aged returns a world whose vendor has objects from an hour and a minute before
// polling was enabled, ten minutes apart.
func aged(t testing.TB, resource, configuration string) *world {
	w := newWorld(t, resource, configuration)
	for i, id := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		w.clock = start.Add(-61*time.Minute + time.Duration(i)*10*time.Minute)
		w.change(id, "0")
	}
	w.clock = start
	return w
}

// rescan asks for a rescan now, as the store does for a client.
func (w *world) rescan(kind turnstone.RescanKind, since time.Time) {
	w.pass(time.Second)
	p := &w.store.lease.Poller
	p.Memo.Rescan = turnstone.Rescan{Kind: kind, Since: since, AskedAt: w.clock}
	p.NextAt = w.clock
}

func TestABackfillTellsWhatIsOlderThanThePolling(t *testing.T) {
	tests := map[string]struct {
		backfill string
		want     []string
	}{
		"none": {`"none"`, nil},
		"all":  {`"all"`, []string{"CREATED g 0", "CREATED a 0", "CREATED b 0", "CREATED c 0", "CREATED d 0", "CREATED e 0", "CREATED f 0"}},
		"from a date": {
			`"` + start.Add(-25*time.Minute).Format(time.RFC3339) + `"`,
			[]string{"CREATED g 0", "CREATED e 0", "CREATED f 0"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := aged(t, "deals", with(deals, `"backfill":`+tt.backfill))
			got := w.poll(t.Context())
			w.tells(tt.want...)
			if got.Outcome != turnstone.PollComplete || w.store.lease.Poller.Memo.Rescan.Kind != "" {
				t.Errorf("poll = %s, rescan %+v, want complete, none left", got.Outcome, w.store.lease.Poller.Memo.Rescan)
			}
			asked := len(w.vendor.calls)
			w.change("new", "1")
			w.poll(t.Context())
			w.tells(append(tt.want, "CREATED new 1")...)
			if n := len(w.vendor.calls) - asked; n != 1 {
				t.Errorf("the second poll asks for %d pages, want the live window alone", n)
			}
		})
	}
}

func TestAResourceThatIsReadWholeIsBackfilledByItsFirstSweep(t *testing.T) {
	w := aged(t, "colours", with(colours, `"backfill":"all"`))
	w.vendor.undated = true
	w.poll(t.Context())
	w.tells("CREATED a 0", "CREATED b 0", "CREATED c 0", "CREATED d 0", "CREATED e 0", "CREATED f 0", "CREATED g 0")
	if n := len(w.vendor.calls); n != 4 {
		t.Errorf("asked for %d pages, want each of 4 once", n)
	}
}

func TestARescanGivesWayToTheLiveWindow(t *testing.T) {
	w := aged(t, "deals", with(deals, `"backfill":"all","overlap":0`))
	w.vendor.size = 1
	w.vendor.page = func(int, *hub.Page) error { w.pass(8 * time.Second); return nil }
	var lives, slices int
	for range 30 {
		cursor := w.store.lease.Poller.Cursor
		got := w.poll(t.Context())
		if !w.store.lease.Poller.Cursor.Equal(cursor) {
			lives++
		}
		if got.Details.Rescan == turnstone.RescanBackfill {
			slices++
		}
		if got.Took > 30*time.Second {
			t.Errorf("a poll took %v, want a page of the live window and a slice of 10 s", got.Took)
		}
		if got.Details.RescanDone {
			break
		}
	}
	if p := w.store.lease.Poller; p.Memo.Rescan.Kind != "" || lives < 2 || slices < 3 {
		t.Errorf("rescan %+v after %d live sweeps and %d slices, want it done in several, beside the live window", p.Memo.Rescan, lives, slices)
	}
	if told := w.store.told(); len(told) != 7 {
		t.Errorf("%d changes told, want 7: %q", len(told), told)
	}
}

func TestAThrottledRescanKeepsItsPlace(t *testing.T) {
	w := aged(t, "deals", with(deals, `"backfill":"all"`))
	w.vendor.page = func(call int, _ *hub.Page) error {
		if call == 3 { // the second page of the rescan
			return &turnstone.VendorError{Action: turnstone.VendorWait, Wait: 30 * time.Second}
		}
		return nil
	}
	got, p := w.poll(t.Context()), w.store.lease.Poller
	if got.Outcome != turnstone.PollThrottled || p.Cursor.IsZero() || p.Failures != 0 || p.NextAt.Sub(w.clock) != 30*time.Second {
		t.Errorf("poll = %s, cursor %v, failures %d, next in %v, want throttled, moved, 0, 30s", got.Outcome, p.Cursor, p.Failures, p.NextAt.Sub(w.clock))
	}
	for range 3 {
		w.poll(t.Context())
	}
	var whole []string // the pages of the rescan
	for _, r := range w.vendor.calls {
		if strings.Contains(r.Where, "'1970-") {
			whole = append(whole, r.Next)
		}
	}
	if want := []string{"", "2", "2", "4", "6"}; !slices.Equal(whole, want) {
		t.Errorf("the rescan asks for pages %q, want %q", whole, want)
	}
}

func TestAFailingRescanHidesNothing(t *testing.T) {
	w := aged(t, "deals", with(deals, `"backfill":"all"`))
	broken := true
	w.vendor.page = func(call int, _ *hub.Page) error {
		if broken && strings.Contains(w.vendor.calls[call-1].Where, "'1970-") {
			return errors.New("half a body")
		}
		return nil
	}
	for range 120 {
		before := w.clock
		w.poll(t.Context())
		w.well()
		if wait := w.clock.Sub(before); wait > time.Minute {
			t.Fatalf("the live window waits %v for a rescan that fails, want its interval", wait)
		}
	}
	r := w.store.lease.Poller.Memo.Rescan
	if r.Failures < 10 || !strings.Contains(r.Problem, "half a body") || r.RetryAt.IsZero() {
		t.Errorf("rescan = %+v, want its own failures, the problem and when it is tried again", r)
	}
	if last := w.store.last(); last.Outcome != turnstone.PollComplete {
		t.Errorf("last poll = %s, want complete", last.Outcome)
	}
	broken = false
	w.clock = r.RetryAt
	w.change("new", "1")
	w.settle(t)
	w.settle(t)
	if told := w.store.told(); len(told) != 8 || w.store.lease.Poller.Memo.Rescan.Kind != "" {
		t.Errorf("told %q, want the backfill and the news", told)
	}
}

// well fails the test unless the poller shows no sign of failure.
func (w *world) well() {
	w.t.Helper()
	if p := w.store.lease.Poller; p.State != turnstone.PollerActive || p.Failures != 0 || p.Problem != "" {
		w.t.Fatalf("the poller is %s with %d failures, %q, want it well", p.State, p.Failures, p.Problem)
	}
}

func TestABackfillThatIsNoLongerWantedStops(t *testing.T) {
	w := aged(t, "deals", with(deals, `"backfill":"all"`))
	w.vendor.page = func(call int, _ *hub.Page) error {
		if call == 3 {
			return &turnstone.VendorError{Action: turnstone.VendorWait, Wait: time.Second}
		}
		return nil
	}
	w.poll(t.Context())
	told := len(w.store.told())
	w.store.lease.Poller.Configuration = deals
	w.poll(t.Context())
	if r := w.store.lease.Poller.Memo.Rescan; r.Kind != "" || len(w.store.told()) != told {
		t.Errorf("rescan = %+v with %d changes told, want none and %d", r, len(w.store.told()), told)
	}
}

func TestAReplayTellsAgainWhatChangedSince(t *testing.T) {
	w := aged(t, "deals", deals)
	w.poll(t.Context())
	w.tells()
	w.change("new", "1")
	w.poll(t.Context())
	cursor := w.store.lease.Poller.Cursor
	w.rescan(turnstone.RescanReplay, start.Add(-25*time.Minute))
	for w.store.lease.Poller.Memo.Rescan.Kind != "" {
		w.poll(t.Context())
	}
	w.tells("CREATED new 1", "CREATED e 0", "CREATED f 0", "CREATED g 0", "CREATED new 1")
	if s := w.store.sightings[len(w.store.sightings)-1]; s.Reason != turnstone.ReasonReplay || s.EventID == 0 {
		t.Errorf("last sighting = %+v, want a replay with its event", s)
	}
	if got := w.store.lease.Poller.Cursor; got.Before(cursor) {
		t.Errorf("cursor = %v, want it not before %v", got, cursor)
	}
}

// The vendor may forget its page tokens at any time.
func TestAReplayThatBeginsAgainTellsNothingTwice(t *testing.T) {
	w := aged(t, "deals", deals)
	w.poll(t.Context())
	w.rescan(turnstone.RescanReplay, start.Add(-2*time.Hour))
	restarted := false
	w.vendor.page = func(call int, _ *hub.Page) error {
		if w.vendor.calls[call-1].Next == "4" && !restarted {
			restarted = true
			return &turnstone.VendorError{Action: turnstone.VendorRestart, Status: 400}
		}
		return nil
	}
	for range 5 {
		w.poll(t.Context())
	}
	if !restarted || w.store.lease.Poller.Memo.Rescan.Kind != "" {
		t.Fatalf("restarted %t, rescan %+v, want a replay that began again and is done", restarted, w.store.lease.Poller.Memo.Rescan)
	}
	w.tells("CREATED a 0", "CREATED b 0", "CREATED c 0", "CREATED d 0", "CREATED e 0", "CREATED f 0", "CREATED g 0")
}
