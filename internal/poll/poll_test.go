package poll_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/hub"
)

func TestOnlyWhatHappensAfterEnablingIsNews(t *testing.T) {
	w := newWorld(t, "deals", deals)
	w.clock = start.Add(-time.Hour)
	w.change("old", "0")
	w.clock = start.Add(-time.Minute)
	w.change("late", "0")
	w.clock = start
	if got := w.poll(t.Context()); got.Outcome != turnstone.PollComplete || got.Learned != 1 {
		t.Errorf("first poll = %s with %d learned, want complete with 1", got.Outcome, got.Learned)
	}
	w.tells()
	w.change("new", "1")
	w.change("old", "1")
	w.change("late", "1")
	got := w.poll(t.Context())
	w.tells("UPDATED late 1", "CREATED new 1", "UPDATED old 1")
	want := turnstone.Poll{
		PollerID: 5, AccountID: 1, StartedAt: w.clock, URL: "https://api.crm.example/deals",
		From: start.Truncate(time.Second).Add(-5 * time.Minute), Outcome: turnstone.PollComplete,
		Pages: 2, Records: 3, Created: 1, Updated: 2, Events: 2,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("poll log (-want +got):\n%s", diff)
	}
	if good := w.store.lease.Poller.LastGoodAt; !good.Equal(w.clock) {
		t.Errorf("last complete sweep began at %v, want %v", good, w.clock)
	}
	if w.stored != 2 {
		t.Errorf("Stored was called %d times, want once a page with events", w.stored)
	}
}

func TestARecordSeenAgainIsNoNews(t *testing.T) {
	w := newWorld(t, "deals", deals)
	w.change("a", "1")
	w.change("b", "1")
	w.change("c", "1")
	for range 4 {
		w.poll(t.Context())
	}
	w.tells("CREATED a 1", "CREATED b 1", "CREATED c 1")
	if last := w.store.last(); last.Unchanged != 3 {
		t.Errorf("last poll has %d unchanged records, want 3", last.Unchanged)
	}
}

func TestIgnoredFieldsMakeNoNews(t *testing.T) {
	w := newWorld(t, "deals", strings.TrimSuffix(deals, "}")+`,"ignoreFields":["content"]}`)
	w.change("a", "1")
	w.poll(t.Context())
	w.vendor.history[0].content = "2"
	w.poll(t.Context())
	w.tells("CREATED a 1")
}

func TestTheVendorsClockCounts(t *testing.T) {
	for _, skew := range []time.Duration{-25 * time.Hour, -90 * time.Second, -1500 * time.Millisecond, 0, 700 * time.Millisecond, 90 * time.Second, 25 * time.Hour} {
		t.Run(skew.String(), func(t *testing.T) {
			w := newWorld(t, "deals", deals)
			w.vendor.skew = skew
			w.clock = start.Add(-10 * time.Second)
			w.change("before", "0")
			w.clock = start.Add(10 * time.Millisecond)
			w.change("after", "1")
			w.pass(30 * time.Second)
			w.poll(t.Context())
			w.pass(time.Second)
			w.change("before", "2")
			w.poll(t.Context())
			w.tells("CREATED after 1", "UPDATED before 2")
			if cursor := w.store.lease.Poller.Cursor; cursor.After(w.clock.Add(skew)) || cursor.Before(w.clock.Add(skew-time.Second)) {
				t.Errorf("cursor = %v, want the vendor's %v", cursor, w.clock.Add(skew))
			}
		})
	}
}

func TestTheVendorsClockIsKeptBeforeThePageIsAskedForAgain(t *testing.T) {
	w := newWorld(t, "deals", deals)
	w.vendor.skew = time.Hour
	w.poll(t.Context())
	if first := w.store.commits[0]; !first.Since.After(start.Add(59*time.Minute)) || first.End != nil {
		t.Errorf("first commit = %+v, want one that only learns the clock and extends the lease", first)
	}
	if len(w.vendor.calls) != 2 || w.vendor.calls[0].Where == w.vendor.calls[1].Where {
		t.Errorf("asked %+v, want the first page again with another window", w.vendor.calls)
	}
	w.poll(t.Context())
	if len(w.vendor.calls) != 3 {
		t.Errorf("asked %d pages, want the clock to be learned once", len(w.vendor.calls))
	}
}

