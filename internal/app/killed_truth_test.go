//go:build unix && !race

package app_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/audit"
	"turnstone/internal/concursim"
	"turnstone/internal/store"
	"turnstone/webhook"
)

// agree lets a service that nobody kills finish, and fails the test unless the vendor,
// the receiver and the store agree.
func (w *trial) agree(t *testing.T) {
	t.Helper()
	p := born(t, w.life)
	ctx, cancel := context.WithTimeout(t.Context(), settledWithin)
	defer cancel()
	check(t, w.settled(ctx))
	if t.Failed() {
		t.Fatalf("see %s", p.log.Name())
	}
	w.rounds(ctx, t, p, 1) // what the last one left is gone afterwards
	w.delivered(ctx, t, p)
	p.stop(t)
	if refused := w.fleet.Receiver.Refused(); refused != 0 {
		t.Errorf("%d posts had a wrong signature or body", refused)
	}
	stored := w.stored(t)
	once := w.compare(stored)
	check(t, once)
	if once.Repeats != 0 {
		t.Errorf("%d changes stand twice in the store", once.Repeats)
	}
	w.same(t, stored)
}

// compare compares the truth with changes. Everything that there ever was is news.
func (w *trial) compare(changes []audit.Change) audit.Report {
	return audit.Compare(w.fleet.Sim.Versions(concursim.VersionFilter{}), changes, audit.Expectation{Shown: unowed, Whole: unowed})
}

// settled compares what was received until nothing is missing, or ctx ends.
func (w *trial) settled(ctx context.Context) audit.Report {
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for {
		r := w.compare(w.fleet.Receiver.Changes())
		if len(r.Missed) == 0 {
			return r
		}
		select {
		case <-ctx.Done():
			return r
		case <-ticker.C:
		}
	}
}

// delivered waits until the service owes nothing to anybody.
func (w *trial) delivered(ctx context.Context, t *testing.T, p *process) {
	t.Helper()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		owed, err := w.client.do(ctx, p.url, act{call: "GET " + elements + "/notifications/subscriptions/deliveries"})
		if err != nil {
			t.Fatal(err)
		}
		if strings.TrimSpace(string(owed)) == "[]" {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("the service still owes %s", owed)
		case <-ticker.C:
		}
	}
}

// same fails the test unless what was received is what is stored: every event has kept
// its id and its content, however often it was posted, and was posted at least once.
func (w *trial) same(t *testing.T, stored []audit.Change) {
	t.Helper()
	byKey := make(map[string]audit.Change)
	for _, c := range stored {
		byKey[c.Key()] = c
	}
	arrived := make(map[string]bool)
	for _, c := range w.fleet.Receiver.Changes() {
		s, ok := byKey[c.Key()]
		if !ok || s.Op != c.Op || string(s.Record) != string(c.Record) {
			t.Errorf("event %s told of object %s what the store does not have under this id", c.NotificationID, c.ObjectID)
		}
		arrived[c.Key()] = true
	}
	if len(arrived) != len(byKey) {
		t.Errorf("%d of %d stored changes arrived", len(arrived), len(byKey))
	}
}

// stored returns the changes in the store, in the order of their events. The service
// must not run.
func (w *trial) stored(t *testing.T) []audit.Change {
	t.Helper()
	db, err := w.life.storage().Open(t.Context(), quiet())
	if err != nil {
		t.Fatal(err)
	}
	changes, err := told(t.Context(), db)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return changes
}

func told(ctx context.Context, db *store.DB) ([]audit.Change, error) {
	accounts, err := db.Accounts(ctx, 1)
	if err != nil {
		return nil, err
	}
	instances, err := db.Instances(ctx, turnstone.InstanceFilter{AccountID: accounts[0].ID, Search: "company", Limit: 100})
	if err != nil {
		return nil, err
	}
	var events []turnstone.Event
	for _, in := range instances {
		f := turnstone.EventFilter{AccountID: in.AccountID, InstanceID: in.ID, Limit: 500}
		for {
			page, err := db.Events(ctx, f)
			if err != nil {
				return nil, err
			}
			if len(page) == 0 {
				break
			}
			events = append(events, page...)
			f.Before = page[len(page)-1].ID
		}
	}
	slices.SortFunc(events, func(a, b turnstone.Event) int { return cmp.Compare(a.ID, b.ID) })
	return changesOf(events)
}

func changesOf(events []turnstone.Event) ([]audit.Change, error) {
	var changes []audit.Change
	for _, e := range events {
		parsed, err := webhook.Parse(e.Body)
		if err != nil {
			return nil, err
		}
		records, err := parsed.Records(e.Resource)
		if err != nil {
			return nil, err
		}
		for i, c := range parsed.Message.Changes {
			changes = append(changes, audit.Change{NotificationID: parsed.ID, Op: turnstone.Op(c.Op), ObjectID: c.ObjectID, Record: records[i]})
		}
	}
	return changes, nil
}
