package store_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

// manyPollers stores an instance with n pollers.
func manyPollers(t testing.TB, db *store.DB, n int) turnstone.Instance {
	t.Helper()
	_, u := storetest.Account(t, db, 1)
	w := storetest.Write(u, 1)
	w.Pollers = nil
	for k := range n {
		w.Pollers = append(w.Pollers, turnstone.PollerWrite{
			Resource: fmt.Sprintf("resource-%05d", k), Configuration: "{}", Interval: time.Minute, State: turnstone.PollerActive,
		})
	}
	return storetest.Save(t, db, w)
}

func TestClaimsAreExclusive(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		const pollers, claimants = 200, 16
		manyPollers(t, db, pollers)
		var mu sync.Mutex
		claims := map[int64]int{}
		var claimed sync.WaitGroup
		for range claimants {
			claimed.Go(func() {
				for {
					leases, err := db.ClaimPollers(t.Context(), 7, lease)
					if err != nil {
						t.Error(err)
					}
					if len(leases) == 0 {
						return
					}
					mu.Lock()
					for _, l := range leases {
						claims[l.Poller.ID]++
					}
					mu.Unlock()
				}
			})
		}
		claimed.Wait()
		for id, n := range claims {
			if n != 1 {
				t.Errorf("poller %d was claimed %d times, want once", id, n)
			}
		}
		if len(claims) != pollers {
			t.Errorf("%d pollers were claimed, want %d", len(claims), pollers)
		}
	})
}

func TestTheLongestDueIsClaimedFirst(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		manyPollers(t, db, 4)
		leases, err := db.ClaimPollers(t.Context(), 4, lease)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		for k, due := range []time.Duration{-time.Minute, time.Hour, -3 * time.Minute, -2 * time.Minute} {
			commit(t, db, leases[k], turnstone.PollCommit{End: &turnstone.PollEnd{NextAt: now.Add(due)}})
		}
		leases, err = db.ClaimPollers(t.Context(), 2, lease)
		var got []string
		for _, l := range leases {
			got = append(got, l.Poller.Resource)
		}
		if want := []string{"resource-00002", "resource-00003"}; !slices.Equal(got, want) || err != nil {
			t.Errorf("ClaimPollers = %v, %v, want %v", got, err, want)
		}
	})
}

func TestAPageMovesTheSweepAndNotTheCursor(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		c := page(t, db, 1)
		c.Since = storetest.Start().Add(time.Second)
		c.Sweep = turnstone.Sweep{StartedAt: storetest.Start(), URL: "/reports?x", Next: "2", Pages: 1}
		commit(t, db, claimPoller(t, db, lease), c)
		if p := poller(t, db, i); p.Sweep != c.Sweep || !p.Since.Equal(c.Since) || !p.Cursor.IsZero() {
			t.Errorf("poller = %+v, want the sweep moved and the cursor not", p)
		}
	})
}

func TestWhatAPageChangedReadsBack(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		l := claimPoller(t, db, lease)
		c := page(t, db, 150) // several statements' worth
		commit(t, db, l, c)

		objects, want := []string{"unknown"}, map[string]turnstone.Version{}
		for _, v := range c.Versions {
			objects, want[v.ObjectID] = append(objects, v.ObjectID), v
		}
		known, err := db.Versions(t.Context(), l.Poller, objects)
		if diff := cmp.Diff(want, known); diff != "" || err != nil {
			t.Errorf("Versions = %v (-want +got)\n%s", err, diff)
		}
		events, err := db.Events(t.Context(), turnstone.EventFilter{AccountID: i.AccountID, InstanceID: i.ID, Before: c.Events[149].ID, Limit: 1000})
		if err != nil || len(events) != 149 {
			t.Fatalf("Events = %d, %v, want the 149 before the last", len(events), err)
		}
		wantEvent := c.Events[148]
		wantEvent.AccountID, wantEvent.InstanceID, wantEvent.PollerID = i.AccountID, i.ID, l.Poller.ID
		if diff := cmp.Diff(wantEvent, events[0]); diff != "" {
			t.Errorf("newest event (-want +got)\n%s", diff)
		}
	})
}

func TestEachEventOfAPageIsOwed(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		c := page(t, db, 150)
		commit(t, db, claimPoller(t, db, lease), c)
		ids := eventIDs(c.Events)
		if got := owed(t, db, claimDestination(t, db, lease)); !slices.Equal(got, ids) {
			t.Errorf("Deliveries = %v, want %v", got, ids)
		}
		bodies, err := db.Bodies(t.Context(), i.AccountID, ids)
		if err != nil || len(bodies) != 150 || string(bodies[ids[7]]) != string(c.Events[7].Body) {
			t.Errorf("Bodies = %d, %v, want all as stored", len(bodies), err)
		}
	})
}

func TestTheEndOfAPollIsRecorded(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		c := ended(page(t, db, 1))
		c.End.Poll.Took, c.End.Poll.RetryAfter, c.End.Poll.From = time.Second, time.Minute, storetest.Start()
		l := claimPoller(t, db, lease)
		commit(t, db, l, c)

		p := poller(t, db, i)
		if !p.Cursor.Equal(c.Cursor) || !p.NextAt.Equal(c.End.NextAt) || !p.LastGoodAt.Equal(c.End.Poll.StartedAt) {
			t.Errorf("poller = %+v, want cursor, schedule and health moved", p)
		}
		want := c.End.Poll
		want.PollerID, want.AccountID = p.ID, i.AccountID
		polls, err := db.Polls(t.Context(), turnstone.PollFilter{AccountID: i.AccountID, PollerID: p.ID, Limit: 10})
		if err != nil || len(polls) != 1 {
			t.Fatalf("Polls = %d, %v, want 1", len(polls), err)
		}
		want.ID = polls[0].ID
		if diff := cmp.Diff(want, polls[0]); diff != "" {
			t.Errorf("Polls (-want +got)\n%s", diff)
		}
		if err := db.CommitPoll(t.Context(), l, lease, c); !errors.Is(err, turnstone.ErrLeaseLost) {
			t.Errorf("CommitPoll after the end = %v, want ErrLeaseLost", err)
		}
	})
}

