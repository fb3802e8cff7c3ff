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

// minute returns a moment some minutes after the start of everything.
func minute(n int) time.Time { return storetest.Start().Add(time.Duration(n) * time.Minute) }

// happened commits an event of an instance for each of some minutes, and returns their ids.
func happened(t testing.TB, db *store.DB, minutes ...int) (turnstone.PollLease, []int64) {
	t.Helper()
	l := claimPoller(t, db, lease)
	c := page(t, db, len(minutes))
	for i, m := range minutes {
		c.Events[i].CreatedAt = minute(m)
	}
	commit(t, db, l, c)
	return l, eventIDs(c.Events)
}

// places returns where some events are among ids.
func places(events []turnstone.Event, ids []int64) []int {
	at := []int{}
	for _, e := range events {
		at = append(at, slices.Index(ids, e.ID))
	}
	return at
}

func TestTheEventsOfAnAccountAreListedByTime(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		_, u := storetest.Account(t, db, 1)
		storetest.Save(t, db, storetest.Write(u, 1))
		_, ids := happened(t, db, 5, 1, 3)
		storetest.Save(t, db, storetest.Write(u, 2))
		_, more := happened(t, db, 3, 4)
		ids = append(ids, more...)
		storetest.Instance(t, db, 3) // of another account
		happened(t, db, 2)
		f := turnstone.EventFilter{AccountID: u.AccountID, Limit: 2}
		var got []int
		for range 4 {
			events, err := db.Events(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, places(events, ids)...)
			if len(events) == 0 {
				break
			}
			f.Before, f.BeforeAt = events[len(events)-1].ID, events[len(events)-1].CreatedAt
		}
		if want := []int{0, 4, 3, 2, 1}; !slices.Equal(got, want) {
			t.Errorf("Events of the account, page by page = %v, want %v", got, want)
		}
		ranged, err := db.Events(t.Context(), turnstone.EventFilter{AccountID: u.AccountID, From: minute(3), To: minute(5), Limit: 9})
		if got, want := places(ranged, ids), []int{4, 3, 2}; !slices.Equal(got, want) || err != nil {
			t.Errorf("Events of three minutes = %v, %v, want %v", got, err, want)
		}
	})
}

func TestEventsAreListedByTheirStatus(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		_, ids := happened(t, db, 1, 2, 3)
		settle(t, db, claimDestination(t, db, lease), active(made(ids[1])...))
		for name, tt := range map[string]struct {
			instance int64
			status   turnstone.EventStatus
			want     []int
		}{
			"new":                    {i.ID, turnstone.EventNew, []int{2, 0}},
			"notified":               {i.ID, turnstone.EventNotified, []int{1}},
			"any":                    {i.ID, "", []int{2, 1, 0}},
			"of no event here":       {i.ID, "CONSUMED", []int{}},
			"new of the account":     {0, turnstone.EventNew, []int{2, 0}},
			"notified of that, also": {0, turnstone.EventNotified, []int{1}},
		} {
			events, err := db.Events(t.Context(), turnstone.EventFilter{AccountID: i.AccountID, InstanceID: tt.instance, Status: tt.status, Limit: 9})
			if got := places(events, ids); !slices.Equal(got, tt.want) || err != nil {
				t.Errorf("%s: Events = %v, %v, want %v", name, got, err, tt.want)
			}
		}
	})
}

