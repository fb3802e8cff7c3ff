package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

// A statement that reads or sorts a whole growing table would pass every other test,
// and work until there is a year of data.
func TestNoStatementReadsOrSortsAWholeTable(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open() // which may
		texts := db.Watch()
		useEverything(t, db)
		for _, text := range texts() {
			plan, err := db.Plan(t.Context(), text)
			if err != nil {
				t.Fatalf("plan of %s: %v", text, err)
			}
			t.Logf("%s\n%s", text, strings.Join(plan, "\n"))
			for _, step := range plan {
				if !cheap(step) {
					t.Errorf("%s\nplan:\n%s\nwant no scan and no sort", text, strings.Join(plan, "\n"))
				}
			}
		}
	})
}

// cheap reports whether a step of a plan costs no more with more rows: a search, or a
// scan of what a search found, of a few values, or of a table that stays small.
func cheap(step string) bool {
	if strings.Contains(step, "Seq Scan on ") { // PostgreSQL
		for _, small := range []string{"leftover", "account"} {
			if strings.Contains(step, "Seq Scan on "+small) {
				return true
			}
		}
		return false
	}
	if strings.Contains(step, "TEMP B-TREE") {
		return false
	}
	table, scan := strings.CutPrefix(step, "SCAN ")
	if !scan {
		return true
	}
	for _, small := range []string{"due", "v", "destination USING INDEX destination_inactive", "destination USING INDEX destination_queued", "poller USING INDEX poller_stuck", "CONSTANT ROW", "leftover", "account", "64-ROW", "32-ROW", "16-ROW", "8-ROW", "4-ROW", "2-ROW"} {
		if strings.HasPrefix(table, small) {
			return true
		}
	}
	return false
}

