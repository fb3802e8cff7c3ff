package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

// beside returns a destination beside the main one of an instance, to be stored.
func beside(i turnstone.Instance, f turnstone.DestinationFilter) turnstone.Destination {
	return turnstone.Destination{
		AccountID: i.AccountID, InstanceID: i.ID, URL: "https://second.example/events",
		Secrets: turnstone.DestinationSecrets{SignatureKey: "second-key", SecondaryKey: "older-key"}, Filter: f,
	}
}

func saveDestination(t testing.TB, db *store.DB, d turnstone.Destination) turnstone.Destination {
	t.Helper()
	saved, err := db.SaveDestination(t.Context(), d, storetest.Start())
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

// changed saves an instance as storetest.Write describes it, after a change.
func changed(t testing.TB, db *store.DB, i turnstone.Instance, change func(w *turnstone.InstanceWrite)) turnstone.Instance {
	t.Helper()
	w := storetest.Write(turnstone.User{ID: i.UserID, AccountID: i.AccountID}, 1)
	w.Instance, w.Credential = i, nil
	change(&w)
	return storetest.Save(t, db, w)
}

func TestADestinationReadsBackAsItWasSaved(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		want := beside(i, turnstone.DestinationFilter{Resources: []string{"reports"}, Ops: []turnstone.Op{turnstone.Created}})
		want.Limits = turnstone.DestinationLimits{Pace: time.Second, Concurrency: 3}
		want.Handshake.Mode = turnstone.HandshakeAsk
		saved := saveDestination(t, db, want)
		want.ID, want.CreatedAt, want.State, want.Policy = saved.ID, storetest.Start(), turnstone.DestinationActive, turnstone.PolicyRetry
		if diff := cmp.Diff(want, saved); diff != "" {
			t.Errorf("SaveDestination (-want +got)\n%s", diff)
		}
		read, err := db.Destination(t.Context(), i.AccountID, i.ID, saved.ID)
		if diff := cmp.Diff(want, read); diff != "" || err != nil {
			t.Errorf("Destination = %v (-want +got)\n%s", err, diff)
		}
		all, err := db.Destinations(t.Context(), i.AccountID, i.ID)
		if err != nil || len(all) != 2 || !all[0].Main || all[1].Main {
			t.Errorf("Destinations = %+v, %v, want the main one and another", all, err)
		}
		for name, id := range map[string][3]int64{
			"another account":  {i.AccountID + 1, i.ID, saved.ID},
			"another instance": {i.AccountID, i.ID + 1, saved.ID},
			"another id":       {i.AccountID, i.ID, saved.ID + 1},
		} {
			if _, err := db.Destination(t.Context(), id[0], id[1], id[2]); !errors.Is(err, turnstone.ErrNotFound) {
				t.Errorf("Destination of %s = %v, want ErrNotFound", name, err)
			}
		}
	})
}

func TestTheMainDestinationIsChangedThroughItsInstanceOnly(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		d := destination(t, db, i)
		_, saved := db.SaveDestination(t.Context(), d, storetest.Start())
		deleted := db.DeleteDestination(t.Context(), i.AccountID, i.ID, d.ID)
		for what, err := range map[string]error{"SaveDestination": saved, "DeleteDestination": deleted} {
			if !errors.Is(err, turnstone.ErrConflict) || !strings.Contains(err.Error(), turnstone.KeyCallbackURL) {
				t.Errorf("%s = %v, want ErrConflict and what to do", what, err)
			}
		}
		other := saveDestination(t, db, beside(i, turnstone.DestinationFilter{}))
		changed(t, db, i, func(w *turnstone.InstanceWrite) { w.Destination = nil })
		if left := destination(t, db, i); left.ID != other.ID {
			t.Errorf("destination = %+v, want the other one left as it is", left)
		}
	})
}

func TestAnInstanceHasOnlySoManyDestinations(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		var last turnstone.Destination
		for range turnstone.MaxDestinations {
			last = saveDestination(t, db, beside(i, turnstone.DestinationFilter{}))
		}
		_, err := db.SaveDestination(t.Context(), beside(i, turnstone.DestinationFilter{}), storetest.Start())
		if !errors.Is(err, turnstone.ErrConflict) || !strings.Contains(err.Error(), fmt.Sprint(turnstone.MaxDestinations)) {
			t.Errorf("SaveDestination = %v, want ErrConflict and the limit", err)
		}
		saveDestination(t, db, last) // a change needs no room
	})
}

func TestADeletedDestinationLeavesNothing(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		d := saveDestination(t, db, beside(i, turnstone.DestinationFilter{}))
		commit(t, db, claimPoller(t, db, lease), page(t, db, 2))
		l := claimAll(t, db)[d.ID]
		settle(t, db, l, active(made(owed(t, db, l)[0])...))
		if err := db.DeleteDestination(t.Context(), i.AccountID, i.ID, d.ID); err != nil {
			t.Fatal(err)
		}
		if err := db.SettleDeliveries(t.Context(), l, lease, active()); !errors.Is(err, turnstone.ErrLeaseLost) {
			t.Errorf("SettleDeliveries = %v, want ErrLeaseLost", err)
		}
		if err := db.DeleteDestination(t.Context(), i.AccountID, i.ID, d.ID); !errors.Is(err, turnstone.ErrNotFound) {
			t.Errorf("DeleteDestination again = %v, want ErrNotFound", err)
		}
		purge(t, db, time.Time{})
		if diff := cmp.Diff(map[string]int64{"destination": 1, "delivery": 2, "attempt": 0, "leftover": 0}, rows(t, db, "destination", "delivery", "attempt", "leftover")); diff != "" {
			t.Errorf("rows (-want +got)\n%s", diff)
		}
	})
}