func TestAResourceWithoutDatesBeginsWithASilentBaseline(t *testing.T) {
	w := newWorld(t, "colours", colours)
	w.vendor.undated = true
	w.clock = start.Add(-time.Hour)
	w.change("blue", "1")
	w.change("green", "1")
	w.change("red", "1")
	w.clock = start
	w.vendor.page = func(call int, _ *hub.Page) error {
		if call == 2 { // the baseline may take several polls
			return &turnstone.VendorError{Action: turnstone.VendorWait, Wait: time.Second}
		}
		return nil
	}
	for range 2 {
		w.poll(t.Context())
	}
	w.tells()
	w.change("white", "1")
	w.change("blue", "2")
	w.poll(t.Context())
	w.tells("UPDATED blue 2", "CREATED white 1")
}

func TestDatesMayBeWrittenInAnyWayTheElementKnows(t *testing.T) {
	w := newWorld(t, "deals", deals)
	w.vendor.page = func(_ int, p *hub.Page) error {
		p.Records = []json.RawMessage{fmt.Appendf(nil, `{"id":"a","created":%d,"updated":%d,"content":"1"}`, start.UnixMilli(), start.UnixMilli())}
		return nil
	}
	got := w.poll(t.Context())
	w.tells("CREATED a 1")
	if len(got.Problems) > 0 {
		t.Errorf("problems = %q, want none", got.Problems)
	}
}

func TestWhatCannotBeReadIsNamed(t *testing.T) {
	w := newWorld(t, "deals", deals)
	w.vendor.page = func(_ int, p *hub.Page) error {
		p.Records = []json.RawMessage{
			json.RawMessage(`{"name":"nobody"}`),
			json.RawMessage(`{"id":"a","created":"yesterday","updated":"` + start.Format(stamp) + `","content":"1"}`),
		}
		return nil
	}
	got := w.poll(t.Context())
	w.tells("UPDATED a 1")
	if got.Outcome != turnstone.PollComplete || len(got.Problems) != 2 ||
		!strings.HasPrefix(got.Problems[0], `page 1: record 1 of the page: no id in "id"`) ||
		!strings.HasPrefix(got.Problems[1], `object a: the date in "created": date "yesterday"`) {
		t.Errorf("poll = %s with problems %q, want complete with a problem for each record", got.Outcome, got.Problems)
	}
}

func TestAPageOfWhichNothingCanBeReadIsAFailure(t *testing.T) {
	w := newWorld(t, "deals", `{"url":"/hubs/crm/deals","idField":"ID"}`)
	w.change("a", "1")
	got := w.poll(t.Context())
	if got.Outcome != turnstone.PollFailed || len(got.Problems) != 2 || !strings.Contains(got.Problems[0], `no id in "ID"`) {
		t.Errorf("poll = %s with %q, want failed, naming the record", got.Outcome, got.Problems)
	}
	w.store.lease.Poller.Configuration = `{"url":"/hubs/crm/deals","idField":"id"}`
	w.poll(t.Context())
	w.tells("CREATED a 1")
}

func TestAVendorThatIgnoresTheFilterIsFilteredHere(t *testing.T) {
	w := newWorld(t, "deals", deals)
	w.clock = start.Add(-time.Hour)
	w.change("old", "0")
	w.clock = start
	w.change("new", "1")
	w.vendor.page = func(_ int, p *hub.Page) error {
		p.Records, p.Next = w.vendor.records(""), ""
		return nil
	}
	got := w.poll(t.Context())
	w.tells("CREATED new 1")
	if len(got.Problems) != 1 || !strings.Contains(got.Problems[0], "the vendor ignored the filter") || got.Ignored != 1 {
		t.Errorf("problems = %q, ignored %d, want a warning and 1", got.Problems, got.Ignored)
	}
	if known := w.store.known(); !slices.Equal(known, []string{"new"}) {
		t.Errorf("versions of %q are stored, want no row for the old", known)
	}
}

