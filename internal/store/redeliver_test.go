package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

// refused are settlements of first attempts that failed; the next is an hour away.
func refused(ids ...int64) []turnstone.Settlement {
	var all []turnstone.Settlement
	for _, id := range ids {
		all = append(all, turnstone.Settlement{
			Attempt:       turnstone.Attempt{EventID: id, Number: 1, At: storetest.Start(), Status: 500, Problem: "refused"},
			FirstFailedAt: storetest.Start(), NextAt: storetest.Start().Add(time.Hour),
		})
	}
	return all
}

// queued are those that wait until somebody asks.
func queued(ids ...int64) []turnstone.Settlement {
	all := refused(ids...)
	for i := range all {
		all[i].Queued, all[i].NextAt = true, time.Time{}
	}
	return all
}

// waiting makes three events of an instance wait: the first queued, the second for a
// retry, the third not tried; and returns their ids.
func waiting(t *testing.T, db *store.DB, state turnstone.DestinationState) (turnstone.Instance, []int64) {
	t.Helper()
	i := storetest.Instance(t, db, 1)
	commit(t, db, claimPoller(t, db, lease), page(t, db, 3))
	l := claimDestination(t, db, lease)
	owed := look(t, db, l)
	ids := sortedIDs(owed.List)
	batch := released(owed.Signal, append(queued(ids[0]), refused(ids[1])...)...)
	batch.State, batch.Failures, batch.Problem = state, 2, "refused"
	settle(t, db, l, batch)
	return i, ids
}

func TestAQueuedDeliveryWaitsAlsoForAReceiverThatMoved(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i, _ := waiting(t, db, turnstone.DestinationActive)
		changed(t, db, i, func(w *turnstone.InstanceWrite) { w.Destination.URL = "https://moved.example" })
		owed := look(t, db, claimDestination(t, db, lease)).List
		if !owed[0].Queued || owed[0].Attempts != 1 || owed[0].FirstFailedAt.IsZero() {
			t.Errorf("delivery = %+v, want it queued", owed[0])
		}
		if owed[1].Queued || !owed[1].NextAt.IsZero() {
			t.Errorf("delivery = %+v, want one that waited for a retry to be due", owed[1])
		}
		if d := destination(t, db, i); d.Owed != 3 || d.Queued != 1 {
			t.Errorf("destination = %+v, want three owed and one of them queued", d)
		}
	})
}

func TestAQueuedDeliveryIsDueWhenSomebodyAsks(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i, ids := waiting(t, db, turnstone.DestinationActive)
		commit(t, db, claimAgain(t, db, i), page(t, db, 1))
		l := claimDestination(t, db, lease)
		n, err := db.Redeliver(t.Context(), turnstone.DeliveryFilter{AccountID: i.AccountID, State: turnstone.DeliveryQueued})
		if n != 1 || err != nil {
			t.Errorf("Redeliver = %d, %v, want 1", n, err)
		}
		if err := db.SettleDeliveries(t.Context(), l, lease, active()); !errors.Is(err, turnstone.ErrLeaseLost) {
			t.Errorf("SettleDeliveries of one who knew it as queued = %v, want ErrLeaseLost", err)
		}
		got := look(t, db, claimDestination(t, db, lease)).List[0]
		got.Objects, got.Size, got.StoredAt = nil, 0, time.Time{}
		if diff := cmp.Diff(turnstone.Delivery{EventID: ids[0], Attempts: 1}, got); diff != "" {
			t.Errorf("delivery, want it due at the beginning of a schedule (-want +got)\n%s", diff)
		}
		if d := destination(t, db, i); d.Owed != 4 || d.Queued != 0 {
			t.Errorf("destination = %+v, want four owed and none queued", d)
		}
	})
}

