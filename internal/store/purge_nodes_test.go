package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone/internal/store"
)

func TestNodesPurgeTogether(t *testing.T) {
	dbs := nodes(t, 4)
	instances := manyInstances(t, dbs[0], 4)
	leases, err := dbs[0].ClaimPollers(t.Context(), 4, lease)
	if err != nil || len(leases) != 4 {
		t.Fatalf("ClaimPollers = %d, %v, want 4", len(leases), err)
	}
	for _, l := range leases {
		commit(t, dbs[0], l, page(t, dbs[0], 40))
		commit(t, dbs[0], l, ended(page(t, dbs[0], 1)))
	}
	delivering, err := dbs[0].ClaimDestinations(t.Context(), 4, lease)
	if err != nil || len(delivering) != 4 {
		t.Fatalf("ClaimDestinations = %d, %v, want 4", len(delivering), err)
	}
	for _, l := range delivering {
		settle(t, dbs[0], l, active(made(owed(t, dbs[0], l)[1:]...)...)) // one stays owed
	}
	for _, i := range instances[:2] {
		if err := dbs[0].DeleteInstance(t.Context(), i.AccountID, i.ID); err != nil {
			t.Fatal(err)
		}
	}
	everywhere(dbs, func(db *store.DB) { purgeBySevens(t, db) })
	purge(t, dbs[0], time.Now().Add(time.Hour)) // a node may have seen nothing to do while others did it
	want := map[string]int64{"event": 2, "delivery": 2, "attempt": 0, "poll": 0, "leftover": 0, "version": 2 * 41}
	if diff := cmp.Diff(want, rows(t, dbs[1], "event", "delivery", "attempt", "poll", "leftover", "version")); diff != "" {
		t.Errorf("rows (-want +got)\n%s", diff)
	}
}

// purgeBySevens purges in small batches until nothing is left to see.
func purgeBySevens(t *testing.T, db *store.DB) {
	for {
		n, err := db.Purge(t.Context(), time.Now().Add(time.Hour), 7)
		if err != nil {
			t.Error(err)
		}
		if n == 0 {
			return
		}
	}
}