func TestAFilterThatFitsNoRecordIsNotSilent(t *testing.T) {
	w := newWorld(t, "deals", deals)
	lacks := "modifed"
	w.vendor.page = func(_ int, p *hub.Page) error {
		p.Lacks = lacks
		return nil
	}
	got := w.poll(t.Context())
	if len(got.Problems) != 1 || !strings.Contains(got.Problems[0], "has modifed, which the where clause") {
		t.Errorf("problems = %q, want one that names the field", got.Problems)
	}
	if blind := w.store.lease.Poller.Memo.Blind; !strings.Contains(blind, "modifed") {
		t.Errorf("Blind = %q, want the field", blind)
	}
	lacks = ""
	if got := w.poll(t.Context()); len(got.Problems) > 0 || w.store.lease.Poller.Memo.Blind != "" {
		t.Errorf("problems = %q, Blind = %q once records have the field, want none", got.Problems, w.store.lease.Poller.Memo.Blind)
	}
}

func TestAFilterMayBeCoarserThanAMoment(t *testing.T) {
	for name, where := range map[string]string{
		"days":    "/hubs/crm/deals?where=modifiedAfter='${date:yyyy-MM-dd}'",
		"seconds": "/hubs/crm/deals?where=modifiedAfter='${date:yyyy-MM-dd'T'HH:mm:ss}'",
		"none":    "/hubs/crm/deals?where=modifiedAfter='${epoch:0}'",
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "deals", `{"url":"`+where+`"}`)
			w.vendor.page = func(_ int, p *hub.Page) error {
				at := start.Truncate(time.Second).Add(-5*time.Minute + 100*time.Millisecond).Format(stamp)
				p.Records = []json.RawMessage{fmt.Appendf(nil, `{"id":"a","created":%q,"updated":%q}`, at, at)}
				return nil
			}
			if got := w.poll(t.Context()); len(got.Problems) > 0 || got.Learned != 1 {
				t.Errorf("poll from %v: problems %q, learned %d, want none, 1", got.From, got.Problems, got.Learned)
			}
		})
	}
}

func TestACredentialThatIsRefusedForEverParksThePoller(t *testing.T) {
	w := newWorld(t, "deals", deals)
	w.vendor.page = func(int, *hub.Page) error { return fmt.Errorf("instance 3: %w", turnstone.ErrUnauthenticated) }
	got, p := w.poll(t.Context()), w.store.lease.Poller
	if got.Outcome != turnstone.PollRefused || p.Failures != 1 || !p.NextAt.Equal(w.clock.Add(5*time.Second)) {
		t.Errorf("poll = %s, failures %d, next in %v, want refused, 1, 5s", got.Outcome, p.Failures, p.NextAt.Sub(w.clock))
	}
	w.store.lease.Poller.Failures = 99
	if w.poll(t.Context()); w.store.lease.Poller.State != turnstone.PollerParked {
		t.Errorf("state after a hundred refusals = %s, want parked", w.store.lease.Poller.State)
	}
}

func TestAPollerIsParkedAfterAHundredFailures(t *testing.T) {
	w := newWorld(t, "deals", deals)
	w.change("a", "1")
	w.vendor.page = func(int, *hub.Page) error {
		return &turnstone.VendorError{Action: turnstone.VendorRetry, Status: 502, URL: "/deals"}
	}
	for i := range 100 {
		if state := w.store.lease.Poller.State; state != turnstone.PollerActive {
			t.Fatalf("after %d failures the poller is %s, want active", i, state)
		}
		w.poll(t.Context())
	}
	p := w.store.lease.Poller
	if p.State != turnstone.PollerParked || !strings.Contains(p.Problem, "parked after 100 failures in a row; mend the cause") {
		t.Errorf("poller is %s: %q, want parked, with the remedy", p.State, p.Problem)
	}
	w.vendor.page = nil
	w.store.lease.Poller.State, w.store.lease.Poller.Failures = turnstone.PollerActive, 0
	w.poll(t.Context())
	w.tells("CREATED a 1") // the cursor was kept
}