func TestRedeliveryIsForWhatItsFilterSelects(t *testing.T) {
	tests := map[string]struct {
		state  turnstone.DestinationState
		filter func(f *turnstone.DeliveryFilter, ids []int64)
		want   int
		due    int // of the three, at once
		active bool
	}{
		"all that waits":             {turnstone.DestinationActive, func(*turnstone.DeliveryFilter, []int64) {}, 2, 3, true},
		"the retries":                {turnstone.DestinationActive, func(f *turnstone.DeliveryFilter, _ []int64) { f.State = turnstone.DeliveryRetry }, 1, 2, true},
		"one event":                  {turnstone.DestinationActive, func(f *turnstone.DeliveryFilter, ids []int64) { f.EventID = ids[0] }, 1, 2, true},
		"one that does not wait":     {turnstone.DestinationActive, func(f *turnstone.DeliveryFilter, ids []int64) { f.EventID = ids[2] }, 0, 1, true},
		"another URL":                {turnstone.DestinationActive, func(f *turnstone.DeliveryFilter, _ []int64) { f.URL = "https://x.example" }, 0, 1, true},
		"another destination":        {turnstone.DestinationActive, func(f *turnstone.DeliveryFilter, _ []int64) { f.DestinationID = 99 }, 0, 1, true},
		"another instance":           {turnstone.DestinationActive, func(f *turnstone.DeliveryFilter, _ []int64) { f.InstanceID = 99 }, 0, 1, true},
		"another account":            {turnstone.DestinationActive, func(f *turnstone.DeliveryFilter, _ []int64) { f.AccountID++ }, 0, 1, true},
		"given up, all":              {turnstone.DestinationInactive, func(*turnstone.DeliveryFilter, []int64) {}, 3, 3, true},
		"given up, queued":           {turnstone.DestinationInactive, func(f *turnstone.DeliveryFilter, _ []int64) { f.State = turnstone.DeliveryQueued }, 3, 3, true},
		"given up, retries":          {turnstone.DestinationInactive, func(f *turnstone.DeliveryFilter, _ []int64) { f.State = turnstone.DeliveryRetry }, 0, 0, false},
		"given up, one event":        {turnstone.DestinationInactive, func(f *turnstone.DeliveryFilter, ids []int64) { f.EventID = ids[1] }, 1, 2, true},
		"given up, an event unknown": {turnstone.DestinationInactive, func(f *turnstone.DeliveryFilter, _ []int64) { f.EventID = 99 }, 0, 0, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			eachDB(t, func(t *testing.T, open func() *store.DB) {
				db := open()
				i, ids := waiting(t, db, tt.state)
				f := turnstone.DeliveryFilter{AccountID: i.AccountID, InstanceID: i.ID, After: turnstone.DeliveryRef{InstanceID: 99}}
				tt.filter(&f, ids)
				if n, err := db.Redeliver(t.Context(), f); n != tt.want || err != nil {
					t.Errorf("Redeliver = %d, %v, want %d", n, err, tt.want)
				}
				d := destination(t, db, i)
				if got := d.State == turnstone.DestinationActive; got != tt.active {
					t.Errorf("active = %v, want %v", got, tt.active)
				}
				if tt.want > 0 && (d.Failures != 0 || d.Problem != "") {
					t.Errorf("destination = %+v, want its failures forgotten", d)
				}
				due := 0
				if tt.active {
					due = dueAtOnce(t, db, i)
				}
				if due != tt.due {
					t.Errorf("%d are due at once, want %d", due, tt.due)
				}
			})
		})
	}
}

// dueAtOnce returns how many deliveries are due at the beginning of a schedule.
func dueAtOnce(t *testing.T, db *store.DB, i turnstone.Instance) int {
	t.Helper()
	commit(t, db, claimAgain(t, db, i), page(t, db, 1)) // so that the destination is due in any case
	n := 0
	for _, d := range look(t, db, claimDestination(t, db, lease)).List {
		if !d.Queued && d.NextAt.IsZero() && d.FirstFailedAt.IsZero() {
			n++
		}
	}
	return n - 1 // without the new one
}

// claimAgain claims the poller of an instance, which is taken from its holder.
func claimAgain(t *testing.T, db *store.DB, i turnstone.Instance) turnstone.PollLease {
	t.Helper()
	changed(t, db, i, func(w *turnstone.InstanceWrite) { w.Pollers[0].Configuration = `{"idField":"Key"}` })
	return claimPoller(t, db, lease)
}

func TestADestinationGivenUpIsActivatedAlsoWhenItIsOwedNothing(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		commit(t, db, claimPoller(t, db, lease), page(t, db, 1))
		l := claimDestination(t, db, lease)
		batch := released(1, made(owed(t, db, l)...)...)
		batch.State = turnstone.DestinationInactive
		settle(t, db, l, batch)
		n, err := db.Redeliver(t.Context(), turnstone.DeliveryFilter{AccountID: i.AccountID})
		if d := destination(t, db, i); n != 0 || err != nil || d.State != turnstone.DestinationActive {
			t.Errorf("Redeliver = %d, %v, destination %s, want 0 and active", n, err, d.State)
		}
	})
}