func TestOneWhoWantsOnlySomeOpsSplitsTheEventsOfTheInstance(t *testing.T) {
	created := turnstone.DestinationFilter{Ops: []turnstone.Op{turnstone.Created}}
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		grouped := claimPoller(t, db, lease)
		d := saveDestination(t, db, beside(i, created))
		if err := db.CommitPoll(t.Context(), grouped, lease, page(t, db, 1)); !errors.Is(err, turnstone.ErrLeaseLost) {
			t.Errorf("CommitPoll of one who grouped the old way = %v, want ErrLeaseLost", err)
		}
		split := claimPoller(t, db, lease)
		if grouped.Instance.SplitOps || !split.Instance.SplitOps {
			t.Errorf("SplitOps = %v, then %v, want it to begin", grouped.Instance.SplitOps, split.Instance.SplitOps)
		}
		saveDestination(t, db, beside(i, created))
		commit(t, db, split, page(t, db, 1)) // nothing changed for it

		i = changed(t, db, i, func(w *turnstone.InstanceWrite) { w.Destination.Filter = created })
		d.Filter = turnstone.DestinationFilter{Resources: []string{"reports"}}
		saveDestination(t, db, d)
		if err := db.DeleteDestination(t.Context(), i.AccountID, i.ID, d.ID+1); err != nil {
			t.Fatal(err)
		}
		if i, err := db.Instance(t.Context(), i.AccountID, i.ID); err != nil || !i.SplitOps {
			t.Errorf("SplitOps = %v, %v, want it on for the main destination", i.SplitOps, err)
		}
		if i = changed(t, db, i, func(*turnstone.InstanceWrite) {}); i.SplitOps {
			t.Errorf("SplitOps = %v after the last such filter is gone, want it off", i.SplitOps)
		}
		if err := db.CommitPoll(t.Context(), split, lease, page(t, db, 1)); !errors.Is(err, turnstone.ErrLeaseLost) {
			t.Errorf("CommitPoll of one who split = %v, want ErrLeaseLost", err)
		}
	})
}

func TestTheAnswerToAHandshakeIsForgottenWithItsReceiver(t *testing.T) {
	answered := turnstone.Handshake{Mode: turnstone.HandshakeAsk, AllowedAt: storetest.Start(), Pace: time.Second}
	tests := map[string]struct {
		change func(d *turnstone.Destination)
		want   turnstone.Handshake
	}{
		"other limits": {func(d *turnstone.Destination) { d.Limits.Concurrency = 2 }, answered},
		"another URL":  {func(d *turnstone.Destination) { d.URL += "/v2" }, turnstone.Handshake{Mode: turnstone.HandshakeAsk}},
		"another mode": {func(d *turnstone.Destination) { d.Handshake.Mode = turnstone.HandshakeRequired }, turnstone.Handshake{Mode: turnstone.HandshakeRequired}},
	}
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		poll := claimPoller(t, db, lease)
		for name, tt := range tests {
			d := beside(i, turnstone.DestinationFilter{})
			d.Handshake.Mode = turnstone.HandshakeAsk
			d = saveDestination(t, db, d)
			commit(t, db, poll, page(t, db, 1))
			batch := active()
			batch.Handshake = &answered
			l := claimAll(t, db)[d.ID]
			settle(t, db, l, batch)
			settle(t, db, l, active()) // nobody was asked
			tt.change(&d)
			if saved := saveDestination(t, db, d); saved.Handshake != tt.want {
				t.Errorf("%s: handshake = %+v, want %+v", name, saved.Handshake, tt.want)
			}
		}
	})
}

// claimAll claims all destinations that are due, by their ids.
func claimAll(t testing.TB, db *store.DB) map[int64]turnstone.DestinationLease {
	t.Helper()
	leases, err := db.ClaimDestinations(t.Context(), 100, lease)
	if err != nil {
		t.Fatal(err)
	}
	byID := map[int64]turnstone.DestinationLease{}
	for _, l := range leases {
		byID[l.Destination.ID] = l
	}
	return byID
}

// released is the settlement of a destination with nothing to do until an event comes.
func released(signal int64, settled ...turnstone.Settlement) turnstone.DeliveryBatch {
	batch := active(settled...)
	batch.Release = &turnstone.Release{Signal: signal}
	return batch
}

// look returns what a destination is owed under a lease, and gives no page away.
func look(t testing.TB, db *store.DB, l turnstone.DestinationLease) turnstone.Deliveries {
	t.Helper()
	all, err := db.Deliveries(t.Context(), l, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// sortedIDs returns the ids of deliveries.
func sortedIDs(all []turnstone.Delivery) []int64 {
	ids := []int64{}
	for _, d := range all {
		ids = append(ids, d.EventID)
	}
	slices.Sort(ids)
	return ids
}

func TestNodesTogetherKeepToTheMostDestinations(t *testing.T) {
	dbs := nodes(t, 4)
	i := storetest.Instance(t, dbs[0], 1)
	everywhere(dbs, func(db *store.DB) {
		for range turnstone.MaxDestinations / 2 {
			_, err := db.SaveDestination(t.Context(), beside(i, turnstone.DestinationFilter{}), storetest.Start())
			if err != nil && !errors.Is(err, turnstone.ErrConflict) {
				t.Error(err)
			}
		}
	})
	all, err := dbs[0].Destinations(t.Context(), i.AccountID, i.ID)
	if want := turnstone.MaxDestinations + 1; len(all) != want || err != nil {
		t.Errorf("Destinations = %d, %v, want %d with the main one", len(all), err, want)
	}
}
