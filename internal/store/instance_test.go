package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

func TestAnInstanceReadsBackAsItWasSaved(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		_, u := storetest.Account(t, db, 1)
		w := storetest.Write(u, 1)
		saved := storetest.Save(t, db, w)
		want := w.Instance
		want.ID, want.Revision, want.Credential = 1, 1, turnstone.CredentialValid
		if diff := cmp.Diff(want, saved); diff != "" {
			t.Errorf("SaveInstance (-want +got)\n%s", diff)
		}
		for name, read := range map[string]func() (turnstone.Instance, error){
			"Instance":        func() (turnstone.Instance, error) { return db.Instance(t.Context(), u.AccountID, 1) },
			"InstanceByToken": func() (turnstone.Instance, error) { return db.InstanceByToken(t.Context(), w.Instance.Token) },
		} {
			got, err := read()
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%s = %v (-want +got)\n%s", name, err, diff)
			}
		}
		if got := destination(t, db, saved); got.URL != w.Destination.URL || !cmp.Equal(got.Secrets, w.Destination.Secrets) {
			t.Errorf("Destinations = %v, want %v", got, w.Destination)
		}
		if c, err := db.Credential(t.Context(), 1); err != nil || c.AccessToken != "access-token" || c.State != turnstone.CredentialValid {
			t.Errorf("Credential = %v, %v, want the one saved", c.State, err)
		}
	})
}

func TestAnInstanceWithoutCredentialAwaitsOne(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		_, u := storetest.Account(t, db, 1)
		w := storetest.Write(u, 1)
		w.Credential = nil
		i := storetest.Save(t, db, w)
		c, err := db.Credential(t.Context(), i.ID)
		if i.Credential != turnstone.CredentialAwaiting || c.State != turnstone.CredentialAwaiting || err != nil {
			t.Errorf("Credential = %q, %q, %v, want awaiting", i.Credential, c.State, err)
		}
	})
}

func TestOnlyTheFirstOfTwoUpdatesCounts(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		_, u := storetest.Account(t, db, 1)
		w := storetest.Write(u, 1)
		w.Instance = storetest.Save(t, db, w)
		w.Instance.Name = "first"
		if got := storetest.Save(t, db, w); got.Revision != 2 {
			t.Errorf("Revision = %d, want 2", got.Revision)
		}
		w.Instance.Name, w.Pollers, w.Destination = "second", nil, nil
		if _, err := db.SaveInstance(t.Context(), w); !errors.Is(err, turnstone.ErrConflict) {
			t.Errorf("SaveInstance = %v, want ErrConflict", err)
		}
		got, err := db.Instance(t.Context(), u.AccountID, w.Instance.ID)
		if err != nil || got.Name != "first" {
			t.Errorf("Instance = %q, %v, want the first update", got.Name, err)
		}
		poller(t, db, got)
		destination(t, db, got)
	})
}

func TestATokenIsTakenOnceAndIDsGrowByOne(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		_, u := storetest.Account(t, db, 1)
		storetest.Save(t, db, storetest.Write(u, 1))
		if _, err := db.SaveInstance(t.Context(), storetest.Write(u, 1)); !errors.Is(err, turnstone.ErrConflict) {
			t.Errorf("SaveInstance = %v, want ErrConflict", err)
		}
		second := storetest.Save(t, db, storetest.Write(u, 2))
		if err := db.DeleteInstance(t.Context(), u.AccountID, second.ID); err != nil {
			t.Fatal(err)
		}
		if third := storetest.Save(t, db, storetest.Write(u, 3)); second.ID != 2 || third.ID != 3 {
			t.Errorf("ids = %d, %d, want 2, 3", second.ID, third.ID)
		}
	})
}

