package traps_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/poll"
)

// Traps 16 to 20: how a poller gets stuck.

func TestTrap16MoreTiesThanAPageAreRead(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, w *world) {
		w.desk.unit, w.desk.layout = time.Second, "2006-01-02T15:04:05"
		w.connect("desk", polling("tickets"))
		w.clock.pass(time.Second)
		var want []string
		for i := range 350 { // of one second, 100 a page
			id := fmt.Sprintf("%03d", i)
			w.desk.set(id, "1")
			want = append(want, "CREATED "+id+" 1")
		}
		for n := range 3 {
			got := w.poll()
			if asked := w.desk.requests(); len(asked) != 4 || got.Outcome != turnstone.PollComplete {
				t.Errorf("poll %d = %s after %q, want complete after 4 pages", n+1, got.Outcome, asked)
			}
		}
		w.tells(want...)
		w.polls(6)
		w.desk.requests()
		if w.poll(); len(w.desk.requests()) != 1 {
			t.Errorf("the window still shows them long after, want it moved on")
		}
	})
}

func TestTrap17PagingThatLeadsBackEnds(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, w *world) {
		w.desk.size = 1
		w.connect("desk", polling("tickets"))
		w.clock.pass(time.Second)
		for _, id := range []string{"a", "b", "c", "d"} {
			w.desk.set(id, "1")
		}
		w.desk.next = func(page string) string { return map[string]string{"3": "1"}[page] } // 1, 2, 1, 2, ...
		for range 5 {
			got := w.poll()
			if asked := w.desk.requests(); len(asked) > 3 {
				t.Fatalf("asked %q, want an end after three pages", asked)
			}
			named := slices.ContainsFunc(got.Problems, func(p string) bool { return strings.Contains(p, "leads back to a page already read") })
			if got.Outcome != turnstone.PollFailed || !named || !w.poller().Cursor.IsZero() {
				t.Errorf("poll = %s with problems %q and cursor %v, want it failed, the circle named, and no cursor", got.Outcome, got.Problems, w.poller().Cursor)
			}
		}
		w.tells("CREATED a 1", "CREATED b 1", "CREATED c 1")
		w.desk.next = nil
		w.poll()
		w.tells("CREATED a 1", "CREATED b 1", "CREATED c 1", "CREATED d 1")
	})
}

func TestTrap18ALongPollIsNotOverlapped(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, w *world) {
		w.connect("desk", polling("tickets", `"pageSize":1`))
		w.clock.pass(time.Second)
		w.desk.set("a", "1")
		w.desk.set("b", "1")
		second := w.another()
		w.desk.script = func(http.ResponseWriter, *http.Request) bool {
			w.clock.pass(10 * time.Minute) // for each page, and it is due each minute
			for _, db := range []poll.Ledger{w.db, second} {
				if leases, err := db.ClaimPollers(t.Context(), 10, poll.DefaultLease); err != nil || len(leases) != 0 {
					t.Errorf("ClaimPollers during a poll = %d leases, %v, want none", len(leases), err)
				}
			}
			return false
		}
		w.poll()
		w.desk.script = nil
		if wait := w.poller().NextAt.Sub(w.clock.now()); wait <= 0 || wait > time.Minute {
			t.Errorf("polled again in %v, want the next beat, and none of those that were missed", wait)
		}
		w.desk.requests()
		w.polls(3)
		first := 0
		for _, page := range pagesOf(w.desk.requests()) {
			if page == "" {
				first++
			}
		}
		if first != 3 {
			t.Errorf("asked %d times for a first page in three polls, want once each", first)
		}
		w.tells("CREATED a 1", "CREATED b 1")
	})
}

// throttle answers a request with 429.
func throttle(w http.ResponseWriter, seconds string) {
	if seconds != "" {
		w.Header().Set("Retry-After", seconds)
	}
	http.Error(w, `{"message":"too many requests"}`, http.StatusTooManyRequests)
}

