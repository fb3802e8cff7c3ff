package store_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

// replayAll replays batch after batch, and returns what that did. Each batch does what
// was counted before.
func replayAll(t *testing.T, db *store.DB, r turnstone.Replay) turnstone.Replayed {
	t.Helper()
	var all turnstone.Replayed
	for {
		counted, err := db.CountReplay(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		n, err := db.Replay(t.Context(), r)
		if n != counted || err != nil {
			t.Fatalf("Replay = %+v, %v, want %+v as counted", n, err, counted)
		}
		all.Events += n.Events
		all.Deliveries += n.Deliveries
		if r.After = n.Last; n.Last == 0 {
			return all
		}
	}
}

// delivered stores a page, delivers all of it, and returns the ids of its events.
func delivered(t *testing.T, db *store.DB, poll turnstone.PollLease, c turnstone.PollCommit) []int64 {
	t.Helper()
	commit(t, db, poll, c)
	for _, l := range claimAll(t, db) {
		owed := look(t, db, l)
		settlements := made(sortedIDs(owed.List)...)
		for k, d := range owed.List {
			settlements[k].Attempt.Number += d.Attempts
		}
		settle(t, db, l, released(owed.Signal, settlements...))
	}
	return eventIDs(c.Events)
}

func TestReplayedEventsAreOwedAgain(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		poll := claimPoller(t, db, lease)
		ids := delivered(t, db, poll, page(t, db, 5))
		commit(t, db, poll, page(t, db, 1)) // owed anyway
		got := replayAll(t, db, turnstone.Replay{AccountID: i.AccountID, InstanceID: i.ID, Limit: 2})
		if want := (turnstone.Replayed{Events: 6, Deliveries: 5}); got != want {
			t.Errorf("Replay = %+v, want %+v", got, want)
		}
		l := claimDestination(t, db, lease)
		owed := look(t, db, l)
		for k, d := range owed.List[:5] {
			if d.EventID != ids[k] || d.Attempts != 1 || !d.NextAt.IsZero() || !d.FirstFailedAt.IsZero() {
				t.Errorf("delivery = %+v, want event %d due, its attempts numbered on", d, ids[k])
			}
		}
		if len(owed.List) != 6 || owed.Signal != 11 {
			t.Errorf("Deliveries = %d at signal %d, want 6 at 11", len(owed.List), owed.Signal)
		}
		// The attempt has its number, and what was delivered once stays so.
		again := made(ids[0])
		again[0].Attempt.Number, again[0].Attempt.Problem, again[0].Done = 2, "refused", false
		settle(t, db, l, active(again...))
		told, err := db.Notified(t.Context(), i.AccountID, ids)
		if err != nil || !told[ids[0]] {
			t.Errorf("Delivered = %v, %v, want what was delivered before its replay", told, err)
		}
	})
}

