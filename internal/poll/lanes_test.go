package poll_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"turnstone"
	"turnstone/internal/hub"
)

// lanes are worlds in which polls read more than the live window, and what happens
// in them.
func lanes() map[string]func(t *testing.T, w *world) []string {
	return map[string]func(t *testing.T, w *world) []string{
		"a backfill": func(t *testing.T, w *world) []string {
			w.store.lease.Poller.Configuration = with(deals, `"backfill":"all"`)
			return script(t, w)
		},
		"a backfill with diffs": func(t *testing.T, w *world) []string {
			w.store.lease.Poller.Configuration = with(deals, `"backfill":"all"`)
			w.configure(turnstone.KeyDiff, "true")
			return script(t, w)
		},
		"a census": func(t *testing.T, w *world) []string {
			w.store.lease.Poller.Configuration = with(deals, `"detectDeletes":5`)
			return withDeletions(t, w)
		},
		"a census that asks": func(t *testing.T, w *world) []string {
			w.store.lease.Poller.Resource, w.store.lease.Poller.Configuration = "orders", with(orders, `"detectDeletes":5`)
			return withDeletions(t, w)
		},
		"a replay": func(t *testing.T, w *world) []string {
			script(t, w)
			w.rescan(turnstone.RescanReplay, start.Add(-2*time.Hour))
			w.settle(t)
			return w.store.told()
		},
	}
}

// withDeletions goes on after the script with objects that are deleted, of which one
// comes back.
func withDeletions(t *testing.T, w *world) []string {
	script(t, w)
	w.clock = start.Add(40 * time.Minute)
	w.delete("b")
	w.delete("d")
	for step := range 2 {
		w.clock = start.Add(time.Duration(50+10*step) * time.Minute)
		w.settle(t)
	}
	w.clock = start.Add(80 * time.Minute)
	w.change("b", "back")
	w.settle(t)
	return w.store.told()
}

// byObject sorts what was told by its objects, and leaves the order of each: that of
// the lanes depends on when they are read.
func byObject(told []string) []string {
	return slices.SortedStableFunc(slices.Values(told), func(a, b string) int {
		_, idA, _ := split(a)
		_, idB, _ := split(b)
		return strings.Compare(idA, idB)
	})
}

func TestAFailureOfTheStoreInARescanChangesNoEvent(t *testing.T) {
	for lane, play := range lanes() {
		calm := aged(t, "deals", deals)
		want := byObject(play(t, calm))
		if len(want) < 9 || calm.store.calls < 30 {
			t.Fatalf("%s tells %d changes in %d calls, which proves little", lane, len(want), calm.store.calls)
		}
		for name, trouble := range troubles() {
			t.Run(lane+", "+name, func(t *testing.T) {
				for n := 1; n <= calm.store.calls; n++ {
					w := aged(t, "deals", deals)
					w.store.trouble = trouble(n)
					if got := byObject(play(t, w)); !slices.Equal(got, want) {
						t.Fatalf("with trouble at call %d the events tell\n%q, want\n%q", n, got, want)
					}
					w.uniqueIDs(t)
				}
			})
		}
	}
}

// An unruly vendor deletes, lists late, sets its clock back and forth, and lets pages
// shift while they are read; the store fails now and then.
type unruly struct {
	*world
	rt     *rapid.T
	newest map[string]time.Time // when the newest version of an object becomes visible
	gone   map[string]bool
	count  int
}

func newUnruly(t *testing.T, rt *rapid.T) *unruly {
	w := newWorld(t, "orders", with(orders, fmt.Sprintf(`"detectDeletes":%d,"maxDeletedShare":1`, rapid.IntRange(1, 4).Draw(rt, "census"))))
	w.vendor.size = rapid.IntRange(1, 4).Draw(rt, "page size")
	u := &unruly{world: w, rt: rt, newest: make(map[string]time.Time), gone: make(map[string]bool)}
	w.vendor.page = u.page
	failing, done := rapid.IntRange(3, 60).Draw(rt, "store"), rapid.Bool().Draw(rt, "done")
	w.store.trouble = func(call int, was bool) error { return when(call%failing == 0 && was == done, errStore) }
	return u
}