func TestInstancesAreSelectedByTheirFilter(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		_, u := storetest.Account(t, db, 1)
		_, stranger := storetest.Account(t, db, 2)
		for n, change := range []func(*turnstone.Instance){
			func(*turnstone.Instance) {},
			func(i *turnstone.Instance) { i.Element, i.Name = "salesforce", "Überweisung" },
			func(i *turnstone.Instance) { i.Tags = []string{"Docs", `a "quoted" tag`} },
			func(i *turnstone.Instance) { i.AccountID = stranger.AccountID },
		} {
			w := storetest.Write(u, n+1)
			change(&w.Instance)
			storetest.Save(t, db, w)
		}
		tests := map[string]struct {
			filter turnstone.InstanceFilter
			want   []int64
		}{
			"all":                 {turnstone.InstanceFilter{Limit: 10}, []int64{1, 2, 3}},
			"first page":          {turnstone.InstanceFilter{Limit: 2}, []int64{1, 2}},
			"next page":           {turnstone.InstanceFilter{Limit: 2, After: 2}, []int64{3}},
			"element":             {turnstone.InstanceFilter{Limit: 10, Element: "salesforce"}, []int64{2}},
			"tag":                 {turnstone.InstanceFilter{Limit: 10, Tags: []string{`a "quoted" tag`}}, []int64{3}},
			"all of several tags": {turnstone.InstanceFilter{Limit: 10, Tags: []string{"Docs", "other"}}, nil},
			"part of a tag":       {turnstone.InstanceFilter{Limit: 10, Tags: []string{"Doc"}}, nil},
			"name without case":   {turnstone.InstanceFilter{Limit: 10, Search: "überW"}, []int64{2}},
			"part of the element": {turnstone.InstanceFilter{Limit: 10, Search: "SALES"}, []int64{2}},
			"no pattern":          {turnstone.InstanceFilter{Limit: 10, Search: "%"}, nil},
			"limit after filter":  {turnstone.InstanceFilter{Limit: 1, Search: "instance 3"}, []int64{3}},
		}
		for name, tt := range tests {
			tt.filter.AccountID = u.AccountID
			instances, err := db.Instances(t.Context(), tt.filter)
			var got []int64
			for _, i := range instances {
				got = append(got, i.ID)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("%s: Instances = %v (-want +got)\n%s", name, err, diff)
			}
		}
	})
}

func TestSavingAnInstanceKeepsWhatItsPollersKnow(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		_, u := storetest.Account(t, db, 1)
		w := storetest.Write(u, 1)
		w.Instance = storetest.Save(t, db, w)
		since, sweep := storetest.Start().Add(time.Second), turnstone.Sweep{URL: "/reports", Next: "page 2", Pages: 1}
		c := ended(page(t, db, 3))
		c.Since, c.Sweep = since, sweep
		commit(t, db, claimPoller(t, db, lease), c)

		w.Instance.Name, w.Credential = "renamed", nil
		w.Instance = storetest.Save(t, db, w)
		same := poller(t, db, w.Instance)
		if !same.Cursor.Equal(c.Cursor) || !same.NextAt.Equal(c.End.NextAt) || !same.Since.Equal(since) || same.Sweep != sweep {
			t.Errorf("poller after a rename = %+v, want cursor, schedule and sweep kept", same)
		}

		w.Pollers[0].Configuration = `{"idField":"other"}`
		w.Now = time.Now().UTC().Truncate(time.Microsecond)
		storetest.Save(t, db, w)
		changed := poller(t, db, w.Instance)
		if !changed.Cursor.Equal(c.Cursor) || !changed.Since.Equal(since) || !changed.EnabledAt.Equal(storetest.Start()) {
			t.Errorf("poller after a change = %+v, want cursor and since kept", changed)
		}
		if changed.Sweep != (turnstone.Sweep{}) || !changed.NextAt.Equal(w.Now) {
			t.Errorf("poller after a change = %+v, want it due at once and from the first page", changed)
		}
		if known, err := db.Versions(t.Context(), changed, []string{c.Events[0].Objects[0]}); err != nil || len(known) != 1 {
			t.Errorf("Versions = %v, %v, want them kept", known, err)
		}
	})
}