func TestAReplayIsOfTheEventsItNames(t *testing.T) {
	hour := func(n int) time.Time { return storetest.Start().Add(time.Duration(n) * time.Hour) }
	tests := map[string]struct {
		replay func(r *turnstone.Replay, ids []int64)
		want   []int // of four events an hour apart, reports and receipts in turn
	}{
		"all":                    {func(*turnstone.Replay, []int64) {}, []int{0, 1, 2, 3}},
		"by id":                  {func(r *turnstone.Replay, ids []int64) { r.EventIDs = []int64{ids[3], ids[1], ids[3], 9999} }, []int{1, 3}},
		"from":                   {func(r *turnstone.Replay, _ []int64) { r.From = hour(2) }, []int{2, 3}},
		"to":                     {func(r *turnstone.Replay, _ []int64) { r.To = hour(2) }, []int{0, 1}},
		"one resource":           {func(r *turnstone.Replay, _ []int64) { r.Resource = "receipts" }, []int{1, 3}},
		"a resource in a time":   {func(r *turnstone.Replay, _ []int64) { r.Resource, r.From = "reports", hour(1) }, []int{2}},
		"none":                   {func(r *turnstone.Replay, _ []int64) { r.From = hour(9) }, nil},
		"of another destination": {func(r *turnstone.Replay, _ []int64) { r.DestinationID = 2 }, []int{0, 1, 2, 3}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			eachDB(t, func(t *testing.T, open func() *store.DB) {
				db := open()
				i := storetest.Instance(t, db, 1)
				c := page(t, db, 4)
				for k := range c.Events {
					c.Events[k].CreatedAt = hour(k)
					c.Events[k].Resource = []string{"reports", "receipts"}[k%2]
				}
				ids := delivered(t, db, claimPoller(t, db, lease), c)
				other := saveDestination(t, db, beside(i, turnstone.DestinationFilter{Resources: []string{"trips"}}))
				if other.ID != 2 {
					t.Fatalf("destination %d, want 2", other.ID)
				}
				r := turnstone.Replay{AccountID: i.AccountID, InstanceID: i.ID, Limit: 1}
				tt.replay(&r, ids)
				n := replayAll(t, db, r)
				want := []int64{}
				for _, k := range tt.want {
					want = append(want, ids[k])
				}
				if n.Events != len(want) || n.Deliveries != len(want) {
					t.Errorf("Replay = %+v, want %d events", n, len(want))
				}
				got := []int64{}
				for id, l := range claimAll(t, db) {
					if wanted := max(r.DestinationID, 1); id != wanted {
						t.Errorf("destination %d is due, want only %d", id, wanted)
					}
					got = sortedIDs(look(t, db, l).List)
				}
				if !slices.Equal(got, want) {
					t.Errorf("owed = %v, want %v", got, want)
				}
			})
		})
	}
}

func TestAReplayIsForThoseWhoWantIt(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		c := page(t, db, 1)
		c.Events[0].Objects, c.Events[0].Ops = []string{"a", "b"}, []turnstone.Op{turnstone.Created, turnstone.Updated}
		delivered(t, db, claimPoller(t, db, lease), c)
		both := saveDestination(t, db, beside(i, turnstone.DestinationFilter{Ops: []turnstone.Op{turnstone.Updated}}))
		saveDestination(t, db, beside(i, turnstone.DestinationFilter{Ops: []turnstone.Op{turnstone.Deleted}}))
		n := replayAll(t, db, turnstone.Replay{AccountID: i.AccountID, InstanceID: i.ID, Limit: 10})
		if want := (turnstone.Replayed{Events: 1, Deliveries: 2}); n != want {
			t.Errorf("Replay = %+v, want %+v", n, want)
		}
		leases := claimAll(t, db)
		if _, due := leases[both.ID]; !due || len(leases) != 2 {
			t.Errorf("due = %v, want the main one and %d, which wants one of the two changes", leases, both.ID)
		}
	})
}

func TestAReplayOfNothingIsNotFound(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		for name, r := range map[string]turnstone.Replay{
			"another account":     {AccountID: i.AccountID + 1, InstanceID: i.ID},
			"another instance":    {AccountID: i.AccountID, InstanceID: i.ID + 1},
			"another destination": {AccountID: i.AccountID, InstanceID: i.ID, DestinationID: 99},
		} {
			r.Limit = 1
			if _, err := db.Replay(t.Context(), r); !errors.Is(err, turnstone.ErrNotFound) {
				t.Errorf("Replay of %s = %v, want ErrNotFound", name, err)
			}
			if _, err := db.CountReplay(t.Context(), r); !errors.Is(err, turnstone.ErrNotFound) {
				t.Errorf("CountReplay of %s = %v, want ErrNotFound", name, err)
			}
		}
	})
}

