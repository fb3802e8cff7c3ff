package store_test

import (
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/seal"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

// nodes opens an empty PostgreSQL database as n nodes do.
func nodes(t *testing.T, n int) []*store.DB {
	t.Helper()
	t.Parallel()
	dir, url := t.TempDir(), storetest.Postgres(t)
	dbs := make([]*store.DB, n)
	for i := range dbs {
		dbs[i] = storetest.OpenURL(t, url, dir)
	}
	return dbs
}

// everywhere runs do on each of the nodes, in several goroutines, until all return.
func everywhere(dbs []*store.DB, do func(db *store.DB)) {
	var running sync.WaitGroup
	for _, db := range dbs {
		for range 4 {
			running.Go(func() { do(db) })
		}
	}
	running.Wait()
}

// manyInstances stores n instances, each with one poller and a destination.
func manyInstances(t *testing.T, db *store.DB, n int) []turnstone.Instance {
	t.Helper()
	_, u := storetest.Account(t, db, 1)
	instances := make([]turnstone.Instance, n)
	for k := range instances {
		instances[k] = storetest.Save(t, db, storetest.Write(u, k+1))
	}
	return instances
}

// tally counts claims.
type tally struct {
	mu     sync.Mutex
	claims map[int64]int
}

func (c *tally) add(id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.claims == nil {
		c.claims = map[int64]int{}
	}
	c.claims[id]++
}

// check reports what was not claimed exactly once.
func (c *tally) check(t *testing.T, want int) {
	t.Helper()
	if len(c.claims) != want {
		t.Errorf("%d were claimed, want %d", len(c.claims), want)
	}
	for id, n := range c.claims {
		if n != 1 {
			t.Errorf("%d was claimed %d times, want once", id, n)
		}
	}
}

func TestNodesDoNotClaimTheSame(t *testing.T) {
	dbs := nodes(t, 4)
	const instances = 60
	manyInstances(t, dbs[0], instances)
	var pollers, destinations tally
	everywhere(dbs, func(db *store.DB) {
		for {
			leases, err := db.ClaimPollers(t.Context(), 3, lease)
			if err != nil {
				t.Error(err)
			}
			if len(leases) == 0 {
				return
			}
			for _, l := range leases {
				pollers.add(l.Poller.ID)
				if err := db.CommitPoll(t.Context(), l, lease, page(t, db, 1)); err != nil {
					t.Error(err)
				}
			}
		}
	})
	pollers.check(t, instances)
	everywhere(dbs, func(db *store.DB) {
		for {
			leases, err := db.ClaimDestinations(t.Context(), 3, lease)
			if err != nil {
				t.Error(err)
			}
			if len(leases) == 0 {
				return
			}
			for _, l := range leases {
				destinations.add(l.Destination.ID)
			}
		}
	})
	destinations.check(t, instances)
}

func TestLeasesExpireByTheClockOfTheServer(t *testing.T) {
	t.Parallel()
	dir, url := t.TempDir(), storetest.Postgres(t)
	ring, err := seal.Open(filepath.Join(dir, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	clocks := map[string]time.Duration{"right": 0, "fast": 10 * 365 * 24 * time.Hour, "slow": -10 * 365 * 24 * time.Hour}
	dbs := map[string]*store.DB{}
	for name, wrong := range clocks {
		db, err := store.Open(t.Context(), store.Options{URL: url, Sealer: ring, Now: func() time.Time { return time.Now().Add(wrong) }})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		dbs[name] = db
	}
	storetest.Instance(t, dbs["right"], 1)
	for holder := range clocks {
		claimPoller(t, dbs[holder], expired)
		held := claimPoller(t, dbs[holder], lease) // what is expired is free, whoever gave it
		for other := range clocks {
			if leases, err := dbs[other].ClaimPollers(t.Context(), 1, lease); len(leases) != 0 || err != nil {
				t.Errorf("the node with the %s clock claimed what that with the %s one holds: %v, %v", other, holder, leases, err)
			}
		}
		again := turnstone.PollCommit{End: &turnstone.PollEnd{NextAt: time.Now().Add(-time.Minute)}}
		commit(t, dbs[holder], held, again)
	}
}

func TestANodeThatWasOvertakenWritesNothing(t *testing.T) {
	dbs := nodes(t, 2)
	stalled, current := dbs[0], dbs[1]
	i := storetest.Instance(t, stalled, 1)
	polling := claimPoller(t, stalled, expired)
	commit(t, stalled, polling, page(t, stalled, 2))
	polling = overtakenPoll(t, stalled, current, polling)
	delivering := claimDestination(t, stalled, expired)
	ids := owed(t, stalled, delivering)
	renewing := leaseCredential(t, stalled, i.ID, expired)
	claimDestination(t, current, lease)
	leaseCredential(t, current, i.ID, lease)

	tables := []string{"version", "event", "delivery", "poll", "attempt"}
	before, wasPoller, wasDestination := rows(t, current, tables...), poller(t, current, i), destination(t, current, i)
	released := active(made(ids...)...)
	released.Release = &turnstone.Release{NextAt: time.Now()}
	writes := map[string]func() error{
		"a page":           func() error { return stalled.CommitPoll(t.Context(), polling, lease, page(t, stalled, 2)) },
		"the end":          func() error { return stalled.CommitPoll(t.Context(), polling, lease, ended(page(t, stalled, 2))) },
		"settling":         func() error { return stalled.SettleDeliveries(t.Context(), delivering, lease, active(made(ids...)...)) },
		"releasing":        func() error { return stalled.SettleDeliveries(t.Context(), delivering, lease, released) },
		"looking":          func() error { _, err := stalled.Deliveries(t.Context(), delivering, 0, 10); return err },
		"a new credential": func() error { return stalled.SaveCredential(t.Context(), renewing) },
	}
	for name, write := range writes {
		if err := write(); !errors.Is(err, turnstone.ErrLeaseLost) {
			t.Errorf("%s = %v, want ErrLeaseLost", name, err)
		}
	}
	if diff := cmp.Diff(before, rows(t, current, tables...)); diff != "" {
		t.Errorf("rows (-before +after)\n%s", diff)
	}
	if diff := cmp.Diff(wasPoller, poller(t, current, i)); diff != "" {
		t.Errorf("poller (-before +after)\n%s", diff)
	}
	if diff := cmp.Diff(wasDestination, destination(t, current, i)); diff != "" {
		t.Errorf("destination (-before +after)\n%s", diff)
	}
}

// overtakenPoll ends a poll, and returns a lease of the next one that a node took and
// another one has overtaken.
func overtakenPoll(t *testing.T, stalled, current *store.DB, l turnstone.PollLease) turnstone.PollLease {
	t.Helper()
	commit(t, stalled, l, turnstone.PollCommit{End: &turnstone.PollEnd{NextAt: time.Now().Add(-time.Second)}})
	l = claimPoller(t, stalled, expired)
	claimPoller(t, current, lease)
	return l
}

// A commit and a claim that overtakes it, at once: one of them comes first.
func TestACommitAndAClaimThatMeetDoNotBothWin(t *testing.T) {
	dbs := nodes(t, 2)
	storetest.Instance(t, dbs[0], 1)
	held, holder, other := claimPoller(t, dbs[0], expired), dbs[0], dbs[1]
	events := int64(0)
	for range 50 {
		c := page(t, holder, 1)
		var committed error
		var claimed []turnstone.PollLease
		var met sync.WaitGroup
		met.Go(func() { committed = holder.CommitPoll(t.Context(), held, expired, c) })
		met.Go(func() {
			var err error
			if claimed, err = other.ClaimPollers(t.Context(), 1, expired); err != nil {
				t.Error(err)
			}
		})
		met.Wait()
		if len(claimed) == 0 { // it passed by the row that was just written
			claimed = []turnstone.PollLease{claimPoller(t, other, expired)}
		}
		switch {
		case committed == nil:
			events++
		case !errors.Is(committed, turnstone.ErrLeaseLost):
			t.Fatalf("CommitPoll = %v, want nil or ErrLeaseLost", committed)
		}
		if got := rows(t, other, "event", "version", "delivery"); got["event"] != events || got["version"] != events || got["delivery"] != events {
			t.Fatalf("rows = %v, want %d of each: those acknowledged", got, events)
		}
		if err := holder.CommitPoll(t.Context(), held, lease, c); !errors.Is(err, turnstone.ErrLeaseLost) {
			t.Fatalf("CommitPoll after the claim = %v, want ErrLeaseLost", err)
		}
		held, holder, other = claimed[0], other, holder
	}
}

func TestEventIDsGrowOverNodes(t *testing.T) {
	dbs := nodes(t, 3)
	last := int64(0)
	for k := range 30 {
		ids, err := dbs[k%len(dbs)].EventIDs(t.Context(), 1+k*7%40)
		if err != nil || ids[0] <= last || !slices.IsSorted(ids) {
			t.Fatalf("EventIDs = %v, %v, want them above %d, in order", ids, err, last)
		}
		last = ids[len(ids)-1]
	}
}

func TestANodeSeesWhatAnotherStored(t *testing.T) {
	dbs := nodes(t, 2)
	i := storetest.Instance(t, dbs[0], 1)
	polling := claimPoller(t, dbs[0], lease)
	var want []int64
	c := page(t, dbs[0], 1)
	commit(t, dbs[0], polling, c)
	l := claimDestination(t, dbs[1], lease)
	for n := range int64(3) {
		want = append(want, c.Events[0].ID)
		look, err := dbs[1].Deliveries(t.Context(), l, 0, 10)
		got := []int64{}
		for _, d := range look.List {
			got = append(got, d.EventID)
		}
		if !slices.Equal(got, want) || look.Signal != n+1 || err != nil {
			t.Errorf("Deliveries = %v at signal %d, %v, want %v at %d", got, look.Signal, err, want, n+1)
		}
		c = page(t, dbs[0], 1)
		commit(t, dbs[0], polling, c)
	}
	bodies, err := dbs[1].Bodies(t.Context(), i.AccountID, want)
	if err != nil || len(bodies) != len(want) {
		t.Errorf("Bodies = %d, %v, want %d", len(bodies), err, len(want))
	}
}
