package poll_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"turnstone"
	"turnstone/internal/poll"
)

func TestAnIdlePollerSlowsDownAndWakesAtOnce(t *testing.T) {
	w := newWorld(t, "deals", with(deals, `"overlap":0`))
	w.store.lease.Poller.MaxInterval = 10 * time.Minute
	w.poll(t.Context())
	var gaps []int
	for range 12 {
		before := w.clock
		w.poll(t.Context())
		gaps = append(gaps, int(w.clock.Sub(before).Round(time.Minute)/time.Minute))
	}
	if want := []int{1, 1, 2, 2, 3, 5, 8, 10, 10, 10, 10}; !cmp.Equal(gaps[1:], want) {
		t.Errorf("minutes between idle polls = %v, want %v", gaps[1:], want)
	}
	w.change("a", "1")
	w.poll(t.Context())
	before := w.clock
	w.poll(t.Context())
	if gap := w.clock.Sub(before); gap != time.Minute {
		t.Errorf("after a change the next poll comes in %v, want a minute", gap)
	}
}

func TestAnIdlePollerKeepsItsBeat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		interval := time.Duration(rapid.IntRange(1, 24*60).Draw(t, "interval")) * time.Minute
		longest := time.Duration(rapid.IntRange(0, 100*24*60).Draw(t, "longest")) * time.Minute
		idle := rapid.IntRange(0, 1_000_000).Draw(t, "idle")
		wait := poll.IdleWait(idle, interval, longest)
		if wait%interval != 0 || wait < 0 || wait > 0 && wait+interval > longest {
			t.Fatalf("put off by %v, want whole intervals, within the longest", wait)
		}
		if more := poll.IdleWait(idle+1, interval, longest); more < wait {
			t.Fatalf("put off by %v, then by %v, want it never less", wait, more)
		}
	})
}

func TestLatenessIsSummarised(t *testing.T) {
	tests := map[string]struct {
		counts  []int64
		overlap time.Duration
		want    poll.LagReport
	}{
		"nothing seen": {nil, 5 * time.Minute, poll.LagReport{Suggested: 5 * time.Minute}},
		"all in time":  {[]int64{1000}, 5 * time.Minute, poll.LagReport{Changes: 1000, Suggested: time.Minute}},
		"half late": {
			[]int64{499, 0, 0, 501},
			5 * time.Minute,
			poll.LagReport{Changes: 1000, P50: 4 * time.Second, P99: 4 * time.Second, Suggested: time.Minute},
		},
		"a late one in a hundred": {
			[]int64{9890, 0, 0, 0, 0, 0, 0, 0, 110},
			5 * time.Minute,
			poll.LagReport{Changes: 10_000, P99: 128 * time.Second, Suggested: 256 * time.Second},
		},
		"as late as can be seen": {
			[]int64{900, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100},
			5 * time.Minute,
			poll.LagReport{Changes: 1000, P99: 512 * time.Second, Suggested: 1024 * time.Second},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := poll.Summarise(turnstone.Lag{Counts: tt.counts}, tt.overlap)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Summarise (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLateChangesAreMeasured(t *testing.T) {
	w := newWorld(t, "deals", deals)
	w.quiet(6)
	w.vendor.history = append(w.vendor.history,
		version{id: "a", content: "1", at: w.clock, visible: w.clock},
		version{id: "b", content: "1", at: w.clock.Add(-40 * time.Second), visible: w.clock.Add(time.Second)},
		version{id: "c", content: "1", at: w.clock.Add(-200 * time.Second), visible: w.clock.Add(time.Second)})
	got := w.poll(t.Context())
	if got.Details.Late != 2 {
		t.Errorf("poll log has %d late changes, want 2", got.Details.Late)
	}
	want := turnstone.Lag{Counts: []int64{1, 0, 0, 0, 0, 0, 0, 1, 0, 1}}
	if diff := cmp.Diff(want, w.store.lease.Poller.Memo.Lag); diff != "" {
		t.Errorf("lag (-want +got):\n%s", diff)
	}
}

// About the last 10,000 changes count, so that a vendor may get better.
func TestOldLatenessIsForgotten(t *testing.T) {
	w := newWorld(t, "deals", deals)
	w.quiet(2)
	w.store.lease.Poller.Memo.Lag = turnstone.Lag{Counts: []int64{10, 9990}}
	w.change("a", "1")
	w.poll(t.Context())
	if diff := cmp.Diff([]int64{5, 4995}, w.store.lease.Poller.Memo.Lag.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}
