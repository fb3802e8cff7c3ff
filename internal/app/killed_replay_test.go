//go:build unix && !race

package app_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"turnstone/internal/app"
	"turnstone/internal/audit"
	"turnstone/internal/change"
)

// TestKilledWhileReplaying kills the service while it tells again of all that the vendor
// has: each object is told once a replay.
func TestKilledWhileReplaying(t *testing.T) {
	eachStorage(t, func(t *testing.T, s app.Storage) {
		w, p := newTrial(t, s, 0, "")
		ctx, cancel := context.WithTimeout(t.Context(), settledWithin)
		defer cancel()
		check(t, w.settled(ctx))
		p.stop(t)
		before := w.stored(t)

		replays := 0
		for _, method := range []string{"Told", "CommitPoll", "EventIDs", "Versions", "ClaimPollers", "ClaimDestinations", "SettleDeliveries", "Deliveries", "Bodies"} {
			for n := 1; n <= 3; n++ {
				replays += w.diesReplaying(t, moment{method, n, n%2 == 0})
			}
		}
		t.Logf("%d replays", replays)
		w.finish(t)
		stored := w.stored(t)
		w.same(t, stored)
		again(t, before, stored[len(before):], replays)
	})
}

// diesReplaying has services replay until one of them dies at the moment, and returns
// how many replays that began.
func (w *trial) diesReplaying(t *testing.T, m moment) (begun int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), reachedWithin)
	defer cancel()
	for {
		if ctx.Err() != nil {
			t.Fatalf("%s was not called %d times in %v; see %s", m.Method, m.N, reachedWithin, w.life.Data)
		}
		begun += w.replay(ctx, t)
		l := w.life
		l.Dies = m
		p := born(t, l)
		if err := w.replayed(ctx, t, p); errors.Is(err, errDied) {
			p.dead(t)
			return begun
		}
		p.kill(t)
	}
}

// replay asks for a replay of all companies, unless one is under way, and returns how
// many it began.
func (w *trial) replay(ctx context.Context, t *testing.T) int {
	t.Helper()
	p := born(t, w.life)
	defer p.kill(t)
	found, err := w.look(ctx, t, p)
	if err != nil {
		t.Fatal(err)
	}
	if found > 0 {
		return 0
	}
	for n := range w.fleet.Sim.Companies() {
		call := fmt.Sprintf("POST %s/instances/%d/pollers/reports/replay", elements, n+1)
		if _, err := w.client.do(ctx, p.url, act{call: call, body: `{"since":"2000-01-01"}`}); err != nil {
			t.Fatal(err)
		}
	}
	return 1
}

// replayed waits until all replays are done. It returns errDied if the service is.
func (w *trial) replayed(ctx context.Context, t *testing.T, p *process) error {
	t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		found, err := w.look(ctx, t, p)
		if err != nil || found == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

// finish lets a service that nobody kills do what is left, and deliver it.
func (w *trial) finish(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), settledWithin)
	defer cancel()
	p := born(t, w.life)
	if err := w.replayed(ctx, t, p); err != nil {
		t.Fatal(err)
	}
	w.delivered(ctx, t, p)
	p.stop(t)
}

// again fails the test unless each object was told so many times more, and nothing new
// of it.
func again(t *testing.T, before, after []audit.Change, times int) {
	t.Helper()
	content := func(c audit.Change) string {
		return fmt.Sprint(c.ObjectID, change.Fingerprint(c.Record, "WorkflowActionUrl", "URI"))
	}
	counts := make(map[string]int)
	for _, c := range before {
		counts[content(c)] = 0
	}
	for _, c := range after {
		if _, ok := counts[content(c)]; !ok {
			t.Errorf("event %s invented something of object %s", c.NotificationID, c.ObjectID)
		}
		counts[content(c)]++
	}
	wrong := 0
	for _, n := range counts {
		if n != times {
			wrong++
		}
	}
	if wrong > 0 || len(counts) == 0 {
		t.Errorf("%d of %d objects were not told %d times more", wrong, len(counts), times)
	}
}
