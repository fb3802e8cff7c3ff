package instance_test

import (
	"errors"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/instance"
	"turnstone/internal/store/storetest"
)

func TestAPollerIsFoundByItsResource(t *testing.T) {
	db := storetest.Open(t)
	in := storetest.Instance(t, db, 1)
	pollers := &instance.Pollers{Store: db, Now: storetest.Start}
	p, err := pollers.One(t.Context(), in, "reports")
	if err != nil || p.Resource != "reports" {
		t.Fatalf("One = %+v, %v, want that of reports", p, err)
	}
	for _, resource := range []string{"", "Reports", "report"} {
		if _, err := pollers.One(t.Context(), in, resource); !errors.Is(err, turnstone.ErrNotFound) {
			t.Errorf("One(%q) = %v, want %v", resource, err, turnstone.ErrNotFound)
		}
	}
}

// pollerOf is Pollers with a database, and reads the one poller there is.
func pollerOf(t *testing.T) (*instance.Pollers, func() turnstone.Poller) {
	t.Helper()
	db := storetest.Open(t)
	in := storetest.Instance(t, db, 1)
	pollers := &instance.Pollers{Store: db, Now: storetest.Start}
	return pollers, func() turnstone.Poller {
		t.Helper()
		p, err := pollers.One(t.Context(), in, "reports")
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
}

func TestAReplayLeavesTheCursor(t *testing.T) {
	pollers, poller := pollerOf(t)
	before, since := poller(), storetest.Start().Add(-72*time.Hour)
	if err := pollers.Replay(t.Context(), before, since); err != nil {
		t.Fatal(err)
	}
	if r := poller().Memo.Rescan; r.Kind != turnstone.RescanReplay || !r.Since.Equal(since) || !r.AskedAt.Equal(storetest.Start()) {
		t.Errorf("rescan = %+v, want a replay since %v, asked for at %v", r, since, storetest.Start())
	}
	if !poller().Cursor.Equal(before.Cursor) {
		t.Errorf("cursor = %v, want %v", poller().Cursor, before.Cursor)
	}
	if err := pollers.Replay(t.Context(), before, since); !errors.Is(err, turnstone.ErrConflict) {
		t.Errorf("a second Replay = %v, want %v", err, turnstone.ErrConflict)
	}
	if err := pollers.CancelReplay(t.Context(), before); err != nil || poller().Memo.Rescan.Kind != "" {
		t.Errorf("CancelReplay = %v, rescan %+v, want none", err, poller().Memo.Rescan)
	}
	if err := pollers.CancelReplay(t.Context(), before); !errors.Is(err, turnstone.ErrNotFound) {
		t.Errorf("a second CancelReplay = %v, want %v", err, turnstone.ErrNotFound)
	}
}

func TestAResetMovesTheCursor(t *testing.T) {
	pollers, poller := pollerOf(t)
	since := storetest.Start().Add(-72 * time.Hour)
	if err := pollers.Reset(t.Context(), poller(), since); err != nil {
		t.Fatal(err)
	}
	if !poller().Cursor.Equal(since) {
		t.Errorf("cursor = %v, want %v", poller().Cursor, since)
	}
}
