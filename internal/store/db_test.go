package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

const (
	lease = time.Hour
	// expired is the length of a lease that is over as soon as it is given: time
	// passes for a test without a clock to set, which PostgreSQL would not have.
	expired = -time.Second
)

// eachDB runs a test of what the package promises on every database it supports. Of
// the function open, the first call opens an empty database, and each further one
// opens the same again, after it was closed.
func eachDB(t *testing.T, test func(t *testing.T, open func() *store.DB)) {
	t.Helper()
	t.Parallel() // they wait for disks and servers
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		test(t, func() *store.DB { return storetest.OpenAt(t, dir) })
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		dir, url := t.TempDir(), storetest.Postgres(t)
		test(t, func() *store.DB { return storetest.OpenURL(t, url, dir) })
	})
}

// claimPoller claims the one poller that is due.
func claimPoller(t testing.TB, db *store.DB, length time.Duration) turnstone.PollLease {
	t.Helper()
	leases, err := db.ClaimPollers(t.Context(), 10, length)
	if err != nil || len(leases) != 1 {
		t.Fatalf("ClaimPollers = %d leases, %v, want 1", len(leases), err)
	}
	return leases[0]
}

// claimDestination claims the one destination that is due.
func claimDestination(t testing.TB, db *store.DB, length time.Duration) turnstone.DestinationLease {
	t.Helper()
	leases, err := db.ClaimDestinations(t.Context(), 10, length)
	if err != nil || len(leases) != 1 {
		t.Fatalf("ClaimDestinations = %d leases, %v, want 1", len(leases), err)
	}
	return leases[0]
}

// page returns n events, with ids from the database, and the versions of their
// objects.
func page(t testing.TB, db *store.DB, n int) turnstone.PollCommit {
	t.Helper()
	ids, err := db.EventIDs(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	var c turnstone.PollCommit
	for _, id := range ids {
		object := fmt.Sprintf("report-%d", id)
		c.Versions = append(c.Versions, turnstone.Version{
			ObjectID: object, Fingerprint: turnstone.Fingerprint{byte(id), byte(id >> 8)}, Updated: storetest.Start(),
		})
		c.Events = append(c.Events, turnstone.Event{
			ID: id, Key: fmt.Sprintf("key-%d", id), Resource: "reports", CreatedAt: storetest.Start(),
			Objects: []string{object}, Ops: []turnstone.Op{turnstone.Updated}, Body: fmt.Appendf(nil, `{"id":%d}`, id),
		})
	}
	return c
}

// ended makes c the last commit of its poll; the next poll is an hour away.
func ended(c turnstone.PollCommit) turnstone.PollCommit {
	now := time.Now().UTC().Truncate(time.Microsecond)
	c.Cursor = now
	c.End = &turnstone.PollEnd{
		Poll: turnstone.Poll{
			StartedAt: now, Outcome: turnstone.PollComplete, Pages: 1, Events: len(c.Events), URL: "/reports", Problems: []string{"odd"},
		},
		NextAt: now.Add(time.Hour),
	}
	return c
}

func commit(t testing.TB, db *store.DB, l turnstone.PollLease, c turnstone.PollCommit) {
	t.Helper()
	if err := db.CommitPoll(t.Context(), l, lease, c); err != nil {
		t.Fatal(err)
	}
}

// owed returns the ids of the events owed under a lease.
func owed(t testing.TB, db *store.DB, l turnstone.DestinationLease) []int64 {
	t.Helper()
	look, err := db.Deliveries(t.Context(), l, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	ids := []int64{}
	for _, d := range look.List {
		ids = append(ids, d.EventID)
	}
	return ids
}

// made are settlements of deliveries that succeeded at the first attempt.
func made(ids ...int64) []turnstone.Settlement {
	var made []turnstone.Settlement
	for _, id := range ids {
		made = append(made, turnstone.Settlement{
			Attempt: turnstone.Attempt{EventID: id, Number: 1, At: storetest.Start(), Took: time.Millisecond, Status: 200},
			Done:    true,
		})
	}
	return made
}

// rows returns the number of rows of each of the tables.
func rows(t testing.TB, db *store.DB, tables ...string) map[string]int64 {
	t.Helper()
	counts := map[string]int64{}
	for _, table := range tables {
		n, err := db.Rows(t.Context(), table)
		if err != nil {
			t.Fatal(err)
		}
		counts[table] = n
	}
	return counts
}

// poller returns the only poller of an instance.
func poller(t testing.TB, db *store.DB, i turnstone.Instance) turnstone.Poller {
	t.Helper()
	pollers, err := db.Pollers(t.Context(), i.AccountID, i.ID)
	if err != nil || len(pollers) != 1 {
		t.Fatalf("Pollers = %v, %v, want 1", pollers, err)
	}
	return pollers[0]
}

// destination returns the only destination of an instance.
func destination(t testing.TB, db *store.DB, i turnstone.Instance) turnstone.Destination {
	t.Helper()
	destinations, err := db.Destinations(t.Context(), i.AccountID, i.ID)
	if err != nil || len(destinations) != 1 {
		t.Fatalf("Destinations = %v, %v, want 1", destinations, err)
	}
	return destinations[0]
}

func eventIDs(events []turnstone.Event) []int64 {
	ids := []int64{}
	for _, e := range events {
		ids = append(ids, e.ID)
	}
	slices.Sort(ids)
	return ids
}