func TestAnEventHoldsAFewChanges(t *testing.T) {
	tests := map[string]struct {
		most    int
		records int
		size    int // of a record's content
		want    []int
	}{
		"ten":             {10, 25, 1, []int{10, 10, 5}},
		"one":             {1, 3, 1, []int{1, 1, 1}},
		"a hundred":       {100, 25, 1, []int{25}},
		"a megabyte each": {10, 7, 1 << 20, []int{3, 3, 1}},
		"five each":       {10, 2, 5 << 20, []int{1, 1}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "deals", deals)
			w.vendor.size, w.loop.MaxChanges = 100, tt.most
			for i := range tt.records {
				w.change(fmt.Sprintf("%02d", i), strings.Repeat("x", tt.size))
			}
			w.poll(t.Context())
			var got []int
			for i, e := range w.store.events {
				got = append(got, len(e.Objects))
				if e.ID != int64(i+1) || len(e.Key) != 20 || e.PollerID != 5 || e.InstanceID != 3 || e.AccountID != 1 {
					t.Errorf("event %d = %d %q of poller %d, want consecutive ids and its origin", i, e.ID, e.Key, e.PollerID)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("changes an event = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestWhatCannotBePolledIsAFailureThatSaysWhy(t *testing.T) {
	tests := map[string]struct {
		element, configuration, want string
	}{
		"element":  {"nope", deals, `element "nope" is not in the catalogue; add its file`},
		"resource": {"crm", `{"url":"/hubs/crm/nope"}`, `element "crm" has no resource "nope"`},
		"url":      {"crm", `{"url":"https://elsewhere.example/deals"}`, "names a host"},
		"no JSON":  {"crm", `{`, "is no JSON"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "deals", tt.configuration)
			w.store.lease.Instance.Element = tt.element
			got, p := w.poll(t.Context()), w.store.lease.Poller
			if got.Outcome != turnstone.PollFailed || !strings.Contains(p.Problem, tt.want) || p.Failures != 1 {
				t.Errorf("poll = %s, %q, want failed, %q", got.Outcome, p.Problem, tt.want)
			}
		})
	}
}

func TestOnlySoManyConfigurationsAreRemembered(t *testing.T) {
	w := newWorld(t, "deals", deals)
	for i := range 1100 {
		w.store.lease.Poller.Configuration = fmt.Sprintf(`{"url":"/hubs/crm/deals?where=modifiedAfter='${date}'","pageSize":%d}`, i+1)
		w.poll(t.Context())
		if asked := w.vendor.calls[i].PageSize; asked != i+1 {
			t.Fatalf("asked for %d records, want %d as configured", asked, i+1)
		}
	}
	if n := w.loop.Plans(); n == 0 || n > 1000 {
		t.Errorf("%d plans are remembered, want at most 1000", n)
	}
}

func TestEachPollIsOneLineWithoutSecrets(t *testing.T) {
	w := newWorld(t, "reports & <sons> \u2028", deals)
	w.change("a", "1")
	w.poll(t.Context())
	w.vendor.page = func(int, *hub.Page) error { return errors.New("connection reset") }
	w.poll(t.Context())
	lines := strings.Split(strings.TrimSpace(w.logs.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], `"level":"INFO"`) || !strings.Contains(lines[1], `"level":"WARN"`) {
		t.Errorf("logs = %q, want one line a poll", lines)
	}
	for _, secret := range []string{"client-secret", "instance-token"} {
		if strings.Contains(w.logs.String(), secret) {
			t.Errorf("logs hold %s: %s", secret, w.logs.String())
		}
	}
}
