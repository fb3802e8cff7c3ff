package poll_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/poll"
	"turnstone/internal/store/storetest"
)

func TestThePromisesHoldWithTheRealStore(t *testing.T) {
	db := storetest.Open(t)
	_, user := storetest.Account(t, db, 1)
	write := storetest.Write(user, 1)
	write.Instance.Element, write.Now = "crm", time.Now()
	write.Pollers[0].Resource, write.Pollers[0].Configuration = "deals", deals
	in := storetest.Save(t, db, write)

	w := newWorld(t, "deals", deals)
	w.clock = time.Now()
	w.loop.Store = db
	claim := func() turnstone.PollLease {
		t.Helper()
		leases, err := db.ClaimPollers(t.Context(), 10, poll.DefaultLease)
		if err != nil || len(leases) != 1 {
			t.Fatalf("ClaimPollers = %v, %v, want the poller", leases, err)
		}
		return leases[0]
	}
	for _, id := range []string{"a", "b", "c"} {
		w.change(id, "1")
	}
	lease := claim()
	w.loop.Poll(t.Context(), lease)
	w.loop.Poll(t.Context(), lease) // by somebody whose lease has ended

	tellsInOrder(t, db, in, "a", "b", "c")
	polls, err := db.Polls(t.Context(), turnstone.PollFilter{AccountID: in.AccountID, PollerID: lease.Poller.ID, Limit: 10})
	if err != nil || len(polls) != 1 || polls[0].Outcome != turnstone.PollComplete || polls[0].Created != 3 {
		t.Errorf("Polls = %+v, %v, want one that created 3", polls, err)
	}
	pollers, err := db.Pollers(t.Context(), in.AccountID, in.ID)
	if err != nil || len(pollers) != 1 || pollers[0].Cursor.IsZero() || !pollers[0].NextAt.After(w.clock) {
		t.Errorf("Pollers = %+v, %v, want a cursor and the next poll", pollers, err)
	}
}

func TestRescansAreKeptByTheRealStore(t *testing.T) {
	db := storetest.Open(t)
	_, user := storetest.Account(t, db, 1)
	write := storetest.Write(user, 1)
	write.Instance.Element, write.Now = "crm", time.Now()
	write.Instance.Configuration[turnstone.KeyDiff] = "true"
	write.Pollers[0].Resource, write.Pollers[0].Configuration = "orders", with(orders, `"detectDeletes":60,"backfill":"all"`)
	in := storetest.Save(t, db, write)
	w := aged(t, "orders", orders)
	w.clock, w.loop.Store = time.Now(), db
	var poller turnstone.Poller
	poll := func() {
		t.Helper()
		leases, err := db.ClaimPollers(t.Context(), 10, poll.DefaultLease)
		if err != nil || len(leases) != 1 {
			t.Fatalf("ClaimPollers = %v, %v, want the poller", leases, err)
		}
		poller = leases[0].Poller
		w.loop.Poll(t.Context(), leases[0])
	}
	poll() // the backfill
	w.pass(2 * time.Hour)
	w.delete("b")
	w.change("c", "2")
	if err := db.ResetPoller(t.Context(), in.AccountID, poller.ID, w.clock.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	poll() // what changed, and the first census, which misses b
	if err := db.Rescan(t.Context(), in.AccountID, poller.ID, turnstone.Rescan{Kind: turnstone.RescanReplay, Since: w.clock.Add(-time.Hour), AskedAt: w.clock.Add(time.Second)}); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Minute)
	poll() // the replay
	tellsInOrder(t, db, in, "a", "b", "c", "d", "e", "f", "g", "c", "b", "c")
	events, err := db.Events(t.Context(), turnstone.EventFilter{AccountID: in.AccountID, InstanceID: in.ID, Limit: 10})
	if err != nil || !strings.Contains(string(events[2].Body), `"changedFields":["content","updated"]`) {
		t.Errorf("events = %v, %v, want the fields that changed in c", events, err)
	}
	seen, err := db.Sightings(t.Context(), turnstone.SightingFilter{AccountID: in.AccountID, PollerID: poller.ID, ObjectID: "c", Limit: 10})
	var got []turnstone.Reason
	for _, s := range seen {
		got = append(got, s.Reason)
	}
	if want := []turnstone.Reason{turnstone.ReasonReplay, turnstone.ReasonDiffers, turnstone.ReasonNew}; err != nil || !slices.Equal(got, want) {
		t.Errorf("history of c = %q, %v, want %q", got, err, want)
	}
}

// history is what a store says of the events of an instance.
type history interface {
	Events(ctx context.Context, f turnstone.EventFilter) ([]turnstone.Event, error)
}

// tellsInOrder fails the test unless the stored events are about these objects.
func tellsInOrder(t *testing.T, db history, in turnstone.Instance, want ...string) {
	t.Helper()
	events, err := db.Events(t.Context(), turnstone.EventFilter{AccountID: in.AccountID, InstanceID: in.ID, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range slices.Backward(events) { // newest first
		got = append(got, e.Objects...)
	}
	if !slices.Equal(got, want) {
		t.Errorf("events tell %q, want %q", got, want)
	}
}
