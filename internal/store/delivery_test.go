package store_test

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"turnstone"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

// active is the settlement of a destination that is well.
func active(settled ...turnstone.Settlement) turnstone.DeliveryBatch {
	return turnstone.DeliveryBatch{Settlements: settled, State: turnstone.DestinationActive}
}

func settle(t testing.TB, db *store.DB, l turnstone.DestinationLease, b turnstone.DeliveryBatch) {
	t.Helper()
	if err := db.SettleDeliveries(t.Context(), l, lease, b); err != nil {
		t.Fatal(err)
	}
}

func TestDeliveriesComeInPagesInTheOrderOfEvents(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		storetest.Instance(t, db, 1)
		c := page(t, db, 5)
		slices.Reverse(c.Events)
		commit(t, db, claimPoller(t, db, lease), c)
		l := claimDestination(t, db, lease)
		if l.Destination.Secrets.SignatureKey != "signature-key" {
			t.Errorf("ClaimDestinations = %q, want the secrets in clear", l.Destination.Secrets.SignatureKey)
		}
		want, got := eventIDs(c.Events), []int64{}
		for after := int64(0); len(got) < 5; after = got[len(got)-1] {
			look, err := db.Deliveries(t.Context(), l, after, 2)
			if err != nil || len(look.List) == 0 || look.Signal != 5 {
				t.Fatalf("Deliveries = %v, %v, want more, at signal 5", look, err)
			}
			for _, d := range look.List {
				if len(d.Objects) != 1 {
					t.Errorf("Objects = %v, want those of the event", d.Objects)
				}
				got = append(got, d.EventID)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("Deliveries = %v, want %v", got, want)
		}
	})
}

func TestSettlingRemovesWhatIsDoneAndReschedulesTheRest(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		c := page(t, db, 3)
		commit(t, db, claimPoller(t, db, lease), c)
		l := claimDestination(t, db, lease)
		ids := eventIDs(c.Events)
		failedAt, retryAt := storetest.Start().Add(time.Second), storetest.Start().Add(5*time.Second)
		batch := active(append(made(ids[0], ids[2]), turnstone.Settlement{
			Attempt:       turnstone.Attempt{EventID: ids[1], Number: 1, At: failedAt, Status: 503, Problem: "busy"},
			FirstFailedAt: failedAt, NextAt: retryAt,
		})...)
		batch.Failures, batch.Problem = 1, "busy"
		settle(t, db, l, batch)

		look, err := db.Deliveries(t.Context(), l, 0, 10)
		want := []turnstone.Delivery{{
			EventID: ids[1], Objects: c.Events[1].Objects, Attempts: 1, FirstFailedAt: failedAt, NextAt: retryAt,
			StoredAt: storetest.Start(), Size: len(c.Events[1].Body),
		}}
		if diff := cmp.Diff(want, look.List); diff != "" || err != nil {
			t.Errorf("Deliveries = %v (-want +got)\n%s", err, diff)
		}
		delivered, err := db.Notified(t.Context(), i.AccountID, ids)
		if diff := cmp.Diff(map[int64]bool{ids[0]: true, ids[2]: true}, delivered); diff != "" || err != nil {
			t.Errorf("Delivered = %v (-want +got)\n%s", err, diff)
		}
		if diff := cmp.Diff(map[string]int64{"attempt": 3}, rows(t, db, "attempt")); diff != "" {
			t.Errorf("rows (-want +got)\n%s", diff)
		}
		d := destination(t, db, i)
		if d.Failures != 1 || d.Problem != "busy" || !d.LastGoodAt.Equal(storetest.Start()) {
			t.Errorf("destination = %+v, want its health recorded", d)
		}
	})
}

func TestAnOvertakenDelivererSettlesNothing(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		storetest.Instance(t, db, 1)
		commit(t, db, claimPoller(t, db, lease), page(t, db, 2))
		stalled := claimDestination(t, db, expired)
		ids := owed(t, db, stalled)
		current := claimDestination(t, db, lease)
		if err := db.SettleDeliveries(t.Context(), stalled, lease, active(made(ids...)...)); !errors.Is(err, turnstone.ErrLeaseLost) {
			t.Errorf("SettleDeliveries = %v, want ErrLeaseLost", err)
		}
		if _, err := db.Deliveries(t.Context(), stalled, 0, 10); !errors.Is(err, turnstone.ErrLeaseLost) {
			t.Errorf("Deliveries = %v, want ErrLeaseLost", err)
		}
		if diff := cmp.Diff(map[string]int64{"attempt": 0, "delivery": 2}, rows(t, db, "attempt", "delivery")); diff != "" {
			t.Errorf("rows (-want +got)\n%s", diff)
		}
		settle(t, db, current, active(made(ids...)...))
	})
}

