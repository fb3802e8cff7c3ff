package app_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/app"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

// history stores events of an instance that nobody is owed, made at a moment.
func history(t *testing.T, db *store.DB, l turnstone.PollLease, n int, made time.Time) {
	t.Helper()
	ids, err := db.EventIDs(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	var c turnstone.PollCommit
	for _, id := range ids {
		c.Events = append(c.Events, turnstone.Event{
			ID: id, Key: fmt.Sprintf("key-%d", id), Resource: "reports", CreatedAt: made,
			Objects: []string{"r"}, Ops: []turnstone.Op{turnstone.Updated}, Body: []byte(`{}`),
		})
	}
	if err := db.CommitPoll(t.Context(), l, time.Minute, c); err != nil {
		t.Fatal(err)
	}
}

// filled opens a database with more old events than go in one batch, and two new
// ones.
func filled(t *testing.T) (*store.DB, turnstone.Instance) {
	t.Helper()
	db := storetest.Open(t)
	_, u := storetest.Account(t, db, 1)
	w := storetest.Write(u, 1)
	w.Destination = nil
	instance := storetest.Save(t, db, w)
	leases, err := db.ClaimPollers(t.Context(), 1, time.Minute)
	if err != nil || len(leases) != 1 {
		t.Fatalf("ClaimPollers = %d, %v, want 1", len(leases), err)
	}
	history(t, db, leases[0], 2*app.PurgeBatch+1, storetest.Start())
	history(t, db, leases[0], 2, storetest.Start().Add(time.Hour))
	return db, instance
}

func events(t *testing.T, db *store.DB, i turnstone.Instance) int {
	t.Helper()
	list, err := db.Events(t.Context(), turnstone.EventFilter{AccountID: i.AccountID, InstanceID: i.ID, Limit: 10 * app.PurgeBatch})
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func TestUpkeepPurgesUntilNothingOldIsLeft(t *testing.T) {
	db, instance := filled(t)
	var log bytes.Buffer
	app.Purge(t.Context(), db, storetest.Start().Add(time.Minute), slog.New(slog.NewTextHandler(&log, nil)))
	if got := events(t, db, instance); got != 2 {
		t.Errorf("%d events are left, want the 2 new ones", got)
	}
	if want := fmt.Sprintf("rows=%d", 2*app.PurgeBatch+1); !strings.Contains(log.String(), want) {
		t.Errorf("log = %q, want %s in it", log.String(), want)
	}
}

func TestUpkeepThatIsStoppedPurgesNothingAndComplainsOfNothing(t *testing.T) {
	db, instance := filled(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var log bytes.Buffer
	app.Purge(ctx, db, storetest.Start().Add(time.Minute), slog.New(slog.NewTextHandler(&log, nil)))
	if got := events(t, db, instance); got != 2*app.PurgeBatch+3 {
		t.Errorf("%d events are left, want all %d", got, 2*app.PurgeBatch+3)
	}
	if log.Len() != 0 {
		t.Errorf("log = %q, want nothing", log.String())
	}
}

func TestUpkeepReportsWhatItCannotPurge(t *testing.T) {
	db, _ := filled(t)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	app.Purge(t.Context(), db, storetest.Start(), slog.New(slog.NewTextHandler(&log, nil)))
	if !strings.Contains(log.String(), "level=ERROR") {
		t.Errorf("log = %q, want an error", log.String())
	}
}
