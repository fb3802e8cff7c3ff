package deliver_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"turnstone"
	"turnstone/internal/deliver"
)

// archive is what is owed to a destination, as a lane sees it that delivers
// nothing. Events are stored in any order of their ids.
type archive struct {
	page   int
	stored []int64
	seen   map[int64]bool
	sight  deliver.Sight
	now    time.Time
	reads  int // rows, of all looks
}

// look makes one look, if there is one to make. Between stores events between the
// reading of the signal and that of the list.
func (a *archive) look(held int, between func()) bool {
	after, ok := a.sight.Next(held, a.now)
	if !ok {
		return false
	}
	owed := turnstone.Deliveries{Signal: int64(len(a.stored))}
	a.sight.Begin(after)
	between()
	for _, id := range slices.Sorted(slices.Values(a.stored)) {
		if id > after && len(owed.List) < a.page {
			owed.List = append(owed.List, turnstone.Delivery{EventID: id})
			a.seen[id] = true
		}
	}
	a.reads += len(owed.List)
	a.sight.Saw(after, owed, len(owed.List) == a.page, a.now)
	return true
}

// check fails if an event that is vouched for was not seen.
func (a *archive) check(t *rapid.T) {
	for _, id := range a.stored[:a.sight.Vouched()] {
		if !a.seen[id] {
			t.Fatalf("event %d was vouched for and not seen; stored: %v", id, a.stored)
		}
	}
}

// Whatever is stored in whatever order, also while a look is made: what is vouched
// for was seen, and in the end everything is.
func TestLooksMissNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 40).Draw(t, "events")
		ids := make([]int64, n)
		for i := range ids {
			ids[i] = int64(i + 1)
		}
		ids = rapid.Permutation(ids).Draw(t, "ids")
		a := &archive{page: rapid.IntRange(1, 6).Draw(t, "page"), seen: make(map[int64]bool), now: time.Unix(0, 0)}
		store := func() {
			k := min(rapid.IntRange(0, 3).Draw(t, "stored"), len(ids))
			a.stored, ids = append(a.stored, ids[:k]...), ids[k:]
		}
		for len(ids) > 0 {
			store()
			if rapid.Bool().Draw(t, "ring") {
				a.sight.Ring()
			}
			a.now = a.now.Add(time.Duration(rapid.IntRange(0, 200).Draw(t, "ms")) * time.Millisecond)
			a.look(rapid.SampledFrom([]int{0, 1000}).Draw(t, "held"), store)
			a.check(t)
		}
		a.sight.Ring()
		for looks := 0; !a.sight.Settled(); looks++ {
			if looks > 3*n+10 {
				t.Fatal("looks do not come to an end")
			}
			a.look(1000, func() {})
			a.now = a.now.Add(100 * time.Millisecond)
			a.check(t)
		}
		if len(a.seen) != n {
			t.Fatalf("%d of %d events were seen", len(a.seen), n)
		}
	})
}

func TestALookReadsLittleAgain(t *testing.T) {
	a := &archive{page: 500, seen: make(map[int64]bool), now: time.Unix(0, 0)}
	for id := range int64(1000) {
		a.stored = append(a.stored, 10*id)
	}
	for a.look(len(a.seen), func() {}) {
	}
	a.reads = 0
	for id := range int64(1000) { // one a millisecond
		a.stored = append(a.stored, 100_000+id)
		a.now = a.now.Add(time.Millisecond)
		a.sight.Ring()
		a.look(len(a.seen), func() {})
	}
	if most := 1000 + 2*2000; a.reads > most {
		t.Errorf("%d rows were read to find 1000 new ones beside 1000 that wait, want no more than %d", a.reads, most)
	}
	a.reads = 0
	for range 1000 { // nothing comes
		a.now = a.now.Add(100 * time.Millisecond)
		a.sight.Ring()
		a.look(len(a.seen), func() {})
	}
	if a.reads > 2000 {
		t.Errorf("%d rows were read to find nothing, want no more than once all that waits", a.reads)
	}
}

// How soon is an event found that was stored behind one of a higher id?
func TestWhatIsStoredLateIsFoundSoon(t *testing.T) {
	tests := map[string]struct {
		held    int
		between bool // another event is stored in the midst of the look
		within  time.Duration
	}{
		"few wait":                {10, false, 0},
		"few wait, masked":        {10, true, 0},
		"many wait":               {1000, false, 100 * time.Millisecond},
		"many wait, it is masked": {1000, true, time.Second},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := &archive{page: 500, seen: make(map[int64]bool), now: time.Unix(0, 0), stored: []int64{10, 20, 30}}
			for a.look(tt.held, func() {}) {
			}
			a.stored = append(a.stored, 5)
			next := int64(40)
			begun := a.now
			for ; !a.seen[5]; a.now = a.now.Add(10 * time.Millisecond) {
				if a.now.Sub(begun) > tt.within {
					t.Fatalf("event 5 was not found within %v", tt.within)
				}
				a.sight.Ring()
				a.look(tt.held, func() {
					if tt.between {
						a.stored = append(a.stored, next)
						next++
					}
				})
			}
		})
	}
}

func ExampleSight() {
	var s deliver.Sight
	s.Saw(0, turnstone.Deliveries{Signal: 2, List: []turnstone.Delivery{{EventID: 8}, {EventID: 9}}}, false, time.Unix(0, 0))
	s.Ring()
	fmt.Println(s.Next(2, time.Unix(0, 0)))
	fmt.Println(s.Next(1000, time.Unix(0, 0)))
	// Output:
	// 0 true
	// 9 true
}
