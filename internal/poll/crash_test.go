package poll_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"turnstone"
	"turnstone/internal/hub"
)

// script lets a vendor change things in three steps, each followed by a poll of
// several pages, and returns what was told. Between the steps whatever broke is
// mended.
func script(t *testing.T, w *world) []string {
	t.Helper()
	w.vendor.page = func(call int, _ *hub.Page) error {
		if call == 3 {
			return &turnstone.VendorError{Action: turnstone.VendorWait, Wait: time.Second}
		}
		return nil
	}
	for step := range 3 {
		w.clock = start.Add(time.Duration(step) * 10 * time.Minute)
		for i := range 5 {
			if (i+step)%3 > 0 {
				w.change(string(rune('a'+i)), fmt.Sprint(step))
			}
		}
		w.settle(t)
	}
	return w.store.told()
}

// settle polls until a poll is complete and no rescan is under way, and starts the
// process again when it died.
func (w *world) settle(t *testing.T) {
	t.Helper()
	for range 60 {
		if due := w.store.lease.Poller.NextAt; due.After(w.clock) {
			w.clock = due
		}
		before := len(w.store.polls)
		leases, err := w.store.ClaimPollers(t.Context(), 1, time.Minute)
		if err == nil && len(leases) == 1 {
			w.loop.Poll(t.Context(), leases[0])
		}
		if len(w.store.polls) > before && w.store.last().Outcome == turnstone.PollComplete && w.store.lease.Poller.Memo.Rescan.Kind == "" {
			return
		}
		w.store.restart()
	}
	t.Fatalf("no poll is complete; the last is %+v", w.store.last())
}

// troubles lets the store fail at its n-th call.
func troubles() map[string]func(n int) func(call int, done bool) error {
	broken := errors.New("connection lost")
	return map[string]func(n int) func(call int, done bool) error{
		"a call fails": func(n int) func(int, bool) error {
			return func(call int, done bool) error { return when(call == n && !done, broken) }
		},
		"a call fails after it was done": func(n int) func(int, bool) error {
			return func(call int, done bool) error { return when(call == n && done, broken) }
		},
		"the process dies before a call": func(n int) func(int, bool) error {
			return func(call int, done bool) error { return when(call >= n && !done, broken) }
		},
		"the process dies after a call": func(n int) func(int, bool) error {
			return func(call int, done bool) error { return when(call > n || call == n && done, broken) }
		},
		"the lease is lost": func(n int) func(int, bool) error {
			return func(call int, done bool) error { return when(call == n && !done, turnstone.ErrLeaseLost) }
		},
	}
}

func TestAFailureOfTheStoreAnywhereChangesNoEvent(t *testing.T) {
	windows := map[string]string{
		"of changes alone": deals,
		// Most pages of which change nothing, and are not committed.
		"of an hour": strings.TrimSuffix(deals, "}") + `,"overlap":3600}`,
	}
	for window, configuration := range windows {
		calm := newWorld(t, "deals", configuration)
		want := script(t, calm)
		if len(want) < 8 || calm.store.calls < 20 {
			t.Fatalf("the script tells %d changes in %d calls, which proves little", len(want), calm.store.calls)
		}
		for name, trouble := range troubles() {
			t.Run(name+" in a window "+window, func(t *testing.T) {
				for n := 1; n <= calm.store.calls; n++ {
					w := newWorld(t, "deals", configuration)
					w.store.trouble = trouble(n)
					if got := script(t, w); !slices.Equal(got, want) {
						t.Fatalf("with trouble at call %d the events tell\n%q, want\n%q", n, got, want)
					}
					w.uniqueIDs(t)
				}
			})
		}
	}
}

func when(condition bool, err error) error {
	if condition {
		return err
	}
	return nil
}

// uniqueIDs fails the test if two events have the same id or key.
func (w *world) uniqueIDs(t testing.TB) {
	t.Helper()
	ids, keys := make(map[int64]bool), make(map[string]bool)
	for _, e := range w.store.events {
		if ids[e.ID] || keys[e.Key] {
			t.Fatalf("event %d %q stands twice", e.ID, e.Key)
		}
		ids[e.ID], keys[e.Key] = true, true
	}
}

// Whatever a vendor, its clock and the network do, what it shows for longer than
// an interval is told, once, and in order.
func TestNothingIsMissedAndNothingInvented(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, "deals", deals)
		w.vendor.skew = time.Duration(rapid.IntRange(-7200, 7200).Draw(rt, "skew")) * time.Second
		w.vendor.layout = rapid.SampledFrom([]string{stamp, seconds}).Draw(rt, "layout")
		w.vendor.size = rapid.IntRange(1, 4).Draw(rt, "page size")
		w.vendor.page = func(int, *hub.Page) error {
			w.pass(time.Duration(rapid.IntRange(0, 40).Draw(rt, "answer takes")) * time.Second)
			switch rapid.IntRange(0, 9).Draw(rt, "answer") {
			case 0:
				return &turnstone.VendorError{Action: turnstone.VendorWait, Wait: 3 * time.Second}
			case 1:
				return &turnstone.VendorError{Action: turnstone.VendorRetry, Status: 502}
			case 2:
				return &turnstone.VendorError{Action: turnstone.VendorRestart, Status: 400}
			}
			return nil
		}
		newest := make(map[string]time.Time) // when the newest version of an object becomes visible
		w.pass(time.Minute)                  // what the vendor's clock is cannot be told to less than an answer takes
		for step := range rapid.IntRange(1, 12).Draw(rt, "steps") {
			for range rapid.IntRange(0, 5).Draw(rt, "changes") {
				w.pass(time.Duration(rapid.IntRange(0, 2000).Draw(rt, "ms")) * time.Millisecond)
				id := string(rune('a' + rapid.IntRange(0, 5).Draw(rt, "object")))
				late := w.clock.Add(time.Duration(rapid.IntRange(0, 4).Draw(rt, "late")) * time.Second)
				if late.Before(newest[id]) {
					late = newest[id] // a vendor does not show versions out of order
				}
				newest[id] = late
				w.keep(version{id: id, content: fmt.Sprint(step), visible: late})
			}
			w.poll(t.Context())
		}
		w.vendor.page = nil
		w.pass(5 * time.Second) // until all is visible
		w.settle(t)             // the sweep under way, which may be past the last changes
		w.settle(t)
		check(rt, w)
	})
}

// check compares what was told with the vendor's history.
func check(rt *rapid.T, w *world) {
	w.uniqueIDs(w.t)
	order := make(map[string]int) // of the versions
	last := make(map[string]string)
	created := make(map[string]version)
	for i, v := range w.vendor.history {
		if _, ok := created[v.id]; !ok {
			created[v.id] = v
		}
		record := string(w.vendor.record(v, created[v.id]))
		if _, ok := order[v.id+" "+record]; !ok {
			order[v.id+" "+record] = i
		}
		last[v.id] = record
	}
	told := make(map[string]int) // object → its last version told
	got := make(map[string]string)
	for _, text := range w.store.told() {
		op, id, record := split(text)
		at, real := order[id+" "+record]
		if before, again := told[id]; !real || again && before >= at || (op == "CREATED") == again {
			rt.Fatalf("invented, repeated or out of order: %s", text)
		}
		told[id], got[id] = at, record
	}
	for id, record := range last {
		if got[id] != record {
			rt.Fatalf("missed %s, last told %s", record, got[id])
		}
	}
}
