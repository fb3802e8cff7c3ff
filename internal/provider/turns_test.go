package provider_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"turnstone/internal/element"
	"turnstone/internal/provider"
)

// reader polls a resource of an instance as package poll does: one page after the
// other, and when it is told to wait, another try a little later than that.
type reader struct {
	call  provider.Call
	pause time.Duration // between two pages
	times []time.Time   // at which pages were asked for
	late  time.Duration // the longest that a page had to wait for
}

func (r *reader) read(t *testing.T, nodes []*provider.Client, until time.Time) {
	tick := rand.New(rand.NewPCG(uint64(len(r.call.Turn)), 7))
	wanted := time.Now()
	for time.Now().Before(until) {
		_, err := nodes[tick.IntN(len(nodes))].Do(t.Context(), r.call)
		if err != nil {
			wanted := max(waitOf(t, err), time.Second) + time.Duration(tick.IntN(100))*time.Millisecond
			_ = wait(t.Context(), wanted)
			continue
		}
		r.times = append(r.times, time.Now())
		r.late = max(r.late, time.Since(wanted))
		_ = wait(t.Context(), r.pause)
		wanted = time.Now()
	}
}

// readers returns n readers of one instance, and starts them.
func readers(t *testing.T, nodes []*provider.Client, call provider.Call, pauses []time.Duration, length time.Duration) []*reader {
	t.Helper()
	var all []*reader
	var wg sync.WaitGroup
	until := time.Now().Add(length)
	for i, pause := range pauses {
		call.Turn = fmt.Sprintf("resource-%d", i)
		r := &reader{call: call, pause: pause}
		all = append(all, r)
		wg.Go(func() { r.read(t, nodes, until) })
	}
	wg.Wait()
	return all
}

func TestResourcesOfAnInstanceTakeTurns(t *testing.T) {
	tests := map[string]struct {
		limit element.RateLimit
		nodes int
	}{
		"six a minute":                 {element.RateLimit{Requests: 6, Per: element.Duration(time.Minute)}, 1},
		"one a second":                 {element.RateLimit{Requests: 60, Per: element.Duration(time.Minute)}, 1},
		"ten a second":                 {element.RateLimit{Requests: 600, Per: element.Duration(time.Minute)}, 1},
		"ten a second, by three nodes": {element.RateLimit{Requests: 600, Per: element.Duration(time.Minute)}, 3},
		"one a second, by three nodes": {element.RateLimit{Requests: 60, Per: element.Duration(time.Minute)}, 3},
	}
	const n = 15
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				clients, call, asked := nodes(t, tt.nodes, tt.limit, &ledger{})
				step := time.Duration(tt.limit.Per) / time.Duration(tt.limit.Requests)
				length := 100 * n * step
				all := readers(t, clients, call, make([]time.Duration, n), length)
				var pages []int
				var late time.Duration
				for _, r := range all {
					pages, late = append(pages, len(r.times)), max(late, r.late)
				}
				// Several nodes have a line each, so that turns are kept on average.
				unequal := 2
				if tt.nodes > 1 {
					unequal = 5
				}
				if least, most := slices.Min(pages), slices.Max(pages); unequal*least < most {
					t.Errorf("readers got %v pages, want none %d times as many as another", pages, unequal)
				}
				if least := int(0.8 * float64(length) / float64(step)); len(asked.at) < least {
					t.Errorf("%d requests in %v, want at least %d", len(asked.at), length, least)
				}
				if longest := 2*n*step + 5*time.Second; tt.nodes == 1 && late > longest {
					t.Errorf("a page had to wait for %v, want at most %v", late, longest)
				}
			})
		})
	}
}

func TestAPollerWithAThousandPagesDoesNotStarveItsNeighbours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limit := element.RateLimit{Requests: 60, Per: element.Duration(time.Minute)}
		clients, call, _ := nodes(t, 1, limit, nil)
		clients[0].Allowances = nil
		pauses := []time.Duration{0, 0, 0} // three that read on and on
		for range 5 {
			pauses = append(pauses, time.Minute)
		}
		all := readers(t, clients, call, pauses, time.Hour)
		for i, r := range all[3:] {
			if len(r.times) < 45 || r.late > 20*time.Second {
				t.Errorf("neighbour %d read %d pages in an hour and waited up to %v, want one a minute", i, len(r.times), r.late)
			}
		}
	})
}