func TestEventsAreCountedByStepAndInstance(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		_, u := storetest.Account(t, db, 1)
		first := storetest.Save(t, db, storetest.Write(u, 1))
		_, ids := happened(t, db, 0, 1, 1, 2, 9)
		sending := claimDestination(t, db, lease)
		failed := turnstone.Settlement{Attempt: turnstone.Attempt{EventID: ids[2], Number: 1, At: minute(9), Problem: "refused"}, NextAt: minute(99)}
		settle(t, db, sending, active(append(made(ids[1]), failed)...))
		second := storetest.Save(t, db, storetest.Write(u, 2))
		happened(t, db, 1)
		gone := storetest.Save(t, db, storetest.Write(u, 3))
		happened(t, db, 1)
		if err := db.DeleteInstance(t.Context(), u.AccountID, gone.ID); err != nil {
			t.Fatal(err)
		}
		storetest.Instance(t, db, 4) // of another account
		happened(t, db, 1)
		got, err := db.EventCounts(t.Context(), turnstone.EventCountFilter{AccountID: u.AccountID, From: minute(0), To: minute(2), Step: time.Minute})
		want := []turnstone.EventCount{
			{Step: 0, InstanceID: first.ID, Count: 1},
			{Step: 1, InstanceID: first.ID, Count: 2, Delivered: 1, Failed: 1},
			{Step: 1, InstanceID: second.ID, Count: 1},
			{Step: 2, InstanceID: first.ID, Count: 1},
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("EventCounts = %v (-want +got)\n%s", err, diff)
		}
		none, err := db.EventCounts(t.Context(), turnstone.EventCountFilter{AccountID: u.AccountID, From: minute(100), To: minute(200), Step: time.Minute})
		if len(none) != 0 || err != nil {
			t.Errorf("EventCounts of a quiet time = %v, %v, want none", none, err)
		}
	})
}

func TestNotificationsAreKeptByTopic(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		a, _ := storetest.Account(t, db, 1)
		other, _ := storetest.Account(t, db, 2)
		n := turnstone.Notification{AccountID: a.ID, Severity: turnstone.SeverityLow, Message: "hello", From: "ops", CreatedAt: minute(0)}
		for id, topic := range map[int64]string{1: "a", 2: "b", 3: "a", 4: "c"} {
			n.ID, n.Topic = id, topic
			if err := db.AddNotification(t.Context(), n); err != nil {
				t.Fatal(err)
			}
		}
		list := func(f turnstone.NotificationFilter) []int64 {
			t.Helper()
			found, err := db.Notifications(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			ids := []int64{}
			for _, n := range found {
				ids = append(ids, n.ID)
			}
			return ids
		}
		both := turnstone.NotificationFilter{AccountID: a.ID, Topics: []string{"a", "b"}, Limit: 2}
		if got, want := list(both), []int64{3, 2}; !slices.Equal(got, want) {
			t.Errorf("Notifications = %v, want %v", got, want)
		}
		both.Before = 2
		if got, want := list(both), []int64{1}; !slices.Equal(got, want) {
			t.Errorf("Notifications of the next page = %v, want %v", got, want)
		}
		if got := list(turnstone.NotificationFilter{AccountID: other.ID, Topics: []string{"a"}, Limit: 9}); len(got) != 0 {
			t.Errorf("Notifications of another account = %v, want none", got)
		}
	})
}

func TestNotificationsAreAcknowledgedAndRemoved(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		a, _ := storetest.Account(t, db, 1)
		other, _ := storetest.Account(t, db, 2)
		n := turnstone.Notification{ID: 3, AccountID: a.ID, Topic: "a", Severity: turnstone.SeverityLow, Message: "hello", From: "ops", CreatedAt: minute(0)}
		if err := db.AddNotification(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		if err := db.MarkNotification(t.Context(), other.ID, 3, turnstone.EventMark{Removed: true}); !errors.Is(err, turnstone.ErrNotFound) {
			t.Errorf("MarkNotification of another account = %v, want ErrNotFound", err)
		}
		if err := db.MarkNotification(t.Context(), a.ID, 3, turnstone.EventMark{Acknowledged: true}); err != nil {
			t.Fatal(err)
		}
		n.Acknowledged = true
		got, err := db.Notification(t.Context(), a.ID, 3)
		if diff := cmp.Diff(n, got); diff != "" || err != nil {
			t.Errorf("Notification = %v (-want +got)\n%s", err, diff)
		}
		if err := db.MarkNotification(t.Context(), a.ID, 3, turnstone.EventMark{Removed: true}); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Notification(t.Context(), a.ID, 3); !errors.Is(err, turnstone.ErrNotFound) {
			t.Errorf("Notification that was removed = %v, want ErrNotFound", err)
		}
	})
}

func TestWhatWasNotedOfAnEventStays(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		_, ids := happened(t, db, 1, 2)
		for _, m := range []turnstone.EventMark{{At: minute(3), Acknowledged: true}, {At: minute(4), Removed: true}} {
			if err := db.MarkEvent(t.Context(), i.AccountID, ids[0], m); err != nil {
				t.Fatal(err)
			}
		}
		got, err := db.EventMarks(t.Context(), i.AccountID, ids)
		want := map[int64]turnstone.EventMark{ids[0]: {At: minute(3), Acknowledged: true, Removed: true}}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("EventMarks = %v (-want +got)\n%s", err, diff)
		}
	})
}

