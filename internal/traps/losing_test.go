package traps_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"turnstone"
)

// Traps 1 to 10: how records are lost.

func TestTrap01TiesAtTheCursorAreNotLost(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, w *world) {
		w.desk.unit, w.desk.layout = time.Second, "2006-01-02T15:04:05"
		w.connect("desk", polling("tickets"))
		w.poll()
		w.await()
		tie := w.desk.now()
		w.desk.keep(revision{id: "a", text: "1", stamp: tie})
		w.poll()
		w.desk.keep(revision{id: "a", text: "2", stamp: tie})
		w.desk.keep(revision{id: "b", text: "1", stamp: tie})
		w.poll()
		w.tells("CREATED a 1", "UPDATED a 2", "CREATED b 1")
	})
}

func TestTrap02RecordsThatBecomeVisibleLateAreNotLost(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, w *world) {
		w.connect("desk", polling("tickets"))
		w.poll()
		w.desk.keep(revision{id: "a", text: "1", late: 3 * time.Minute})
		w.polls(2)
		w.tells()
		w.polls(3)
		w.tells("CREATED a 1")
		lag := w.poller().Memo.Lag.Counts // by how many seconds: up to 1, 2, 4, ...
		if len(lag) < 8 || slices.Max(lag[7:]) != 1 {
			t.Errorf("lag = %v, want one change that was late by more than a minute", lag)
		}
	})
}

func TestTrap03RecordsThatShiftBetweenPagesAreNotLost(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, w *world) {
		w.connect("desk", polling("notes", `"pageSize":2`))
		for _, id := range []string{"a", "b", "c", "d"} {
			w.clock.pass(time.Second)
			w.desk.set(id, "1")
		}
		w.desk.script = func(_ http.ResponseWriter, r *http.Request) bool {
			if r.URL.Query().Get("page") == "2" {
				w.desk.script = nil
				w.clock.pass(time.Second)
				w.desk.set("a", "2") // goes to the end, and c to the page that was read
			}
			return false
		}
		w.poll()
		w.tells("CREATED a 1", "CREATED b 1", "CREATED d 1", "UPDATED a 2")
		w.poll()
		w.tells("CREATED a 1", "CREATED b 1", "CREATED d 1", "UPDATED a 2", "CREATED c 1")
	})
}

func TestTrap04EditsLeaveNoGap(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, w *world) {
		w.connect("desk", polling("tickets", `"overlap":0`))
		w.polls(2)
		cursor := w.poller().Cursor
		w.desk.set("a", "1")
		w.clock.pass(time.Hour)
		w.edit(map[string]string{turnstone.KeyRefreshInterval: "5"})
		w.edit(polling("tickets", `"overlap":0`, `"pageSize":7`, `"ignoreFields":["views"]`))
		if err := w.api.Disable(t.Context(), w.owner.AccountID, w.id); err != nil {
			t.Fatal(err)
		}
		w.desk.set("b", "1")
		w.clock.pass(time.Hour)
		w.edit(map[string]string{turnstone.KeyEventsEnabled: "false"})
		w.edit(map[string]string{turnstone.KeyEventsEnabled: "true"})
		if err := w.api.Enable(t.Context(), w.owner.AccountID, w.id); err != nil {
			t.Fatal(err)
		}
		if p := w.poller(); !p.Cursor.Equal(cursor) || p.State != turnstone.PollerActive {
			t.Fatalf("poller = %s with cursor %v, want active with %v", p.State, p.Cursor, cursor)
		}
		w.poll()
		w.tells("CREATED a 1", "CREATED b 1")
	})
}

func TestTrap05ADateInTheFutureHidesNothing(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, w *world) {
		w.connect("desk", polling("tickets"))
		w.desk.keep(revision{id: "a", text: "1", stamp: w.desk.now().Add(24 * time.Hour)})
		w.polls(2)
		if cursor := w.poller().Cursor; cursor.After(w.desk.now()) {
			t.Errorf("cursor = %v, want it not ahead of the vendor's clock, %v", cursor, w.desk.now())
		}
		w.desk.set("b", "1")
		w.poll()
		w.clock.pass(time.Hour)
		w.desk.set("c", "1")
		w.desk.set("a", "2") // with a date that is right, and older
		w.polls(2)
		w.tells("CREATED a 1", "CREATED b 1", "UPDATED a 2", "CREATED c 1")
	})
}