func TestAPollerMadeWhileEventsWereOffIsEnabledWhenTheyAreOn(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		_, u := storetest.Account(t, db, 1)
		w := storetest.Write(u, 1)
		w.Pollers[0].State = turnstone.PollerPaused
		w.Instance = storetest.Save(t, db, w)

		w.Pollers[0].State, w.Now = turnstone.PollerActive, w.Now.Add(time.Hour)
		w.Instance = storetest.Save(t, db, w)
		if p := poller(t, db, w.Instance); !p.EnabledAt.Equal(w.Now) {
			t.Errorf("EnabledAt = %v, want the moment events were switched on, %v", p.EnabledAt, w.Now)
		}
		first := w.Now
		commit(t, db, claimPoller(t, db, lease), ended(page(t, db, 1)))

		for _, state := range []turnstone.PollerState{turnstone.PollerPaused, turnstone.PollerActive} {
			w.Pollers[0].State, w.Now = state, w.Now.Add(time.Hour)
			w.Instance = storetest.Save(t, db, w)
		}
		if p := poller(t, db, w.Instance); !p.EnabledAt.Equal(first) || p.Cursor.IsZero() {
			t.Errorf("poller after off and on = %+v, want it to go on where it stood", p)
		}
	})
}

func TestAPollOfAnOldConfigurationCommitsNothing(t *testing.T) {
	changes := map[string]func(*turnstone.InstanceWrite){
		"configuration": func(w *turnstone.InstanceWrite) { w.Pollers[0].Configuration = "{}" },
		"interval":      func(w *turnstone.InstanceWrite) { w.Pollers[0].Interval = time.Hour },
		"state":         func(w *turnstone.InstanceWrite) { w.Pollers[0].State = turnstone.PollerPaused },
		"removed":       func(w *turnstone.InstanceWrite) { w.Pollers = nil },
		"replaced":      func(w *turnstone.InstanceWrite) { w.Pollers[0].Resource = "users" },
		"credential": func(w *turnstone.InstanceWrite) {
			w.Credential = &turnstone.Credential{State: turnstone.CredentialValid}
		},
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			eachDB(t, func(t *testing.T, open func() *store.DB) {
				db := open()
				_, u := storetest.Account(t, db, 1)
				w := storetest.Write(u, 1)
				w.Instance = storetest.Save(t, db, w)
				l := claimPoller(t, db, lease)
				w.Credential = nil
				change(&w)
				storetest.Save(t, db, w)
				if err := db.CommitPoll(t.Context(), l, lease, page(t, db, 1)); !errors.Is(err, turnstone.ErrLeaseLost) {
					t.Errorf("CommitPoll = %v, want ErrLeaseLost", err)
				}
				if diff := cmp.Diff(map[string]int64{"event": 0, "version": 0}, rows(t, db, "event", "version")); diff != "" {
					t.Errorf("rows (-want +got)\n%s", diff)
				}
			})
		})
	}
}

func TestOnlyAChangedDestinationIsTakenFromItsHolder(t *testing.T) {
	changes := map[string]struct {
		change func(*turnstone.InstanceWrite)
		lost   bool
	}{
		"nothing": {func(*turnstone.InstanceWrite) {}, false},
		"url":     {func(w *turnstone.InstanceWrite) { w.Destination.URL += "/v2" }, true},
		"secrets": {func(w *turnstone.InstanceWrite) { w.Destination.Secrets.Password = "new" }, true},
		"removed": {func(w *turnstone.InstanceWrite) { w.Destination = nil }, true},
	}
	for name, tt := range changes {
		t.Run(name, func(t *testing.T) {
			eachDB(t, func(t *testing.T, open func() *store.DB) {
				db := open()
				_, u := storetest.Account(t, db, 1)
				w := storetest.Write(u, 1)
				w.Instance = storetest.Save(t, db, w)
				commit(t, db, claimPoller(t, db, lease), page(t, db, 1))
				l := claimDestination(t, db, lease)
				tt.change(&w)
				storetest.Save(t, db, w)
				_, err := db.Deliveries(t.Context(), l, 0, 1)
				if lost := errors.Is(err, turnstone.ErrLeaseLost); lost != tt.lost {
					t.Errorf("Deliveries = %v, want lease lost %v", err, tt.lost)
				}
			})
		})
	}
}