func TestOldNotificationsAreRemoved(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		_, ids := happened(t, db, 1, 20)
		settle(t, db, claimDestination(t, db, lease), active(made(ids...)...))
		for k, id := range ids {
			if err := db.MarkEvent(t.Context(), i.AccountID, id, turnstone.EventMark{At: minute(2), Acknowledged: true}); err != nil {
				t.Fatal(err)
			}
			n := turnstone.Notification{ID: 1000 + id, AccountID: i.AccountID, Topic: "a", CreatedAt: minute(1 + 19*k)}
			if err := db.AddNotification(t.Context(), n); err != nil {
				t.Fatal(err)
			}
		}
		for n := 1; n > 0; {
			var err error
			if n, err = db.Purge(t.Context(), minute(10), 100); err != nil {
				t.Fatal(err)
			}
		}
		want := map[string]int64{"event": 1, "notification": 1, "event_mark": 1}
		if got := rows(t, db, "event", "notification", "event_mark"); !cmp.Equal(got, want) {
			t.Errorf("rows left = %v, want %v", got, want)
		}
	})
}

func TestInstancesAreCountedByElement(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		_, u := storetest.Account(t, db, 1)
		for n, element := range []string{"concur", "concur", "other"} {
			w := storetest.Write(u, n)
			w.Instance.Element, w.Instance.Tags = element, []string{"Docs", w.Instance.Name}
			storetest.Save(t, db, w)
		}
		storetest.Instance(t, db, 9) // of another account
		for name, tt := range map[string]struct {
			filter turnstone.InstanceFilter
			want   map[string]int
		}{
			"all":        {turnstone.InstanceFilter{}, map[string]int{"concur": 2, "other": 1}},
			"an element": {turnstone.InstanceFilter{Element: "concur"}, map[string]int{"concur": 2}},
			"a tag":      {turnstone.InstanceFilter{Tags: []string{"Instance 1"}}, map[string]int{"concur": 1}},
			"a text":     {turnstone.InstanceFilter{Search: "OTHER"}, map[string]int{"other": 1}},
			"none":       {turnstone.InstanceFilter{Search: "nowhere"}, map[string]int{}},
		} {
			tt.filter.AccountID = u.AccountID
			got, err := db.CountInstances(t.Context(), tt.filter)
			if !cmp.Equal(got, tt.want) || err != nil {
				t.Errorf("%s: CountInstances = %v, %v, want %v", name, got, err, tt.want)
			}
		}
	})
}

func TestThePollersOfAnAccountAreListedPageByPage(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		_, u := storetest.Account(t, db, 1)
		for n := range 2 {
			w := storetest.Write(u, n)
			for _, resource := range []string{"items", "expenses"} {
				w.Pollers = append(w.Pollers, turnstone.PollerWrite{Resource: resource, Configuration: "{}", State: turnstone.PollerParked})
			}
			storetest.Save(t, db, w)
		}
		storetest.Instance(t, db, 9) // of another account
		for state, want := range map[turnstone.PollerState][]string{
			"":                         {"expenses", "items", "reports", "expenses", "items", "reports"},
			turnstone.PollerParked:     {"expenses", "items", "expenses", "items"},
			turnstone.PollerAwaiting:   nil,
			turnstone.PollerActive:     {"reports", "reports"},
			turnstone.PollerState("?"): nil,
		} {
			f := turnstone.PollerFilter{AccountID: u.AccountID, State: state, Limit: 1}
			var got []string
			for {
				list, err := db.AccountPollers(t.Context(), f)
				if err != nil {
					t.Fatal(err)
				}
				if len(list) == 0 {
					break
				}
				got = append(got, list[0].Resource)
				f.After = turnstone.PollerRef{InstanceID: list[0].InstanceID, Resource: list[0].Resource}
			}
			if !slices.Equal(got, want) {
				t.Errorf("AccountPollers in state %q = %v, want %v", state, got, want)
			}
		}
	})
}
