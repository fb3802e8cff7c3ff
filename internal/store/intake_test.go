package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

// received returns a webhook for an instance, with an event that tells of one object.
func received(t testing.TB, db *store.DB, in turnstone.Instance, delivery string) turnstone.WebhookCommit {
	t.Helper()
	ids, err := db.EventIDs(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	return turnstone.WebhookCommit{
		Webhook: turnstone.Webhook{
			AccountID: in.AccountID, InstanceID: in.ID, ReceivedAt: storetest.Start(), DeliveryID: delivery,
			Outcome: turnstone.WebhookTold, Size: 70, Details: turnstone.WebhookDetails{Events: ids, Verified: "hmac"},
		},
		Events: []turnstone.Event{{
			ID: ids[0], Key: fmt.Sprintf("key-%d", ids[0]), AccountID: in.AccountID, InstanceID: in.ID, Resource: "issues",
			CreatedAt: storetest.Start(), Objects: []string{"i7"}, Ops: []turnstone.Op{turnstone.Updated}, Body: []byte(`{}`),
		}},
	}
}

// hear takes in a webhook that wakes the poller of reports, for the tests of what moves.
func hear(t *testing.T, db *store.DB, in turnstone.Instance) {
	t.Helper()
	_, err := db.CommitWebhooks(t.Context(), []turnstone.WebhookCommit{{
		Webhook: turnstone.Webhook{
			AccountID: in.AccountID, InstanceID: in.ID, ReceivedAt: storetest.Start(), DeliveryID: "ä\u2028", Outcome: turnstone.WebhookWoke,
			Reason: "Ärger", Size: 7, Details: turnstone.WebhookDetails{Woken: []string{"reports"}},
		},
		Wake: []string{"reports"},
	}})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAWebhookIsStoredWithItsEvents(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		in := storetest.Instance(t, db, 0)
		commit := received(t, db, in, "d1")
		stored, err := db.CommitWebhooks(t.Context(), []turnstone.WebhookCommit{commit})
		if err != nil || !slices.Equal(stored, []int64{in.ID}) {
			t.Fatalf("CommitWebhooks = %v, %v, want it stored", stored, err)
		}
		list, err := db.Webhooks(t.Context(), turnstone.WebhookFilter{AccountID: in.AccountID, InstanceID: in.ID, Limit: 10})
		want := commit.Webhook
		if len(list) == 1 {
			want.ID = list[0].ID
		}
		if diff := cmp.Diff([]turnstone.Webhook{want}, list); err != nil || diff != "" {
			t.Errorf("Webhooks (-want +got), %v:\n%s", err, diff)
		}
		events, err := db.Events(t.Context(), turnstone.EventFilter{AccountID: in.AccountID, InstanceID: in.ID, Limit: 10})
		if diff := cmp.Diff(commit.Events, events); err != nil || diff != "" {
			t.Errorf("Events (-want +got), %v:\n%s", err, diff)
		}
		owed, err := db.Deliveries(t.Context(), claimDestination(t, db, lease), 0, 10)
		if err != nil || len(owed.List) != 1 {
			t.Errorf("Deliveries = %v, %v, want the event", owed, err)
		}
	})
}

func TestARepeatOfAWebhookIsStoredOnce(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		in := storetest.Instance(t, db, 0)
		const vendors = 8
		commits := make([]turnstone.WebhookCommit, vendors)
		for i := range commits {
			commits[i] = received(t, db, in, "same")
		}
		var all sync.WaitGroup
		stored := make([]int, vendors)
		for i, c := range commits {
			all.Go(func() {
				instances, err := db.CommitWebhooks(t.Context(), []turnstone.WebhookCommit{c})
				if err != nil {
					t.Error(err)
				}
				stored[i] = len(instances)
			})
		}
		all.Wait()
		total := 0
		for _, n := range stored {
			total += n
		}
		events, err := db.Events(t.Context(), turnstone.EventFilter{AccountID: in.AccountID, InstanceID: in.ID, Limit: 10})
		if err != nil || total != 1 || len(events) != 1 {
			t.Errorf("stored %d times with %d events, %v, want once", total, len(events), err)
		}
	})
}

