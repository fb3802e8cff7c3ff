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

func TestEventsAreListedByWhatTheyTell(t *testing.T) {
	hour := func(n int) time.Time { return storetest.Start().Add(time.Duration(n) * time.Hour) }
	tests := map[string]struct {
		filter turnstone.EventFilter
		want   []int
	}{
		"all":              {turnstone.EventFilter{}, []int{3, 2, 1, 0}},
		"one resource":     {turnstone.EventFilter{Resource: "receipts"}, []int{3, 1}},
		"one op":           {turnstone.EventFilter{Op: turnstone.Created}, []int{2, 0}},
		"resource and op":  {turnstone.EventFilter{Resource: "receipts", Op: turnstone.Created}, nil},
		"an op among more": {turnstone.EventFilter{Op: turnstone.Deleted}, []int{3}},
		"from and to":      {turnstone.EventFilter{From: hour(1), To: hour(3)}, []int{2, 1}},
		"other instance":   {turnstone.EventFilter{InstanceID: 99}, nil},
		"a later page":     {turnstone.EventFilter{Before: 3}, []int{1, 0}},
		"a short page":     {turnstone.EventFilter{Limit: 2}, []int{3, 2}},
	}
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		c := page(t, db, 4)
		for k := range c.Events {
			c.Events[k].CreatedAt = hour(k)
			c.Events[k].Resource = []string{"reports", "receipts"}[k%2]
			c.Events[k].Ops = []turnstone.Op{[]turnstone.Op{turnstone.Created, turnstone.Updated}[k%2]}
			c.Events[k].Format = turnstone.FormatCloudEvents
		}
		c.Events[3].Objects = []string{"a", "b"}
		c.Events[3].Ops = []turnstone.Op{turnstone.Updated, turnstone.Deleted}
		commit(t, db, claimPoller(t, db, lease), c)
		first := c.Events[0].ID
		for name, tt := range tests {
			f := tt.filter
			f.AccountID = i.AccountID
			if f.InstanceID == 0 {
				f.InstanceID = i.ID
			}
			if f.Before != 0 {
				f.Before += first - 1
			}
			if f.Limit == 0 {
				f.Limit = 10
			}
			events, err := db.Events(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			got := []int{}
			for _, e := range events {
				got = append(got, int(e.ID-first))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%s: Events = %v, want %v", name, got, tt.want)
			}
		}
		if events, err := db.Events(t.Context(), turnstone.EventFilter{AccountID: i.AccountID + 1, InstanceID: i.ID, Limit: 10}); len(events) != 0 || err != nil {
			t.Errorf("Events of another account = %d, %v, want none", len(events), err)
		}
	})
}

func TestAnEventIsFoundByItsID(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		c := page(t, db, 1)
		c.Events[0].Format, c.Events[0].Trace = turnstone.FormatCloudEvents, "00-trace"
		poll := claimPoller(t, db, lease)
		commit(t, db, poll, c)
		want := c.Events[0]
		want.AccountID, want.InstanceID, want.PollerID = i.AccountID, i.ID, poll.Poller.ID
		for _, instance := range []int64{i.ID, 0} {
			got, err := db.Event(t.Context(), i.AccountID, instance, want.ID)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("Event = %v (-want +got)\n%s", err, diff)
			}
		}
		if look := look(t, db, claimDestination(t, db, lease)); look.List[0].Format != turnstone.FormatCloudEvents {
			t.Errorf("Format = %q of its delivery, want that of the event", look.List[0].Format)
		}
		for name, id := range map[string][3]int64{
			"another account":  {i.AccountID + 1, i.ID, want.ID},
			"another instance": {i.AccountID, i.ID + 1, want.ID},
			"another id":       {i.AccountID, i.ID, want.ID + 1},
		} {
			if _, err := db.Event(t.Context(), id[0], id[1], id[2]); !errors.Is(err, turnstone.ErrNotFound) {
				t.Errorf("Event of %s = %v, want ErrNotFound", name, err)
			}
		}
	})
}

func TestAnEventIsFoundByItsKeyAndTime(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		storetest.Account(t, db, 2)
		c := page(t, db, 2)
		for k := range c.Events { // the key tells the millisecond, the event more than that
			c.Events[k].CreatedAt = storetest.Start().Add(999 * time.Microsecond)
		}
		commit(t, db, claimPoller(t, db, lease), c)
		want := c.Events[1]
		got, err := db.EventByKey(t.Context(), i.AccountID, want.Key, storetest.Start())
		if err != nil {
			t.Fatal(err)
		}
		if got.ID != want.ID || got.InstanceID != i.ID || string(got.Body) != string(want.Body) {
			t.Errorf("EventByKey = %+v, want %+v", got, want)
		}
		for name, find := range map[string]func() (turnstone.Event, error){
			"another account": func() (turnstone.Event, error) {
				return db.EventByKey(t.Context(), i.AccountID+1, want.Key, storetest.Start())
			},
			"another key": func() (turnstone.Event, error) {
				return db.EventByKey(t.Context(), i.AccountID, want.Key+"x", storetest.Start())
			},
			"another millisecond": func() (turnstone.Event, error) {
				return db.EventByKey(t.Context(), i.AccountID, want.Key, storetest.Start().Add(time.Millisecond))
			},
		} {
			if e, err := find(); !errors.Is(err, turnstone.ErrNotFound) {
				t.Errorf("%s: EventByKey = %+v, %v, want %v", name, e, err, turnstone.ErrNotFound)
			}
		}
		if err := db.DeleteInstance(t.Context(), i.AccountID, i.ID); err != nil {
			t.Fatal(err)
		}
		if e, err := db.EventByKey(t.Context(), i.AccountID, want.Key, storetest.Start()); !errors.Is(err, turnstone.ErrNotFound) {
			t.Errorf("EventByKey of a deleted instance = %+v, %v, want %v", e, err, turnstone.ErrNotFound)
		}
	})
}
