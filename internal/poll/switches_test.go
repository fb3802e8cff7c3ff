package poll_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/hub"
)

func TestChangesAfterThePollBeganMayBeLeftToTheNext(t *testing.T) {
	w := newWorld(t, "deals", with(deals, `"filterByCurrentDate":true`))
	w.change("a", "1")
	w.pass(10 * time.Second)
	w.vendor.page = func(call int, p *hub.Page) error {
		if call == 1 { // while the vendor answers
			w.pass(5 * time.Second)
			w.change("b", "1")
			p.Records, p.Validator = w.vendor.records(""), turnstone.Validator{ETag: `"1"`}
			w.pass(time.Second)
		}
		return nil
	}
	w.poll(t.Context())
	w.tells("CREATED a 1")
	if v := w.store.lease.Poller.Memo.Validator; v != (turnstone.Validator{}) {
		t.Errorf("validator = %+v, want none of a page of which a part is left", v)
	}
	w.poll(t.Context())
	w.tells("CREATED a 1", "CREATED b 1")
}

func TestTheUpdatedDateMayBeLeftOutOfIt(t *testing.T) {
	w := newWorld(t, "deals", with(deals, `"filterByUpdatedDate":"false"`))
	w.vendor.page = func(_ int, p *hub.Page) error {
		old, now := start.Add(-time.Hour).Format(stamp), start.Add(time.Second).Format(stamp)
		p.Records = []json.RawMessage{
			fmt.Appendf(nil, `{"id":"a","created":%q,"updated":%q,"content":"1"}`, now, old),
			fmt.Appendf(nil, `{"id":"b","created":%q,"updated":%q,"content":"1"}`, old, old),
		}
		return nil
	}
	w.poll(t.Context())
	w.tells("CREATED a 1")
}

func TestDatesMayDecideTheType(t *testing.T) {
	w := newWorld(t, "deals", with(deals, `"detect":"dates","createdCheckTolerance":60`))
	w.pass(time.Second)
	w.change("a", "1")
	w.poll(t.Context())
	w.pass(5 * time.Second)
	w.change("a", "2")
	w.poll(t.Context())
	w.pass(2 * time.Minute)
	w.change("a", "3")
	w.poll(t.Context())
	w.tells("CREATED a 1", "CREATED a 2", "UPDATED a 3")
}

func TestAListThatIsSortedNewestFirstIsReadAsFarAsItsWindow(t *testing.T) {
	tests := map[string]string{
		"with a filter":    with(deals, `"order":"newestFirst"`),
		"without a filter": `{"url":"/hubs/crm/deals","order":"newestFirst"}`,
	}
	for name, configuration := range tests {
		t.Run(name, func(t *testing.T) {
			w := aged(t, "deals", configuration)
			w.vendor.page = func(call int, p *hub.Page) error {
				all := w.vendor.records("")
				slices.SortFunc(all, func(a, b json.RawMessage) int { return strings.Compare(updatedOf(b), updatedOf(a)) })
				from := 0
				if r := w.vendor.calls[call-1]; r.Next != "" {
					_, _ = fmt.Sscan(r.Next, &from)
				}
				p.Records, p.Next = all[from:min(from+2, len(all))], ""
				if from+2 < len(all) {
					p.Next = fmt.Sprint(from + 2)
				}
				return nil
			}
			got := w.poll(t.Context())
			if got.Outcome != turnstone.PollComplete || got.Pages != 2 || len(got.Problems) != 0 {
				t.Errorf("poll = %s after %d pages, problems %q, want complete after 2, none", got.Outcome, got.Pages, got.Problems)
			}
			w.change("a", "2")
			w.poll(t.Context())
			w.tells("UPDATED a 2")
		})
	}
}

// Its window is no part of the URL, so that the live sweep is not the backfill.
func TestAListThatIsSortedNewestFirstIsBackfilled(t *testing.T) {
	w := aged(t, "deals", `{"url":"/hubs/crm/deals","order":"newestFirst","backfill":"`+start.Add(-25*time.Minute).Format(time.RFC3339)+`"}`)
	w.vendor.page = func(call int, p *hub.Page) error {
		all := w.vendor.records("")
		slices.SortFunc(all, func(a, b json.RawMessage) int { return strings.Compare(updatedOf(b), updatedOf(a)) })
		at := len(w.vendor.calls[call-1].Next) // a token a page: "", "x", "xx"
		p.Records, p.Next = all[at:at+1], strings.Repeat("x", at+1)
		return nil
	}
	got := w.poll(t.Context())
	w.tells("CREATED g 0", "CREATED f 0", "CREATED e 0")
	if got.Outcome != turnstone.PollComplete || got.Details.RescanPages != 4 {
		t.Errorf("poll = %s, %d pages of a backfill, want complete, 4: as far as its date", got.Outcome, got.Details.RescanPages)
	}
}

