package store_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/pgtest"
	"turnstone/internal/seal"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

func TestNodesTogetherBookNoMoreThanIsAllowed(t *testing.T) {
	dbs := nodes(t, 4)
	i := storetest.Instance(t, dbs[0], 1)
	const allowed = 10
	a := turnstone.Allowance{AccountID: i.AccountID, InstanceID: i.ID, Limit: "requests"}
	b := turnstone.Booking{Cost: time.Hour, Ahead: allowed * time.Hour}
	var mu sync.Mutex
	booked := 0
	book := func(db *store.DB) {
		ahead, err := db.Book(t.Context(), a, b)
		if err != nil {
			t.Error(err)
		}
		if ahead <= b.Ahead {
			mu.Lock()
			booked++
			mu.Unlock()
		}
	}
	everywhere(dbs, book)
	if booked > allowed {
		t.Errorf("%d were booked, want %d", booked, allowed)
	}
	for range allowed { // one that waited for its turn has the time from before it
		book(dbs[0])
	}
	if booked != allowed {
		t.Errorf("%d were booked in the end, want %d", booked, allowed)
	}
}

// Instances change and go while their pollers commit and their destinations settle, on
// all nodes. What meets is run again, and none of it is an error to anybody.
func TestChangesMeetRunningWork(t *testing.T) {
	dbs := nodes(t, 3)
	instances := manyInstances(t, dbs[0], 6)
	var working sync.WaitGroup
	stop := make(chan struct{})
	for _, db := range dbs {
		working.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					workOnce(t, db)
				}
			}
		})
	}
	var changing sync.WaitGroup
	for k, i := range instances {
		changing.Go(func() { changeAndDelete(t, dbs[k%len(dbs)], i) })
	}
	changing.Wait()
	close(stop)
	working.Wait()
	if diff := cmp.Diff(map[string]int64{"instance": 0, "poller": 0, "destination": 0}, rows(t, dbs[0], "instance", "poller", "destination")); diff != "" {
		t.Errorf("rows (-want +got)\n%s", diff)
	}
}

// workOnce polls and delivers what is due, as the loops do.
func workOnce(t *testing.T, db *store.DB) {
	polls, err := db.ClaimPollers(t.Context(), 4, expired)
	if err != nil {
		t.Error(err)
	}
	var together sync.WaitGroup
	for _, l := range polls {
		c := page(t, db, 3)
		c.End = &turnstone.PollEnd{Poll: turnstone.Poll{Outcome: turnstone.PollComplete}, NextAt: time.Now().Add(-time.Second)}
		together.Go(func() { tolerate(t, db.CommitPoll(t.Context(), l, lease, c)) })
	}
	together.Wait()
	destinations, err := db.ClaimDestinations(t.Context(), 4, expired)
	if err != nil {
		t.Error(err)
	}
	for _, l := range destinations {
		look, err := db.Deliveries(t.Context(), l, 0, 5)
		tolerate(t, err)
		var ids []int64
		for _, d := range look.List {
			ids = append(ids, d.EventID)
		}
		batch := active(made(ids...)...)
		batch.Release = &turnstone.Release{NextAt: time.Now().Add(-time.Second)}
		together.Go(func() { tolerate(t, db.SettleDeliveries(t.Context(), l, lease, batch)) })
	}
	together.Wait()
}

// tolerate reports errors other than that work was taken from its holder.
func tolerate(t *testing.T, err error) {
	t.Helper()
	if err != nil && !errors.Is(err, turnstone.ErrLeaseLost) {
		t.Error(err)
	}
}

// changeAndDelete saves an instance some times, each time changed, and deletes it.
func changeAndDelete(t *testing.T, db *store.DB, i turnstone.Instance) {
	w := storetest.Write(turnstone.User{ID: i.UserID, AccountID: i.AccountID}, int(i.ID))
	w.Instance = i
	for k := range 10 {
		w.Pollers[0].Configuration = fmt.Sprintf(`{"change":%d}`, k)
		w.Destination.URL = fmt.Sprintf("https://receiver.example/%d", k)
		w.Now = time.Now().Add(-time.Second)
		var err error
		if w.Instance, err = db.SaveInstance(t.Context(), w); err != nil {
			t.Error(err)
			return
		}
	}
	if err := db.DeleteInstance(t.Context(), i.AccountID, i.ID); err != nil {
		t.Error(err)
	}
}

func TestNodesThatStartTogetherMigrateOnce(t *testing.T) {
	t.Parallel()
	dir, url := t.TempDir(), pgtest.Shared(t).Database(t, "")
	ring, err := seal.Open(filepath.Join(dir, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	dbs := make([]*store.DB, 4)
	var started sync.WaitGroup
	for k := range dbs {
		started.Go(func() {
			var err error
			if dbs[k], err = store.Open(t.Context(), store.Options{URL: url, Sealer: ring}); err != nil {
				t.Errorf("Open = %v, want nil", err)
			}
		})
	}
	started.Wait()
	for _, db := range dbs {
		if db != nil {
			t.Cleanup(func() { _ = db.Close() })
		}
	}
	if t.Failed() {
		return
	}
	want := rows(t, storetest.OpenURL(t, storetest.Postgres(t), dir), "migration", "compatibility")
	if diff := cmp.Diff(want, rows(t, dbs[0], "migration", "compatibility")); diff != "" {
		t.Errorf("rows (-migrated by one +migrated by all)\n%s", diff)
	}
	storetest.Instance(t, dbs[1], 1)
	claimPoller(t, dbs[2], lease)
}

// A statement that needs a second connection while its caller holds one would wait for
// ever when all are taken.
func TestOneConnectionIsEnough(t *testing.T) {
	t.Parallel()
	useEverything(t, storetest.OpenURL(t, storetest.Postgres(t)+"&pool_max_conns=1", t.TempDir()))
}