func TestAReleasedDestinationIsDueWhenItsHolderSays(t *testing.T) {
	tests := map[string]struct {
		next time.Time
		due  int
	}{
		"no more work": {time.Time{}, 0},
		"later":        {time.Now().Add(time.Hour), 0},
		"at once":      {time.Now().Add(-time.Second), 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			eachDB(t, func(t *testing.T, open func() *store.DB) {
				db := open()
				storetest.Instance(t, db, 1)
				polling := claimPoller(t, db, lease)
				commit(t, db, polling, page(t, db, 1))
				batch := active()
				batch.Release = &turnstone.Release{NextAt: tt.next, Signal: 1}
				settle(t, db, claimDestination(t, db, lease), batch)
				if leases, err := db.ClaimDestinations(t.Context(), 1, lease); len(leases) != tt.due || err != nil {
					t.Errorf("ClaimDestinations = %d, %v, want %d", len(leases), err, tt.due)
				}
				commit(t, db, polling, page(t, db, 1))
				if leases, err := db.ClaimDestinations(t.Context(), 1, lease); len(leases) != 1-tt.due || err != nil {
					t.Errorf("ClaimDestinations after a new event = %d, %v, want %d", len(leases), err, 1-tt.due)
				}
			})
		})
	}
}

func TestARestIsNotEndedByAnEvent(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		poll := claimPoller(t, db, lease)
		commit(t, db, poll, page(t, db, 1))
		l := claimDestination(t, db, lease)
		batch := active()
		batch.Release = &turnstone.Release{NextAt: storetest.Start(), RestUntil: time.Now().Add(time.Hour)}
		settle(t, db, l, batch)
		commit(t, db, poll, page(t, db, 1))
		if leases, err := db.ClaimDestinations(t.Context(), 1, lease); err != nil || len(leases) != 0 {
			t.Errorf("ClaimDestinations during the rest = %v, %v, want none", leases, err)
		}
		if err := db.SettleDeliveries(t.Context(), l, lease, active()); !errors.Is(err, turnstone.ErrLeaseLost) {
			t.Errorf("settling during the rest = %v, want ErrLeaseLost", err)
		}
		w := storetest.Write(turnstone.User{ID: i.UserID, AccountID: i.AccountID}, 1)
		w.Instance, w.Destination.URL = i, "https://elsewhere.example"
		storetest.Save(t, db, w)
		claimDestination(t, db, lease) // the rest was for the other receiver
	})
}

func TestAnInactiveDestinationKeepsWhatItIsOwed(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		_, u := storetest.Account(t, db, 1)
		w := storetest.Write(u, 1)
		w.Credential = nil
		w.Instance = storetest.Save(t, db, w)
		polling := claimPoller(t, db, lease)
		commit(t, db, polling, page(t, db, 1))
		l := claimDestination(t, db, lease)
		look, err := db.Deliveries(t.Context(), l, 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		settle(t, db, l, turnstone.DeliveryBatch{
			Settlements: []turnstone.Settlement{{
				Attempt: turnstone.Attempt{EventID: look.List[0].EventID, Number: 1, Status: 410}, NextAt: time.Now().Add(time.Hour),
			}},
			State: turnstone.DestinationInactive, Problem: "gone", Failures: 1, Release: &turnstone.Release{Signal: look.Signal},
		})
		commit(t, db, polling, page(t, db, 1))
		if leases, err := db.ClaimDestinations(t.Context(), 1, lease); len(leases) != 0 || err != nil {
			t.Fatalf("ClaimDestinations = %d, %v, want none while it is inactive", len(leases), err)
		}

		storetest.Save(t, db, w)
		l = claimDestination(t, db, lease)
		if d := l.Destination; d.State != turnstone.DestinationActive || d.Problem != "" || d.Failures != 0 {
			t.Errorf("destination = %+v, want it active and well", d)
		}
		look, err = db.Deliveries(t.Context(), l, 0, 10)
		if err != nil || len(look.List) != 2 {
			t.Fatalf("Deliveries = %v, %v, want both", look.List, err)
		}
		if first := look.List[0]; !first.NextAt.IsZero() || first.Attempts != 1 {
			t.Errorf("delivery = %+v, want it due at once and its attempt counted", first)
		}
	})
}