// updatedOf returns the updated date in a record, as text.
func updatedOf(r json.RawMessage) string {
	var dates struct{ Updated string }
	_ = json.Unmarshal(r, &dates)
	return dates.Updated
}

func TestAListThatIsWhatItWasIsNotReadAgain(t *testing.T) {
	w := newWorld(t, "colours", colours)
	w.vendor.undated, w.vendor.size = true, 10
	w.change("blue", "1")
	tag := 0
	w.vendor.page = func(call int, p *hub.Page) error {
		now := turnstone.Validator{URL: "https://api.crm.example/colours", ETag: fmt.Sprintf(`"%d"`, tag)}
		if p.Validator = now; w.vendor.calls[call-1].Validator == now {
			p.Unmodified, p.Records = true, nil
		}
		return nil
	}
	first := w.poll(t.Context())
	cursor := w.store.lease.Poller.Cursor
	second := w.poll(t.Context())
	if first.Details.Unmodified || !second.Details.Unmodified || second.Records != 0 || second.Outcome != turnstone.PollComplete {
		t.Errorf("polls = %+v, then %+v, want the second unmodified and complete", first, second)
	}
	if !w.store.lease.Poller.Cursor.After(cursor) {
		t.Errorf("cursor = %v, want it to move on from %v", w.store.lease.Poller.Cursor, cursor)
	}
	tag++
	w.change("green", "1")
	w.poll(t.Context())
	w.poll(t.Context())
	w.tells("CREATED green 1")
	if !w.store.last().Details.Unmodified {
		t.Error("the list is read again, want its new validator used")
	}
}

// A validator is that of the first page.
func TestAListOfSeveralPagesIsReadEachTime(t *testing.T) {
	w := newWorld(t, "colours", colours)
	w.vendor.undated = true
	for _, id := range []string{"blue", "green", "red"} {
		w.change(id, "1")
	}
	w.vendor.page = func(_ int, p *hub.Page) error { p.Validator = turnstone.Validator{ETag: `"1"`}; return nil }
	w.poll(t.Context())
	if v := w.store.lease.Poller.Memo.Validator; v != (turnstone.Validator{}) {
		t.Errorf("validator = %+v, want none", v)
	}
}

func TestPlaceholdersAreFilledFromTheInstance(t *testing.T) {
	w := newWorld(t, "deals", strings.Replace(deals, "/deals", "/{kind}", 1))
	w.change("a", "1")
	got := w.poll(t.Context())
	if got.Outcome != turnstone.PollFailed || !strings.Contains(got.Problems[0], "the polled URL has the placeholder {kind}, and the configuration has no entry of that name") {
		t.Errorf("poll without a value = %s, %q, want failed, with what is missing", got.Outcome, got.Problems)
	}
	w.configure("kind", "deals")
	w.store.lease.Instance.Revision++
	w.poll(t.Context())
	w.tells("CREATED a 1")
	w.configure("kind", "orders")
	w.store.lease.Instance.Revision++
	w.poll(t.Context())
	if asked := w.vendor.calls[len(w.vendor.calls)-1].Resource; asked != "orders" {
		t.Errorf("asked for %s, want the instance's new value", asked)
	}
}

func TestPollsAskInTheBackground(t *testing.T) {
	w := newWorld(t, "deals", deals)
	w.vendor.page = func(_ int, p *hub.Page) error {
		p.RateLimit = turnstone.RateLimit{Limit: 100, Remaining: 7, Reset: time.Minute}
		return nil
	}
	got := w.poll(t.Context())
	if !w.vendor.calls[0].Background {
		t.Error("a poll asks as if a client waited, want it to leave room for clients")
	}
	if want := (turnstone.RateLimit{Limit: 100, Remaining: 7, Reset: time.Minute}); got.Details.RateLimit != want {
		t.Errorf("rate limit in the poll log = %+v, want %+v", got.Details.RateLimit, want)
	}
}
