package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

// purge purges until nothing is left to purge.
func purge(t *testing.T, db *store.DB, before time.Time) {
	t.Helper()
	for {
		n, err := db.Purge(t.Context(), before, 3)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func TestPurgeKeepsWhatIsOwedAndWhatIsNew(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		c := page(t, db, 10)
		c.Events[9].CreatedAt = storetest.Start().Add(time.Hour)
		c = ended(c)
		c.End.Poll.StartedAt = storetest.Start()
		commit(t, db, claimPoller(t, db, lease), c)
		ids := eventIDs(c.Events)
		settle(t, db, claimDestination(t, db, lease), active(made(append(ids[:7:7], ids[9])...)...))

		purge(t, db, storetest.Start().Add(time.Minute))
		events, err := db.Events(t.Context(), turnstone.EventFilter{AccountID: i.AccountID, InstanceID: i.ID, Limit: 100})
		if diff := cmp.Diff(ids[7:], eventIDs(events)); diff != "" || err != nil {
			t.Errorf("Events = %v (-want +got)\n%s", err, diff)
		}
		want := map[string]int64{"delivery": 2, "attempt": 1, "poll": 0, "version": 10}
		if diff := cmp.Diff(want, rows(t, db, "delivery", "attempt", "poll", "version")); diff != "" {
			t.Errorf("rows (-want +got)\n%s", diff)
		}
	})
}

func TestPurgeTakesOneBatchAtATime(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		_, u := storetest.Account(t, db, 1)
		w := storetest.Write(u, 1)
		w.Destination = nil
		storetest.Save(t, db, w)
		commit(t, db, claimPoller(t, db, lease), page(t, db, 10))
		for _, want := range []int{4, 4, 2, 0} {
			if n, err := db.Purge(t.Context(), storetest.Start().Add(time.Minute), 4); n != want || err != nil {
				t.Errorf("Purge = %d, %v, want %d", n, err, want)
			}
		}
	})
}

func TestPurgeRemovesWhatTheDeletedLeft(t *testing.T) {
	tables := []string{"version", "record", "sighting", "poll", "event", "delivery", "attempt", "leftover"}
	empty := map[string]int64{}
	for _, table := range tables {
		empty[table] = 0
	}
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		polling := claimPoller(t, db, lease)
		commit(t, db, polling, explained(page(t, db, 10)))
		commit(t, db, polling, ended(explained(page(t, db, 10))))
		l := claimDestination(t, db, lease)
		settle(t, db, l, active(made(owed(t, db, l)[:5]...)...))
		if err := db.DeleteInstance(t.Context(), i.AccountID, i.ID); err != nil {
			t.Fatal(err)
		}
		purge(t, db, storetest.Start().Add(-time.Hour))
		if diff := cmp.Diff(empty, rows(t, db, tables...)); diff != "" {
			t.Errorf("rows (-want +got)\n%s", diff)
		}
	})
}

func TestPurgeLeavesTheNeighboursOfTheDeletedAlone(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		_, u := storetest.Account(t, db, 1)
		kept := storetest.Save(t, db, storetest.Write(u, 1))
		commit(t, db, claimPoller(t, db, lease), page(t, db, 5))
		gone := storetest.Save(t, db, storetest.Write(u, 2))
		commit(t, db, claimPoller(t, db, lease), page(t, db, 5))
		if err := db.DeleteInstance(t.Context(), u.AccountID, gone.ID); err != nil {
			t.Fatal(err)
		}
		purge(t, db, storetest.Start().Add(-time.Hour))
		if got := owed(t, db, claimDestination(t, db, lease)); len(got) != 5 {
			t.Errorf("Deliveries = %v, want the 5 of instance %d", got, kept.ID)
		}
		if diff := cmp.Diff(map[string]int64{"event": 5, "version": 5}, rows(t, db, "event", "version")); diff != "" {
			t.Errorf("rows (-want +got)\n%s", diff)
		}
	})
}

func TestEventIDsDoNotRepeatAfterEverythingWasPurged(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		seen := map[int64]bool{}
		for round := range 3 {
			db := open()
			i := storetest.Instance(t, db, round+1)
			c := page(t, db, 2)
			commit(t, db, claimPoller(t, db, lease), c)
			for _, e := range c.Events {
				if seen[e.ID] {
					t.Errorf("round %d: event id %d repeats", round, e.ID)
				}
				seen[e.ID] = true
			}
			if err := db.DeleteInstance(t.Context(), i.AccountID, i.ID); err != nil {
				t.Fatal(err)
			}
			purge(t, db, time.Now())
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestPurgeRemovesWhatARemovedPollerAndDestinationLeft(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		_, u := storetest.Account(t, db, 1)
		w := storetest.Write(u, 1)
		w.Instance = storetest.Save(t, db, w)
		commit(t, db, claimPoller(t, db, lease), explained(page(t, db, 4)))
		w.Pollers, w.Destination = []turnstone.PollerWrite{{Resource: "users", State: turnstone.PollerActive}}, nil
		storetest.Save(t, db, w)
		purge(t, db, storetest.Start().Add(-time.Hour))
		wantRows(t, db, map[string]int64{"version": 0, "record": 0, "sighting": 0, "delivery": 0, "event": 4})
	})
}

func TestPurgeRemovesTheHistoryOfObjectsOnlyWhenItIsOld(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		storetest.Instance(t, db, 1)
		c := explained(page(t, db, 10))
		for k := 7; k < 10; k++ {
			c.Sightings[k].SeenAt = storetest.Start().Add(time.Hour)
		}
		c.Versions[0].Gone = true
		commit(t, db, claimPoller(t, db, lease), c)
		purge(t, db, storetest.Start().Add(time.Minute))
		wantRows(t, db, map[string]int64{"sighting": 3, "version": 10, "record": 9})
		purge(t, db, time.Now().Add(time.Minute))
		wantRows(t, db, map[string]int64{"sighting": 0, "version": 9, "record": 9})
	})
}