func TestTrap19ThrottlingIsNoFailure(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, w *world) {
		w.desk.size = 2
		w.connect("desk", polling("tickets"))
		w.clock.pass(time.Second)
		for _, id := range []string{"a", "b", "c", "d", "e"} {
			w.desk.set(id, "1")
		}
		throttled := 0
		w.desk.script = func(answer http.ResponseWriter, r *http.Request) bool {
			if r.URL.Query().Get("page") != "2" || throttled == 12 {
				return false
			}
			throttled++
			throttle(answer, "90")
			return true
		}
		for throttled < 12 {
			got, p := w.poll(), w.poller()
			if got.Outcome != turnstone.PollThrottled || p.Failures != 0 || p.State != turnstone.PollerActive {
				t.Fatalf("poll = %s, poller %s with %d failures, want throttled, active, none", got.Outcome, p.State, p.Failures)
			}
			if wait := p.NextAt.Sub(w.clock.now()); wait != 90*time.Second {
				t.Fatalf("polled again in %v, want 90s, as the vendor asked", wait)
			}
		}
		w.tells("CREATED a 1", "CREATED b 1")
		w.desk.requests()
		got := w.poll()
		if asked := pagesOf(w.desk.requests()); got.Outcome != turnstone.PollComplete || !slices.Equal(asked, []string{"2", "4"}) {
			t.Errorf("poll = %s after pages %q, want complete after the two that were left", got.Outcome, asked)
		}
		w.tells("CREATED a 1", "CREATED b 1", "CREATED c 1", "CREATED d 1", "CREATED e 1")
	})
}

// pagesOf returns the tokens of the pages that requests asked for.
func pagesOf(requests []string) []string {
	var pages []string
	for _, r := range requests {
		_, page, _ := strings.Cut(r, "&page=")
		page, _, _ = strings.Cut(page, "&")
		pages = append(pages, page)
	}
	return pages
}

func TestTrap20AHugeFirstReadingGoesOnWhereItStopped(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, w *world) {
		var want []string
		for i := range 120 {
			id := fmt.Sprintf("old%03d", i)
			w.desk.keep(revision{id: id, text: "1", stamp: w.desk.now().Add(time.Duration(i-1000) * time.Minute)})
			want = append(want, "CREATED "+id+" 1")
		}
		w.desk.size = 3
		w.connect("desk", polling("tickets", `"backfill":"all"`))
		asked, pages := make(map[string]int), 0
		w.desk.script = func(_ http.ResponseWriter, r *http.Request) bool {
			if !whole(r) {
				return false // the live window
			}
			asked[r.URL.Query().Get("page")]++
			w.clock.pass(2 * time.Second)
			if pages++; pages == 20 {
				w.desk.set("new", "1")
			}
			return false
		}
		told := 0 // the page after which the news was told
		for n := 0; len(w.told()) < 121 && n < 100; n++ {
			if n%3 == 2 {
				w.interrupted()
			} else {
				w.poll()
			}
			if told == 0 && slices.Contains(w.told(), "CREATED new 1") {
				told = pages
			}
		}
		w.tellsEach(append(want, "CREATED new 1"))
		if told == 0 || told > 30 {
			t.Errorf("the news of page 20 was told at page %d, want soon after: the live window goes first", told)
		}
		if most := slices.Max(slices.Collect(maps.Values(asked))); most > 2 {
			t.Errorf("a page was asked for %d times, want each once, and again where a poll was stopped: %v", most, asked)
		}
	})
}

// interrupted polls once, and is told to stop while a page is on its way.
func (w *world) interrupted() {
	w.t.Helper()
	ctx, stop := context.WithCancel(w.t.Context())
	defer stop()
	script := w.desk.script
	defer func() { w.desk.script = script }()
	w.desk.script = func(answer http.ResponseWriter, r *http.Request) bool {
		stop()
		return script(answer, r)
	}
	w.await()
	w.node.loop.Poll(ctx, w.claim())
}