func TestTrap06OurOwnClockIsNoCursor(t *testing.T) {
	for name, skew := range map[string]time.Duration{"the vendor is behind": -10 * time.Minute, "the vendor is ahead": 10 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			onEachDatabase(t, func(t *testing.T, w *world) {
				w.desk.skew = skew
				w.connect("desk", polling("tickets", `"overlap":0`))
				w.clock.pass(time.Second)
				want := []string{}
				for _, id := range []string{"a", "b", "c"} {
					w.desk.set(id, "1")
					w.poll()
					want = append(want, "CREATED "+id+" 1")
				}
				w.tells(want...)
				if ahead := w.poller().Cursor.Sub(w.desk.now()); ahead > 0 || ahead < -time.Second {
					t.Errorf("the cursor is %v ahead of the vendor's clock, want it there", ahead)
				}
			})
		})
	}
}

func TestTrap07NoPrecisionIsLostOnTheWay(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, w *world) {
		w.desk.unit, w.desk.layout = 100*time.Nanosecond, "2006-01-02T15:04:05.0000000"
		w.connect("desk", polling("tickets", `"overlap":0`))
		w.polls(2)
		// Just behind the window's edge, which is known to the second.
		edge := w.poller().Cursor
		w.desk.keep(revision{id: "a", text: "1", stamp: edge.Add(100 * time.Nanosecond)})
		w.poll()
		// Closer together than we keep dates.
		w.await()
		now := w.desk.now()
		w.desk.keep(revision{id: "a", text: "2", stamp: now.Add(100 * time.Nanosecond)})
		w.poll()
		w.desk.keep(revision{id: "a", text: "3", stamp: now.Add(200 * time.Nanosecond)})
		w.poll()
		w.tells("CREATED a 1", "UPDATED a 2", "UPDATED a 3")
	})
}

func TestTrap08ChangesThatBumpNoDateAreFound(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, w *world) {
		configuration := polling("tickets", `"detectDeletes":60`)
		configuration[turnstone.KeyRefreshInterval] = "20"
		w.connect("desk", configuration)
		w.desk.set("a", "1")
		w.desk.set("b", "1")
		w.poll()
		w.desk.rewrite("a", "2") // while the window still shows it
		w.poll()
		w.polls(4)
		w.desk.rewrite("b", "2") // long after
		w.polls(4)               // a census among them
		w.tells("CREATED a 1", "CREATED b 1", "UPDATED a 2", "UPDATED b 2")
	})
}

func TestTrap09PagesThatHoldNothingNewDoNotEndTheReading(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, w *world) {
		for i := range 6 {
			w.desk.keep(revision{id: fmt.Sprint("old", i), text: "1", stamp: w.desk.now().Add(time.Duration(i-100) * time.Hour)})
		}
		w.desk.all = true
		w.connect("desk", polling("notes", `"pageSize":2`))
		w.clock.pass(time.Second)
		w.desk.set("new", "1")
		got := w.poll()
		w.tells("CREATED new 1")
		if got.Pages != 4 || got.Ignored+got.Learned != 6 {
			t.Errorf("%d pages with %d records left out, want 4 with 6", got.Pages, got.Ignored+got.Learned)
		}
		if len(got.Problems) != 1 || !strings.Contains(got.Problems[0], "the vendor ignored the filter") {
			t.Errorf("problems = %q, want the filter named", got.Problems)
		}
	})
}

func TestTrap10NoCapThrowsTheRestAway(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, w *world) {
		w.connect("desk", polling("tickets"))
		w.clock.pass(time.Second)
		var want []string
		for i := range 250 { // of one moment, on three pages
			id := fmt.Sprintf("%03d", i)
			w.desk.set(id, "1")
			want = append(want, "CREATED "+id+" 1")
		}
		w.poll()
		w.tells(want...)
		for _, e := range w.events() {
			if len(e.Objects) > 10 {
				t.Errorf("event %d holds %d changes, want 10 at most", e.ID, len(e.Objects))
			}
		}
		w.deliver(func() bool { return len(w.inbox.got()) == 25 }, w.db)
		taken := w.inbox.taken(t)
		slices.Sort(taken)
		if !slices.Equal(taken, want) {
			t.Errorf("%d changes were delivered, want each of %d once", len(taken), len(want))
		}
	})
}
