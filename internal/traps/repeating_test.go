package traps_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/poll"
	"turnstone/internal/store"
)

// Traps 11 to 15: how events are repeated or invented.

// faulty is a database of which some commits of polls fail.
type faulty struct {
	*store.DB
	commits int
	fail    func(commit int) trouble
}

// trouble is what becomes of a commit.
type trouble int

const (
	none trouble = iota
	lost         // it is not made
	mute         // it is made, and nobody learns of it
)

var errAway = errors.New("the database is away")

func (f *faulty) CommitPoll(ctx context.Context, lease turnstone.PollLease, extend time.Duration, c turnstone.PollCommit) error {
	f.commits++
	what := f.fail(f.commits)
	if what == lost {
		return errAway
	}
	if err := f.DB.CommitPoll(ctx, lease, extend, c); err != nil || what == none {
		return err
	}
	return errAway
}

func TestTrap11EventsAndWhatIsKnownAreStoredTogether(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, w *world) {
		db := &faulty{DB: w.db}
		w.node.loop.Store = db
		w.connect("desk", polling("tickets", `"pageSize":2`))
		w.clock.pass(time.Second)
		var want []string
		for _, how := range []trouble{lost, mute} {
			for failing := 1; failing <= 3; failing++ {
				for i := range 5 {
					id := fmt.Sprintf("%d-%d-%d", how, failing, i)
					w.desk.set(id, "1")
					want = append(want, "CREATED "+id+" 1")
				}
				db.commits, db.fail = 0, func(commit int) trouble {
					if commit == failing {
						return how
					}
					return none
				}
				w.polls(3) // at once, and again before anything could settle
			}
		}
		w.tellsEach(want)
	})
}

func TestTrap12AGreaterIDOrDateHidesNoOther(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, w *world) {
		w.connect("desk", polling("tickets"))
		w.poll()
		w.await()
		at := w.desk.now()
		w.desk.keep(revision{id: "z9", text: "1", stamp: at})
		w.poll()
		w.desk.keep(revision{id: "a1", text: "1", stamp: at.Add(-10 * time.Second)})
		w.desk.keep(revision{id: "m5", text: "1", stamp: at})
		w.poll()
		w.tells("CREATED z9 1", "CREATED a1 1", "CREATED m5 1")
	})
}

func TestTrap13TwoNodesTellNothingTwice(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, w *world) {
		w.connect("desk", polling("tickets"))
		w.clock.pass(time.Second)
		w.desk.set("a", "1")
		second := w.another()
		other := w.newNode(second)
		held := w.claim()
		if leases, err := second.ClaimPollers(t.Context(), 10, poll.DefaultLease); err != nil || len(leases) != 0 {
			t.Fatalf("ClaimPollers of the other node = %d leases, %v, want none", len(leases), err)
		}
		w.node.loop.Poll(t.Context(), held)
		w.tells("CREATED a 1")
		// A node that stands still for longer than its lease, and then goes on.
		w.await()
		w.desk.set("a", "2")
		stalled, err := w.db.ClaimPollers(t.Context(), 1, 0)
		if err != nil || len(stalled) != 1 {
			t.Fatalf("ClaimPollers = %d leases, %v, want the poller", len(stalled), err)
		}
		leases, err := second.ClaimPollers(t.Context(), 1, poll.DefaultLease)
		if err != nil || len(leases) != 1 {
			t.Fatalf("ClaimPollers after the lease = %d leases, %v, want the poller", len(leases), err)
		}
		w.node.loop.Poll(t.Context(), stalled[0])
		w.tells("CREATED a 1")
		other.loop.Poll(t.Context(), leases[0])
		w.tells("CREATED a 1", "UPDATED a 2")
		w.deliver(func() bool { return len(w.inbox.got()) == 2 }, w.db, second)
		if taken := w.inbox.taken(t); !slices.Equal(taken, []string{"CREATED a 1", "UPDATED a 2"}) {
			t.Errorf("two nodes deliver %q, want each once", taken)
		}
	})
}

func TestTrap14WhatTheWindowShowsAgainIsToldOnce(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, w *world) {
		w.connect("desk", polling("tickets", `"overlap":3600`))
		w.clock.pass(time.Second)
		w.desk.set("a", "1")
		w.desk.set("b", "1")
		w.polls(9)
		w.tells("CREATED a 1", "CREATED b 1")
		if last := w.lastPoll(); last.Records != 2 || last.Unchanged != 2 {
			t.Errorf("last poll = %d records, %d unchanged, want both shown again", last.Records, last.Unchanged)
		}
	})
}

func TestTrap15ANewSpellingIsNoChange(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, w *world) {
		shown := 0
		w.desk.write = func(record string) string {
			var r struct{ ID, Text, Created, Updated string }
			if err := json.Unmarshal([]byte(record), &r); err != nil {
				t.Fatal(err)
			}
			shown++ // the views, which the element ignores
			spellings := []string{
				`{"id":%[1]q,"text":%[2]q,"created":%[3]q,"updated":%[4]q,"price":1.50,"tags":{"x":1,"y":"é"},"views":%[5]d}`,
				"{ \"views\" : %[5]d,\n\t\"tags\":{\"y\":\"\\u00e9\",\"x\":1}, \"updated\":%[4]q, \"price\":1.5, \"created\":%[3]q, \"text\":%[2]q, \"id\":%[1]q }",
				`{"tags":{"x":1,"y":"é"},"price":1.500,"none":null,"views":%[5]d,"id":%[1]q,"created":%[3]q,"updated":%[4]q,"text":%[2]q}`,
			}
			return fmt.Sprintf(spellings[shown%len(spellings)], r.ID, r.Text, r.Created, r.Updated, shown)
		}
		w.connect("desk", polling("tickets", `"overlap":3600`))
		w.clock.pass(time.Second)
		w.desk.set("a", "1")
		w.polls(5)
		w.tells("CREATED a 1")
		w.desk.rewrite("a", "2")
		w.polls(3)
		w.tells("CREATED a 1", "UPDATED a 2")
	})
}