func TestABurstOfWebhooksLosesNone(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		in := storetest.Instance(t, db, 0)
		const burst, senders = 5000, 100
		commits := make(chan turnstone.WebhookCommit, burst)
		ids, err := db.EventIDs(t.Context(), burst)
		if err != nil {
			t.Fatal(err)
		}
		for i, id := range ids {
			c := turnstone.WebhookCommit{Webhook: turnstone.Webhook{AccountID: in.AccountID, InstanceID: in.ID, ReceivedAt: storetest.Start(), DeliveryID: strconv.Itoa(i), Outcome: turnstone.WebhookTold}}
			c.Events = []turnstone.Event{{ID: id, Key: strconv.Itoa(i), AccountID: in.AccountID, InstanceID: in.ID, Resource: "issues", CreatedAt: storetest.Start(), Objects: []string{"o"}, Ops: []turnstone.Op{turnstone.Created}, Body: []byte(`{}`)}}
			commits <- c
		}
		close(commits)
		var all sync.WaitGroup
		for range senders {
			all.Go(func() {
				for c := range commits {
					if _, err := db.CommitWebhooks(t.Context(), []turnstone.WebhookCommit{c}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		events, err := db.Events(t.Context(), turnstone.EventFilter{AccountID: in.AccountID, InstanceID: in.ID, Limit: 2 * burst})
		if err != nil || len(events) != burst {
			t.Errorf("Events = %d, %v, want %d", len(events), err, burst)
		}
	})
}

func TestADeletionIsToldOnce(t *testing.T) {
	for name, seen := range map[string]bool{"of an object that was polled": true, "of one that no poll has seen": false} {
		t.Run(name, func(t *testing.T) {
			eachDB(t, func(t *testing.T, open func() *store.DB) {
				db := open()
				in := storetest.Instance(t, db, 1)
				l := claimPoller(t, db, lease)
				object := turnstone.ObjectRef{Resource: l.Poller.Resource, ObjectID: oddID}
				if seen {
					known := page(t, db, 1)
					commit(t, db, l, ended(known))
					object.ObjectID = known.Versions[0].ObjectID
				}
				if told := toldGone(t, db, in, object, "first"); told != 1 {
					t.Fatalf("%d deletions told, want 1", told)
				}
				versions, err := db.Versions(t.Context(), l.Poller, []string{object.ObjectID})
				if v := versions[object.ObjectID]; err != nil || !v.Gone || v.ToldGone.IsZero() || v.Tombstone() == seen {
					t.Errorf("Versions = %+v, %v, want it gone since the webhook", v, err)
				}
				if told := toldGone(t, db, in, object, "again, by another name", "and once more in the same call"); told != 1 {
					t.Errorf("%d deletions told, want still 1", told)
				}
				checkNothingWasMade(t, db, in)
			})
		})
	}
}

// checkNothingWasMade fails unless the last webhook made no event, and says so.
func checkNothingWasMade(t *testing.T, db *store.DB, in turnstone.Instance) {
	t.Helper()
	list, err := db.Webhooks(t.Context(), turnstone.WebhookFilter{AccountID: in.AccountID, InstanceID: in.ID, Limit: 1})
	if err != nil || len(list) != 1 || list[0].Outcome != turnstone.WebhookDropped || list[0].Details.Events != nil {
		t.Errorf("Webhooks = %v, %v, want that nothing was made of the last", list, err)
	}
}

// toldGone stores webhooks that tell an object to be deleted, and returns how many events
// tell of deletions after that.
func toldGone(t *testing.T, db *store.DB, in turnstone.Instance, o turnstone.ObjectRef, deliveries ...string) int {
	t.Helper()
	var commits []turnstone.WebhookCommit
	for _, delivery := range deliveries {
		c := received(t, db, in, delivery)
		c.Events[0].Resource, c.Events[0].Objects, c.Events[0].Ops = o.Resource, []string{o.ObjectID}, []turnstone.Op{turnstone.Deleted}
		o.EventID = c.Events[0].ID
		c.Deleted = []turnstone.ObjectRef{o}
		commits = append(commits, c)
	}
	if _, err := db.CommitWebhooks(t.Context(), commits); err != nil {
		t.Fatal(err)
	}
	events, err := db.Events(t.Context(), turnstone.EventFilter{AccountID: in.AccountID, InstanceID: in.ID, Op: turnstone.Deleted, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	return len(events)
}

func TestWhatWebhooksTellIsInTheHistoryOfTheObject(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		in := storetest.Instance(t, db, 1)
		l := claimPoller(t, db, lease)
		gone := turnstone.ObjectRef{Resource: l.Poller.Resource, ObjectID: oddID}
		toldGone(t, db, in, gone, "first")
		toldGone(t, db, in, gone, "a repeat")
		toldGone(t, db, in, turnstone.ObjectRef{Resource: "nothing that is polled", ObjectID: oddID}, "of another resource")
		got, err := db.Sightings(t.Context(), turnstone.SightingFilter{AccountID: in.AccountID, PollerID: l.Poller.ID, ObjectID: oddID, Limit: 10})
		if err != nil || len(got) != 1 {
			t.Fatalf("Sightings = %v, %v, want one", got, err)
		}
		events, err := db.Events(t.Context(), turnstone.EventFilter{AccountID: in.AccountID, InstanceID: in.ID, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		first := events[len(events)-1].ID
		if s := got[0]; s.Op != turnstone.Deleted || s.Reason != turnstone.ReasonTold || s.EventID != first || s.SeenAt.IsZero() {
			t.Errorf("Sightings = %+v, want a deletion that was told, in event %d", s, first)
		}
	})
}

func TestAWokenPollerIsDueAtOnce(t *testing.T) {
	later := storetest.Start().Add(1000 * 24 * time.Hour)
	tests := map[string]struct {
		end  turnstone.PollEnd
		want bool
	}{
		"that sleeps":                   {turnstone.PollEnd{NextAt: later}, true},
		"whose vendor asked us to wait": {turnstone.PollEnd{NextAt: later, Poll: turnstone.Poll{Outcome: turnstone.PollThrottled}}, false},
		"whose last poll failed":        {turnstone.PollEnd{NextAt: later, Failures: 1, Poll: turnstone.Poll{Outcome: turnstone.PollFailed}}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			eachDB(t, func(t *testing.T, open func() *store.DB) {
				db := open()
				in := storetest.Instance(t, db, 1)
				l := claimPoller(t, db, lease)
				commit(t, db, l, turnstone.PollCommit{End: &tt.end})
				if err := db.Wake(t.Context(), in.AccountID, in.ID, l.Poller.Resource); err != nil {
					t.Fatal(err)
				}
				leases, err := db.ClaimPollers(t.Context(), 10, lease)
				if err != nil || len(leases) == 1 != tt.want {
					t.Fatalf("ClaimPollers = %d leases, %v, want due = %v", len(leases), err, tt.want)
				}
				if tt.want && leases[0].WokenAt.IsZero() {
					t.Error("WokenAt = 0, want when it was woken")
				}
			})
		})
	}
}

func TestAPollUnderWayIsFollowedByAnother(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		in := storetest.Instance(t, db, 1)
		l := claimPoller(t, db, lease)
		for range 3 { // a burst wakes once
			c := turnstone.WebhookCommit{Webhook: turnstone.Webhook{AccountID: in.AccountID, InstanceID: in.ID, Outcome: turnstone.WebhookWoke}, Wake: []string{l.Poller.Resource, "unknown"}}
			if _, err := db.CommitWebhooks(t.Context(), []turnstone.WebhookCommit{c}); err != nil {
				t.Fatal(err)
			}
		}
		if leases, err := db.ClaimPollers(t.Context(), 10, lease); err != nil || len(leases) != 0 {
			t.Fatalf("ClaimPollers = %v, %v, want none while it is polled", leases, err)
		}
		end := turnstone.PollEnd{NextAt: time.Now().Add(time.Hour), Poll: turnstone.Poll{Outcome: turnstone.PollComplete}}
		commit(t, db, l, turnstone.PollCommit{End: &end})
		again := claimPoller(t, db, lease)
		commit(t, db, again, turnstone.PollCommit{End: &end})
		if leases, err := db.ClaimPollers(t.Context(), 10, lease); err != nil || len(leases) != 0 {
			t.Errorf("ClaimPollers = %v, %v, want one poll for the burst", leases, err)
		}
	})
}

func TestWhatCannotBeWokenSaysWhy(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		in := storetest.Instance(t, db, 1)
		if err := db.Wake(t.Context(), in.AccountID, in.ID, "nothing"); !errors.Is(err, turnstone.ErrNotFound) {
			t.Errorf("Wake of an unknown resource = %v, want ErrNotFound", err)
		}
		if err := db.Wake(t.Context(), in.AccountID+1, in.ID, "reports"); !errors.Is(err, turnstone.ErrNotFound) {
			t.Errorf("Wake by another account = %v, want ErrNotFound", err)
		}
	})
}