// page lets a page be slow or fail, and the list change after it.
func (u *unruly) page(int, *hub.Page) error {
	u.pass(time.Duration(rapid.IntRange(0, 9).Draw(u.rt, "answer takes")) * time.Second)
	switch rapid.IntRange(0, 12).Draw(u.rt, "answer") {
	case 0:
		return &turnstone.VendorError{Action: turnstone.VendorWait, Wait: 3 * time.Second}
	case 1:
		return &turnstone.VendorError{Action: turnstone.VendorRetry, Status: 502}
	case 2:
		return &turnstone.VendorError{Action: turnstone.VendorRestart, Status: 400}
	case 3:
		u.act()
	}
	return nil
}

// act changes, creates or deletes an object.
func (u *unruly) act() {
	id := string(rune('a' + rapid.IntRange(0, 7).Draw(u.rt, "object")))
	late := u.clock.Add(time.Duration(rapid.IntRange(0, 4).Draw(u.rt, "late")) * time.Second)
	if late.Before(u.newest[id]) {
		late = u.newest[id] // a vendor does not show versions out of order
	}
	u.newest[id] = late
	gone := !u.gone[id] && rapid.IntRange(0, 3).Draw(u.rt, "delete") == 0
	u.gone[id] = gone
	u.count++
	u.keep(version{id: id, content: fmt.Sprint(u.count), visible: late, gone: gone})
}

// calm lets everything that is broken heal, and polls until it must be known.
func (u *unruly) calm(t *testing.T) {
	u.vendor.page, u.store.trouble = nil, nil
	u.store.until = time.Time{}
	for range 3 {
		u.pass(6 * time.Minute) // longer than between two censuses, and than anything is late
		u.settle(t)
	}
}

func TestWhateverAVendorDoesIsToldOnceAndInOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		u := newUnruly(t, rt)
		u.pass(time.Minute) // what the vendor's clock is cannot be told to less than an answer takes
		for range rapid.IntRange(1, 10).Draw(rt, "steps") {
			for range rapid.IntRange(0, 4).Draw(rt, "changes") {
				u.pass(time.Duration(rapid.IntRange(0, 2000).Draw(rt, "ms")) * time.Millisecond)
				u.act()
			}
			if rapid.IntRange(0, 5).Draw(rt, "clock") == 0 && !u.store.lease.Poller.Cursor.IsZero() {
				// Not forward: what is late by the old clock would be too late by the new one.
				// And by more than an answer takes: less cannot be told from a slow one.
				u.vendor.skew -= time.Duration(rapid.IntRange(60, 7200).Draw(rt, "back")) * time.Second
			}
			u.attempt(t)
		}
		u.calm(t)
		u.verify()
	})
}

// attempt polls once if the store lets us.
func (u *unruly) attempt(t *testing.T) {
	if due := u.store.lease.Poller.NextAt; due.After(u.clock) {
		u.clock = due
	}
	leases, err := u.store.ClaimPollers(t.Context(), 1, time.Minute)
	if err == nil && len(leases) == 1 {
		u.loop.Poll(t.Context(), leases[0])
	}
	u.store.until = time.Time{}
}

// verify compares what was told with the vendor's history: the versions told of an
// object are some of it, in order, the last one among them; and it is told to be
// deleted where it was, and only there.
func (u *unruly) verify() {
	u.uniqueIDs(u.t)
	told := make(map[string][]string)
	for _, text := range u.store.told() {
		op, id, record := split(text)
		told[id] = append(told[id], op+" "+record)
	}
	lives := make(map[string][]string) // of each object, its records; "" where it was deleted
	var created version
	for _, id := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		for _, v := range u.vendor.history {
			if v.id != id {
				continue
			}
			if len(lives[id]) == 0 {
				created = v
			}
			record := ""
			if !v.gone {
				record = string(u.vendor.record(v, created))
			}
			lives[id] = append(lives[id], record)
		}
		u.compare(id, lives[id], told[id])
	}
}

// compare walks along the life of an object, and the changes told of it.
func (u *unruly) compare(id string, life, told []string) {
	at, known := -1, false // where in its life, and whether the receiver has it
	for _, text := range told {
		op, record, _ := strings.Cut(text, " ")
		if op == "DELETED" {
			record = ""
		}
		next := slices.Index(life[at+1:], record)
		if next < 0 || (op == "CREATED") == known || op == "DELETED" && !known {
			u.rt.Fatalf("%s: %s is invented, repeated or out of order; told %q of %q", id, text, told, life)
		}
		at, known = at+1+next, op != "DELETED"
	}
	last, has := "", ""
	if len(life) > 0 {
		last = life[len(life)-1]
	}
	if known {
		has = life[at]
	}
	if has != last {
		u.rt.Fatalf("%s: the last of its life is not told; told %q of %q", id, told, life)
	}
}