func TestOwedDeliveriesComeInPages(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i, ids := waiting(t, db, turnstone.DestinationActive)
		main := destination(t, db, i)
		second := saveDestination(t, db, beside(i, turnstone.DestinationFilter{}))
		if _, err := db.Replay(t.Context(), turnstone.Replay{AccountID: i.AccountID, InstanceID: i.ID, DestinationID: second.ID, Limit: 2}); err != nil {
			t.Fatal(err)
		}
		failed := func(id int64) []turnstone.Attempt {
			a := refused(id)[0].Attempt
			a.DestinationID = main.ID
			return []turnstone.Attempt{a}
		}
		record := func(d turnstone.Destination, id int64, state turnstone.DeliveryState) turnstone.DeliveryRecord {
			return turnstone.DeliveryRecord{
				DestinationID: d.ID, InstanceID: i.ID, URL: d.URL, EventID: id, State: state, CreatedAt: storetest.Start(),
			}
		}
		queued, retried := record(main, ids[0], turnstone.DeliveryQueued), record(main, ids[1], turnstone.DeliveryRetry)
		queued.Attempts, queued.UpdatedAt = failed(ids[0]), storetest.Start()
		retried.Attempts, retried.UpdatedAt, retried.NextAt = failed(ids[1]), storetest.Start(), storetest.Start().Add(time.Hour)
		want := []turnstone.DeliveryRecord{
			queued, retried, record(main, ids[2], turnstone.DeliveryCreated),
			record(second, ids[0], turnstone.DeliveryCreated), record(second, ids[1], turnstone.DeliveryCreated),
		}
		for _, size := range []int{1, 2, 3, 100} {
			if diff := cmp.Diff(want, owedDeliveries(t, db, turnstone.DeliveryFilter{AccountID: i.AccountID, Limit: size})); diff != "" {
				t.Errorf("OwedDeliveries in pages of %d (-want +got)\n%s", size, diff)
			}
		}
		for name, tt := range map[string]struct {
			filter turnstone.DeliveryFilter
			want   []turnstone.DeliveryRecord
		}{
			"queued":          {turnstone.DeliveryFilter{State: turnstone.DeliveryQueued}, want[:1]},
			"retried":         {turnstone.DeliveryFilter{State: turnstone.DeliveryRetry}, want[1:2]},
			"created":         {turnstone.DeliveryFilter{State: turnstone.DeliveryCreated}, want[2:]},
			"one destination": {turnstone.DeliveryFilter{DestinationID: second.ID}, want[3:]},
			"one URL":         {turnstone.DeliveryFilter{URL: main.URL}, want[:3]},
			"one event":       {turnstone.DeliveryFilter{EventID: ids[2]}, want[2:3]},
			"other instance":  {turnstone.DeliveryFilter{InstanceID: i.ID + 1}, nil},
		} {
			tt.filter.AccountID, tt.filter.Limit = i.AccountID, 2
			if diff := cmp.Diff(tt.want, owedDeliveries(t, db, tt.filter)); diff != "" {
				t.Errorf("OwedDeliveries of %s (-want +got)\n%s", name, diff)
			}
		}
	})
}

// owedDeliveries reads page after page.
func owedDeliveries(t *testing.T, db *store.DB, f turnstone.DeliveryFilter) []turnstone.DeliveryRecord {
	t.Helper()
	var all []turnstone.DeliveryRecord
	for {
		some, err := db.OwedDeliveries(t.Context(), f)
		if err != nil || len(some) > f.Limit {
			t.Fatalf("OwedDeliveries = %d, %v, want at most %d", len(some), err, f.Limit)
		}
		all = append(all, some...)
		if len(some) < f.Limit {
			return all
		}
		last := some[len(some)-1]
		f.After = turnstone.DeliveryRef{InstanceID: last.InstanceID, DestinationID: last.DestinationID, EventID: last.EventID}
	}
}

func TestAllDeliveriesToADestinationGivenUpAreQueued(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i, ids := waiting(t, db, turnstone.DestinationInactive)
		var got []int64
		for _, r := range owedDeliveries(t, db, turnstone.DeliveryFilter{AccountID: i.AccountID, State: turnstone.DeliveryQueued, Limit: 10}) {
			got = append(got, r.EventID)
		}
		if !slices.Equal(got, ids) {
			t.Errorf("OwedDeliveries = %v, want %v", got, ids)
		}
	})
}

func TestTheBacklogTellsWhatWaitsForSomebody(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i, _ := waiting(t, db, turnstone.DestinationActive)
		commit(t, db, claimAgain(t, db, i), page(t, db, 1))
		b, err := db.Backlog(t.Context())
		if err != nil || b.Owed != 3 || b.Queued != 1 || b.Waiting != 1 || b.InactiveOwed != 0 {
			t.Errorf("Backlog = %+v, %v, want three owed, and one queued beside them", b, err)
		}
		batch := released(4)
		batch.State = turnstone.DestinationInactive
		settle(t, db, claimDestination(t, db, lease), batch)
		b, err = db.Backlog(t.Context())
		if err != nil || b.Owed != 0 || b.Queued != 0 || b.Inactive != 1 || b.InactiveOwed != 4 {
			t.Errorf("Backlog = %+v, %v, want all four to wait for the destination", b, err)
		}
	})
}