func TestADeletedInstanceVanishes(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		polling := claimPoller(t, db, lease)
		commit(t, db, polling, page(t, db, 2))
		delivering := claimDestination(t, db, lease)
		ids := owed(t, db, delivering)
		if err := db.DeleteInstance(t.Context(), i.AccountID, i.ID); err != nil {
			t.Fatal(err)
		}

		lost := map[string]error{
			"CommitPoll":       db.CommitPoll(t.Context(), polling, lease, ended(page(t, db, 1))),
			"SettleDeliveries": db.SettleDeliveries(t.Context(), delivering, lease, turnstone.DeliveryBatch{Settlements: made(ids...)}),
		}
		_, lost["Deliveries"] = db.Deliveries(t.Context(), delivering, 0, 10)
		for name, err := range lost {
			if !errors.Is(err, turnstone.ErrLeaseLost) {
				t.Errorf("%s = %v, want ErrLeaseLost", name, err)
			}
		}
		if bodies, err := db.Bodies(t.Context(), i.AccountID, ids); len(bodies) != 0 || err != nil {
			t.Errorf("Bodies = %d, %v, want none", len(bodies), err)
		}
		if events, err := db.Events(t.Context(), turnstone.EventFilter{AccountID: i.AccountID, InstanceID: i.ID, Limit: 10}); len(events) != 0 || err != nil {
			t.Errorf("Events = %d, %v, want none", len(events), err)
		}
		if polls, err := db.Polls(t.Context(), turnstone.PollFilter{AccountID: i.AccountID, PollerID: polling.Poller.ID, Limit: 10}); len(polls) != 0 || err != nil {
			t.Errorf("Polls = %d, %v, want none", len(polls), err)
		}
		if _, err := db.Instance(t.Context(), i.AccountID, i.ID); !errors.Is(err, turnstone.ErrNotFound) {
			t.Errorf("Instance = %v, want ErrNotFound", err)
		}
	})
}

func TestAnInstanceThatCannotBeUnsealedIsListed(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		_, u := storetest.Account(t, db, 1)
		storetest.Save(t, db, storetest.Write(u, 1))
		broken := storetest.Save(t, db, storetest.Write(u, 2))
		storetest.Save(t, db, storetest.Write(u, 3))
		run(t, db, fmt.Sprintf(`UPDATE instance SET configuration = token WHERE id = %d`, broken.ID))
		list, err := db.Instances(t.Context(), turnstone.InstanceFilter{AccountID: u.AccountID, Limit: 10})
		if err != nil || len(list) != 3 {
			t.Fatalf("Instances = %d, %v, want 3", len(list), err)
		}
		if got := list[1]; got.ID != broken.ID || got.Name != "Instance 2" || got.Credential != turnstone.CredentialRefused || got.Configuration != nil {
			t.Errorf("Instances[1] = %+v, want what can be read of it, and no credential that holds", got)
		}
		if _, err := db.Instance(t.Context(), u.AccountID, broken.ID); err == nil {
			t.Error("Instance that cannot be unsealed = nil, want an error")
		}
	})
}

func TestInstancesAreSkippedAsTheyAreListed(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		_, u := storetest.Account(t, db, 1)
		for n := range 5 {
			w := storetest.Write(u, n)
			if n != 2 {
				w.Instance.Tags = []string{"wanted"}
			}
			storetest.Save(t, db, w)
		}
		list, err := db.Instances(t.Context(), turnstone.InstanceFilter{AccountID: u.AccountID, Tags: []string{"wanted"}, Skip: 1, Limit: 2})
		if err != nil || len(list) != 2 || list[0].Name != "Instance 1" || list[1].Name != "Instance 3" {
			t.Errorf("Instances behind one = %v, %v, want the second and third that match", list, err)
		}
	})
}