func TestOnlyAnActivePollerIsParked(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		commit(t, db, claimPoller(t, db, lease), turnstone.PollCommit{End: &turnstone.PollEnd{
			Poll: turnstone.Poll{Outcome: turnstone.PollFailed, StartedAt: storetest.Start()}, Park: true, Failures: 100, Problem: "gone",
		}})
		p := poller(t, db, i)
		if p.State != turnstone.PollerParked || p.Failures != 100 || p.Problem != "gone" || !p.LastGoodAt.IsZero() {
			t.Errorf("poller = %+v, want it parked with its problem", p)
		}
		if leases, err := db.ClaimPollers(t.Context(), 1, lease); len(leases) != 0 || err != nil {
			t.Errorf("ClaimPollers = %d, %v, want none", len(leases), err)
		}
	})
}

func TestAnOvertakenPollWritesNothing(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		storetest.Instance(t, db, 1)
		stalled := claimPoller(t, db, expired)
		current := claimPoller(t, db, lease)
		for name, c := range map[string]turnstone.PollCommit{"a page": page(t, db, 2), "the end": ended(page(t, db, 2))} {
			if err := db.CommitPoll(t.Context(), stalled, lease, c); !errors.Is(err, turnstone.ErrLeaseLost) {
				t.Errorf("%s: CommitPoll = %v, want ErrLeaseLost", name, err)
			}
		}
		want := map[string]int64{"version": 0, "event": 0, "delivery": 0, "poll": 0}
		if diff := cmp.Diff(want, rows(t, db, "version", "event", "delivery", "poll")); diff != "" {
			t.Errorf("rows (-want +got)\n%s", diff)
		}
		commit(t, db, current, page(t, db, 1))
	})
}

func TestAnExpiredLeaseThatNobodyTookStillCommits(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		storetest.Instance(t, db, 1)
		commit(t, db, claimPoller(t, db, expired), page(t, db, 1))
		if leases, err := db.ClaimPollers(t.Context(), 1, lease); len(leases) != 0 || err != nil {
			t.Errorf("ClaimPollers = %d, %v, want none: the commit extended the lease", len(leases), err)
		}
	})
}

func TestACommitIsAllOrNothing(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		l := claimPoller(t, db, lease)
		first := page(t, db, 1)
		commit(t, db, l, first)
		tables := []string{"version", "event", "delivery", "poll"}
		before, was := rows(t, db, tables...), poller(t, db, i)

		// The versions and the first events go in before the last one fails.
		broken := ended(page(t, db, 100))
		broken.Events[99].ID = first.Events[0].ID
		if err := db.CommitPoll(t.Context(), l, lease, broken); err == nil {
			t.Fatal("CommitPoll = nil, want the second event of that id refused")
		}
		if diff := cmp.Diff(before, rows(t, db, tables...)); diff != "" {
			t.Errorf("rows (-before +after)\n%s", diff)
		}
		if diff := cmp.Diff(was, poller(t, db, i)); diff != "" {
			t.Errorf("poller (-before +after)\n%s", diff)
		}
		commit(t, db, l, ended(page(t, db, 100)))
	})
}

func TestTheLastVersionOfAnObjectInAPageStands(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		commit(t, db, claimPoller(t, db, lease), turnstone.PollCommit{Versions: []turnstone.Version{
			{ObjectID: "a", Fingerprint: turnstone.Fingerprint{1}},
			{ObjectID: "b", Fingerprint: turnstone.Fingerprint{2}},
			{ObjectID: "a", Fingerprint: turnstone.Fingerprint{3}},
		}})
		known, err := db.Versions(t.Context(), poller(t, db, i), []string{"a", "b"})
		if err != nil || known["a"].Fingerprint[0] != 3 || known["b"].Fingerprint[0] != 2 {
			t.Errorf("Versions = %v, %v, want the last of each", known, err)
		}
	})
}

func TestEventIDsGrow(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		last := int64(0)
		for _, sizes := range [][]int{{1, 998, 5, 2500, 1}, {1, 1, 3000}} {
			db := open()
			for _, n := range sizes {
				ids, err := db.EventIDs(t.Context(), n)
				if err != nil || len(ids) != n || ids[0] <= last || !slices.IsSorted(ids) {
					t.Fatalf("EventIDs = %d, %v, want %d more than %d", ids, err, n, last)
				}
				last = ids[n-1]
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestEventIDsOfManyTakersDoNotOverlap(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		var mu sync.Mutex
		taken := map[int64]bool{}
		var takers sync.WaitGroup
		for n := 1; n <= 8; n++ {
			takers.Go(func() {
				for range 100 {
					ids, err := db.EventIDs(t.Context(), n)
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					for _, id := range ids {
						if taken[id] {
							t.Errorf("id %d was given out twice", id)
						}
						taken[id] = true
					}
					mu.Unlock()
				}
			})
		}
		takers.Wait()
	})
}