// Whatever the order in which events are stored and a holder looks, settles and
// releases, what is owed is either held or due.
func TestNoWakeUpIsLost(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		storetest.Instance(t, db, 1)
		polling := claimPoller(t, db, lease)
		rapid.Check(t, func(rt *rapid.T) {
			var held *turnstone.DestinationLease
			var look turnstone.Deliveries
			claim := func() {
				leases, err := db.ClaimDestinations(t.Context(), 1, lease)
				if err != nil {
					rt.Fatal(err)
				}
				if len(leases) == 1 {
					held, look = &leases[0], turnstone.Deliveries{}
				}
			}
			release := func() {
				var ids []int64
				for _, d := range look.List {
					ids = append(ids, d.EventID)
				}
				batch := active(made(ids...)...)
				batch.Release = &turnstone.Release{Signal: look.Signal}
				settle(t, db, *held, batch)
				held = nil
			}
			read := func() {
				var err error
				if look, err = db.Deliveries(t.Context(), *held, 0, 100); err != nil {
					rt.Fatal(err)
				}
			}
			rt.Repeat(map[string]func(*rapid.T){
				"store":   func(*rapid.T) { commit(t, db, polling, page(t, db, 1)) },
				"claim":   func(*rapid.T) { claim() },
				"look":    func(*rapid.T) { ifHeld(held, read) },
				"release": func(*rapid.T) { ifHeld(held, release) },
			})
			for range 3 { // a holder that comes back finds all that is left
				if held == nil {
					claim()
				}
				ifHeld(held, read)
				ifHeld(held, release)
			}
			if n := rows(t, db, "delivery")["delivery"]; n != 0 || held != nil {
				rt.Errorf("%d deliveries are owed and the destination is not due", n)
			}
		})
	})
}

func ifHeld(held *turnstone.DestinationLease, do func()) {
	if held != nil {
		do()
	}
}

// Two pollers store events while two holders deliver them, as the loops do.
func TestNoEventIsLeftBehindUnderLoad(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		manyPollers(t, db, 2)
		pollers, err := db.ClaimPollers(t.Context(), 2, lease)
		if err != nil || len(pollers) != 2 {
			t.Fatalf("ClaimPollers = %d, %v, want 2", len(pollers), err)
		}
		const pages = 100
		var stored, delivered sync.WaitGroup
		for _, l := range pollers {
			commits := make([]turnstone.PollCommit, pages)
			for k := range commits {
				commits[k] = page(t, db, 1)
			}
			stored.Go(func() {
				for _, c := range commits {
					if err := db.CommitPoll(t.Context(), l, lease, c); err != nil {
						t.Error(err)
					}
				}
			})
		}
		var made atomic.Int64
		for range 2 {
			delivered.Go(func() {
				for made.Load() < int64(pages*len(pollers)) && t.Context().Err() == nil && !t.Failed() {
					made.Add(deliverWhatIsDue(t, db))
				}
			})
		}
		stored.Wait()
		delivered.Wait()
		if n := rows(t, db, "delivery")["delivery"]; n != 0 {
			t.Errorf("%d deliveries are left behind", n)
		}
	})
}

// deliverWhatIsDue serves one destination that is due, and returns how many
// deliveries it made.
func deliverWhatIsDue(t *testing.T, db *store.DB) int64 {
	leases, err := db.ClaimDestinations(t.Context(), 1, lease)
	if err != nil {
		t.Error(err)
	}
	var n int64
	for _, l := range leases {
		look, err := db.Deliveries(t.Context(), l, 0, 10)
		if err != nil {
			t.Error(err)
		}
		var ids []int64
		for _, d := range look.List {
			ids = append(ids, d.EventID)
		}
		batch := active(made(ids...)...)
		batch.Release = &turnstone.Release{Signal: look.Signal}
		if len(ids) == 10 { // there may be more, which no signal will announce
			batch.Release.NextAt = time.Now()
		}
		if err := db.SettleDeliveries(t.Context(), l, lease, batch); err != nil {
			t.Error(err)
		}
		n += int64(len(ids))
	}
	return n
}