func TestInstancesAreFoundByWhatWebhooksSay(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		in := storetest.Instance(t, db, 0)
		configure := func(c turnstone.Configuration) {
			t.Helper()
			in.Configuration = c
			saved, err := db.SaveInstance(t.Context(), turnstone.InstanceWrite{Instance: in, Now: storetest.Start()})
			if err != nil {
				t.Fatal(err)
			}
			in = saved
		}
		found := func(path, value string) []turnstone.Instance {
			t.Helper()
			list, err := db.InstancesFound(t.Context(), in.Element, path, value)
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		configure(turnstone.Configuration{turnstone.KeyInstanceFinder: "site.id | data.site", "site.id": "s-7"})
		if paths, err := db.FinderPaths(t.Context(), in.Element); err != nil || !slices.Equal(paths, []string{"data.site"}) {
			t.Errorf("FinderPaths = %v, %v, want data.site", paths, err)
		}
		if got := found("data.site", "s-7"); len(got) != 1 || got[0].ID != in.ID {
			t.Errorf("InstancesFound = %v, want %d", got, in.ID)
		}
		if got := found("data.site", "s-8"); len(got) != 0 {
			t.Errorf("InstancesFound of another value = %v, want none", got)
		}
		configure(turnstone.Configuration{turnstone.KeyInstanceFinder: "site.id|data.site", "site.id": "s-8"})
		if got := found("data.site", "s-7"); len(got) != 0 {
			t.Errorf("InstancesFound of the old value = %v, want none", got)
		}
		if err := db.DeleteInstance(t.Context(), in.AccountID, in.ID); err != nil {
			t.Fatal(err)
		}
		if paths, err := db.FinderPaths(t.Context(), in.Element); err != nil || len(paths) != 0 {
			t.Errorf("FinderPaths of what is deleted = %v, %v, want none", paths, err)
		}
	})
}

func TestOldWebhooksAreRemoved(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		in := storetest.Instance(t, db, 1)
		hear(t, db, in)
		left := func() int {
			list, err := db.Webhooks(t.Context(), turnstone.WebhookFilter{AccountID: in.AccountID, InstanceID: in.ID, Limit: 10})
			if err != nil {
				t.Fatal(err)
			}
			return len(list)
		}
		if _, err := db.Purge(t.Context(), storetest.Start(), 100); err != nil || left() != 1 {
			t.Errorf("Purge of what is older leaves %d webhooks, %v, want 1", left(), err)
		}
		if _, err := db.Purge(t.Context(), storetest.Start().Add(time.Second), 100); err != nil || left() != 0 {
			t.Errorf("Purge leaves %d webhooks, %v, want none", left(), err)
		}
	})
}