// useEverything runs each statement of the package at least once.
func useEverything(t *testing.T, db *store.DB) {
	t.Helper()
	ctx := t.Context()
	_, u := storetest.Account(t, db, 1)
	w := storetest.Write(u, 1)
	w.Instance = storetest.Save(t, db, w)
	polling := claimPoller(t, db, lease)
	c := explained(page(t, db, 2), "counted")
	c.Versions[1].Gone = true
	commit(t, db, polling, c)
	commit(t, db, polling, ended(turnstone.PollCommit{}))
	l := claimDestination(t, db, lease)
	settlements := made(owed(t, db, l)...)
	settlements[1].Done = false
	settle(t, db, l, active(settlements...))
	batch := active()
	batch.Release = &turnstone.Release{}
	settle(t, db, l, batch)
	credential := leaseCredential(t, db, w.Instance.ID, lease)
	for _, err := range []error{
		db.SaveCredential(ctx, credential),
		db.ReleaseCredential(ctx, credential),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	readEverything(t, db, polling, c)
	askEverything(t, db, polling)
	useBulk(t, db, w.Instance)
	for _, err := range []error{
		db.Rescan(ctx, u.AccountID, polling.Poller.ID, replay()),
		db.CancelRescan(ctx, u.AccountID, polling.Poller.ID),
		db.ResetPoller(ctx, u.AccountID, polling.Poller.ID, storetest.Start()),
		second(db.ForgetVersions(ctx, storetest.Start().Add(time.Hour), 10)),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	w.Pollers[0].Configuration = "{}"
	w.Instance = storetest.Save(t, db, w)
	w.Pollers, w.Destination = nil, nil
	storetest.Save(t, db, w)
	if err := db.RotateToken(ctx, u.AccountID, w.Instance.ID, turnstone.Rotation{Fresh: "fresh"}); err != nil {
		t.Fatal(err)
	}
	if err := db.DeleteInstance(ctx, u.AccountID, w.Instance.ID); err != nil {
		t.Fatal(err)
	}
	purge(t, db, time.Now())
}

// askEverything runs what somebody may ask of destinations and deliveries.
func askEverything(t *testing.T, db *store.DB, l turnstone.PollLease) {
	t.Helper()
	ctx, i := t.Context(), l.Instance
	d := saveDestination(t, db, beside(i, turnstone.DestinationFilter{Ops: []turnstone.Op{turnstone.Updated}}))
	d.URL += "/v2"
	saveDestination(t, db, d)
	if err := db.ResetPoller(ctx, i.AccountID, l.Poller.ID, storetest.Start()); err != nil {
		t.Fatal(err)
	}
	commit(t, db, claimPoller(t, db, lease), page(t, db, 1))
	replay := turnstone.Replay{AccountID: i.AccountID, InstanceID: i.ID, Limit: 1}
	named := replay
	named.EventIDs = []int64{1, 2}
	all := turnstone.DeliveryFilter{AccountID: i.AccountID, Limit: 1}
	for _, err := range []error{
		second(db.Destination(ctx, i.AccountID, i.ID, d.ID)),
		second(db.Account(ctx, i.AccountID)),
		db.SetFailurePolicy(ctx, i.AccountID, turnstone.PolicyQueue),
		countEverybody(t, db, i),
		second(db.Event(ctx, i.AccountID, i.ID, 1)),
		second(db.DeliveryHistory(ctx, i.AccountID, i.ID, []int64{1, 2})),
		second(db.CountReplay(ctx, replay)),
		second(db.Replay(ctx, replay)),
		second(db.Replay(ctx, named)),
		second(db.OwedDeliveries(ctx, all)),
		second(db.Redeliver(ctx, all)),
		db.DeleteDestination(ctx, i.AccountID, i.ID, d.ID),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// countEverybody runs what somebody may ask of accounts, users and the journal.
func countEverybody(t *testing.T, db *store.DB, i turnstone.Instance) error {
	t.Helper()
	ctx, rotation := t.Context(), turnstone.Rotation{Fresh: "fresh", KeepOld: time.Now().Add(time.Hour)}
	limits := turnstone.Limits{turnstone.LimitUsers: 10, turnstone.LimitInstances: 10, turnstone.LimitDestinations: 10}
	_, err := db.ChangeAccount(ctx, i.AccountID, func(a *turnstone.Account) error { a.Limits = limits; return nil })
	u := member(t, db, i.AccountID, 1)
	journal(t, db, turnstone.JournalEntry{AccountID: i.AccountID})
	missing := func(err error) error {
		if errors.Is(err, turnstone.ErrNotFound) {
			return nil
		}
		return fmt.Errorf("%w, want ErrNotFound", err)
	}
	return errors.Join(err,
		db.RotateUserSecret(ctx, i.AccountID, u.ID, rotation),
		db.RotateOrganizationSecret(ctx, i.AccountID, rotation),
		missing(second(db.UserBySecret(ctx, "unknown"))),
		missing(second(db.AccountBySecret(ctx, "unknown"))),
		missing(second(db.InstanceByToken(ctx, "unknown"))),
		second(db.Accounts(ctx, 1)),
		second(db.Uses(ctx, i.AccountID)),
		second(db.UserByEmail(ctx, u.Email)),
		second(db.Users(ctx, i.AccountID, 1)),
		second(db.ChangeUser(ctx, i.AccountID, u.ID, func(u *turnstone.User) error { u.Email = "x@example.com"; return nil })),
		db.DeleteUser(ctx, i.AccountID, u.ID),
		second(db.Journal(ctx, turnstone.JournalFilter{AccountID: i.AccountID, Limit: 1})),
		second(db.PurgeJournal(ctx, time.Now(), 1)))
}

func readEverything(t *testing.T, db *store.DB, l turnstone.PollLease, c turnstone.PollCommit) {
	t.Helper()
	ctx, i := t.Context(), l.Instance
	reads := []func() error{
		func() error { _, err := db.Backlog(ctx); return err },
		func() error {
			_, err := db.Book(ctx, turnstone.Allowance{AccountID: i.AccountID, InstanceID: i.ID}, turnstone.Booking{Ahead: time.Hour})
			return err
		},
		func() error { _, err := db.UserByID(ctx, i.AccountID, i.UserID); return err },
		func() error { _, err := db.UserBySecret(ctx, "user-secret-1"); return err },
		func() error { _, err := db.AccountBySecret(ctx, "organization-secret-1"); return err },
		func() error { _, err := db.Instance(ctx, i.AccountID, i.ID); return err },
		func() error { _, err := db.InstanceByToken(ctx, i.Token); return err },
		func() error {
			_, err := db.Instances(ctx, turnstone.InstanceFilter{AccountID: i.AccountID, Limit: 1})
			return err
		},
		func() error { _, err := db.Pollers(ctx, i.AccountID, i.ID); return err },
		func() error { _, err := db.Told(ctx, l.Poller, storetest.Start(), []string{"object"}); return err },
		func() error {
			_, err := db.Polls(ctx, turnstone.PollFilter{AccountID: i.AccountID, PollerID: l.Poller.ID, Limit: 1})
			return err
		},
		func() error {
			if _, err := db.PollAt(ctx, i.AccountID, l.Poller.ID, storetest.Start()); !errors.Is(err, turnstone.ErrNotFound) {
				return fmt.Errorf("PollAt = %w, want ErrNotFound", err)
			}
			return nil
		},
		func() error { return second(db.Records(ctx, l.Poller, c.Events[0].Objects)) },
		func() error {
			return second(db.Vanished(ctx, l.Poller, turnstone.VanishedQuery{Census: 4, Before: time.Now().Add(time.Minute), Limit: 1}))
		},
		func() error {
			return second(db.Sightings(ctx, turnstone.SightingFilter{AccountID: i.AccountID, PollerID: l.Poller.ID, Limit: 1}))
		},
		func() error { _, err := db.Destinations(ctx, i.AccountID, i.ID); return err },
		func() error { _, err := db.Credential(ctx, i.ID); return err },
		func() error { _, err := db.Versions(ctx, l.Poller, c.Events[0].Objects); return err },
		func() error { _, err := db.Bodies(ctx, i.AccountID, eventIDs(c.Events)); return err },
		func() error { _, err := db.Notified(ctx, i.AccountID, eventIDs(c.Events)); return err },
		func() error {
			_, err := db.Events(ctx, turnstone.EventFilter{AccountID: i.AccountID, InstanceID: i.ID, Limit: 1})
			return err
		},
		func() error { return second(db.AccountDestinations(ctx, i.AccountID, 0, 1)) },
		func() error {
			return second(db.Events(ctx, turnstone.EventFilter{AccountID: i.AccountID, Status: turnstone.EventNew, Limit: 1}))
		},
		func() error {
			return second(db.EventCounts(ctx, turnstone.EventCountFilter{AccountID: i.AccountID, To: time.Now(), Step: time.Hour}))
		},
		func() error { return second(db.CountInstances(ctx, turnstone.InstanceFilter{AccountID: i.AccountID})) },
		func() error {
			return second(db.AccountPollers(ctx, turnstone.PollerFilter{AccountID: i.AccountID, Limit: 1}))
		},
		func() error {
			return db.AddNotification(ctx, turnstone.Notification{ID: 1, AccountID: i.AccountID, Topic: "a"})
		},
		func() error {
			return second(db.Notifications(ctx, turnstone.NotificationFilter{AccountID: i.AccountID, Topics: []string{"a"}, Limit: 1}))
		},
		func() error { return second(db.Notification(ctx, i.AccountID, 1)) },
		func() error { return db.MarkNotification(ctx, i.AccountID, 1, turnstone.EventMark{Removed: true}) },
		func() error {
			return db.MarkEvent(ctx, i.AccountID, 1, turnstone.EventMark{At: time.Now(), Removed: true})
		},
		func() error { return second(db.EventMarks(ctx, i.AccountID, []int64{1})) },
		func() error {
			_, err := db.EventByKey(ctx, i.AccountID, c.Events[0].Key, c.Events[0].CreatedAt.Truncate(time.Millisecond))
			return err
		},
	}
	for _, read := range reads {
		if err := read(); err != nil {
			t.Fatal(err)
		}
	}
}