// A purge takes away what is owed to nobody, and a replay owes it: on two nodes at the
// same time, an event must not end up owed and gone.
func TestAReplayAndAPurgePassEachOtherBy(t *testing.T) {
	dbs := nodes(t, 2)
	i := storetest.Instance(t, dbs[0], 1)
	poll := claimPoller(t, dbs[0], lease)
	for range 20 {
		delivered(t, dbs[0], poll, page(t, dbs[0], 50))
		var done sync.WaitGroup
		done.Go(func() {
			if _, err := dbs[0].Replay(t.Context(), turnstone.Replay{AccountID: i.AccountID, InstanceID: i.ID, Limit: 30}); err != nil {
				t.Error(err)
			}
		})
		done.Go(func() {
			if _, err := dbs[1].Purge(t.Context(), storetest.Start().Add(time.Hour), 40); err != nil {
				t.Error(err)
			}
		})
		done.Wait()
		gone := rows(t, dbs[0], "delivery d WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.id = d.event_id)")
		for _, n := range gone {
			if n != 0 {
				t.Fatalf("%d deliveries of events that are gone", n)
			}
		}
	}
}

func TestTheHistoryOfAnEventTellsEachAttempt(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		second := saveDestination(t, db, beside(i, turnstone.DestinationFilter{Ops: []turnstone.Op{turnstone.Updated}}))
		saveDestination(t, db, beside(i, turnstone.DestinationFilter{Ops: []turnstone.Op{turnstone.Deleted}}))
		c := page(t, db, 2)
		commit(t, db, claimPoller(t, db, lease), c)
		ids := eventIDs(c.Events)
		main, err := db.Destinations(t.Context(), i.AccountID, i.ID)
		if err != nil {
			t.Fatal(err)
		}
		leases := claimAll(t, db)
		retry := made(ids[0])
		retry[0].Attempt.Number = 2
		settle(t, db, leases[main[0].ID], active(refused(ids[0])...))
		settle(t, db, leases[main[0].ID], active(retry...))
		settle(t, db, leases[second.ID], active(queued(ids[0])...))

		failed, good := refused(ids[0])[0].Attempt, retry[0].Attempt
		failed.DestinationID, good.DestinationID = main[0].ID, main[0].ID
		other := failed
		other.DestinationID = second.ID
		record := turnstone.DeliveryRecord{InstanceID: i.ID, EventID: ids[0], CreatedAt: storetest.Start(), UpdatedAt: storetest.Start()}
		first, next, fresh := record, record, record
		first.DestinationID, first.URL, first.State, first.Attempts = main[0].ID, main[0].URL, turnstone.DeliveryDelivered, []turnstone.Attempt{failed, good}
		next.DestinationID, next.URL, next.State, next.Attempts = second.ID, second.URL, turnstone.DeliveryQueued, []turnstone.Attempt{other}
		fresh.DestinationID, fresh.URL, fresh.State, fresh.EventID, fresh.UpdatedAt = main[0].ID, main[0].URL, turnstone.DeliveryCreated, ids[1], time.Time{}
		last := fresh
		last.DestinationID, last.URL = second.ID, second.URL

		got, err := db.DeliveryHistory(t.Context(), i.AccountID, i.ID, []int64{ids[1], ids[0], ids[1], 9999})
		if diff := cmp.Diff([]turnstone.DeliveryRecord{first, next, fresh, last}, got); diff != "" || err != nil {
			t.Errorf("DeliveryHistory = %v (-want +got)\n%s", err, diff)
		}
		got, err = db.DeliveryHistory(t.Context(), i.AccountID+1, i.ID, ids)
		if len(got) != 0 || err != nil {
			t.Errorf("DeliveryHistory of another account = %v, %v, want nothing", got, err)
		}
		if replayAll(t, db, turnstone.Replay{AccountID: i.AccountID, InstanceID: i.ID, EventIDs: ids, Limit: 10}).Deliveries != 1 {
			t.Errorf("Replay did not owe the one that was delivered")
		}
		got, err = db.DeliveryHistory(t.Context(), i.AccountID, i.ID, ids[:1])
		first.State = turnstone.DeliveryRetry
		if diff := cmp.Diff([]turnstone.DeliveryRecord{first, next}, got); diff != "" || err != nil {
			t.Errorf("DeliveryHistory after a replay = %v (-want +got)\n%s", err, diff)
		}
	})
}
