package poll_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/hub"
)

func TestAVendorThatAsksToWaitIsAskedForTheSamePage(t *testing.T) {
	w := newWorld(t, "deals", deals)
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		w.change(id, "1")
	}
	w.vendor.page = func(call int, _ *hub.Page) error {
		if call == 2 || call == 3 {
			return &turnstone.VendorError{Action: turnstone.VendorWait, Status: 429, Wait: 90 * time.Second, URL: "/deals"}
		}
		return nil
	}
	got := w.poll(t.Context())
	if next := w.store.lease.Poller.NextAt; got.RetryAfter != 90*time.Second || !next.Equal(w.clock.Add(90*time.Second)) {
		t.Errorf("polled again %v after %v, want 90s", next.Sub(w.clock), got.RetryAfter)
	}
	if p := w.store.lease.Poller; got.Outcome != turnstone.PollThrottled || p.Failures != 0 || !p.Cursor.IsZero() {
		t.Errorf("poll = %s, poller has %d failures, cursor %v, want throttled, none, none", got.Outcome, p.Failures, p.Cursor)
	}
	w.poll(t.Context())
	if got := w.poll(t.Context()); got.Outcome != turnstone.PollComplete || got.Pages != 2 {
		t.Errorf("third poll = %s with %d pages, want complete with 2", got.Outcome, got.Pages)
	}
	w.asked("", "2", "2", "2", "4")
	if cursor := w.store.lease.Poller.Cursor; !cursor.Equal(start.Truncate(time.Second)) {
		t.Errorf("cursor = %v, want the start of the sweep, %v", cursor, start)
	}
	w.tells("CREATED a 1", "CREATED b 1", "CREATED c 1", "CREATED d 1", "CREATED e 1")
}

func TestWaitsAreBounded(t *testing.T) {
	for asked, want := range map[time.Duration]time.Duration{0: 5 * time.Second, time.Millisecond: time.Second, time.Minute: time.Minute, 30 * time.Hour: time.Hour} {
		w := newWorld(t, "deals", deals)
		w.vendor.page = func(int, *hub.Page) error {
			return &turnstone.VendorError{Action: turnstone.VendorWait, Wait: asked}
		}
		if got := w.poll(t.Context()).RetryAfter; got != want {
			t.Errorf("wait of %v = %v, want %v", asked, got, want)
		}
	}
}

func TestAVendorThatDoesNotSayIsAskedLessAndLess(t *testing.T) {
	w := newWorld(t, "deals", deals)
	throttling := true
	w.vendor.page = func(int, *hub.Page) error {
		if !throttling {
			return nil
		}
		return &turnstone.VendorError{Action: turnstone.VendorWait, MinWait: 2 * time.Second, MaxWait: 10 * time.Second}
	}
	for i, want := range []time.Duration{2, 4, 8, 10, 10} {
		if got := w.poll(t.Context()).RetryAfter; got != want*time.Second {
			t.Errorf("wait %d = %v, want %v", i+1, got, want*time.Second)
		}
	}
	throttling = false
	w.poll(t.Context())
	throttling = true
	if got := w.poll(t.Context()).RetryAfter; got != 2*time.Second {
		t.Errorf("wait after a good page = %v, want 2s", got)
	}
}

func TestAnOldPageTokenIsNotTrusted(t *testing.T) {
	w := newWorld(t, "deals", deals)
	for _, id := range []string{"a", "b", "c"} {
		w.change(id, "1")
	}
	w.vendor.page = func(call int, _ *hub.Page) error {
		if call == 2 {
			return &turnstone.VendorError{Action: turnstone.VendorWait}
		}
		return nil
	}
	w.poll(t.Context())
	w.pass(time.Hour + time.Minute) // we were down
	w.change("a", "2")
	w.poll(t.Context())
	if next := w.vendor.calls[2].Next; next != "" {
		t.Errorf("asked for page %q, want the first", next)
	}
	w.tells("CREATED a 1", "CREATED b 1", "UPDATED a 2", "CREATED c 1")
}

func TestAPollThatIsStoppedGoesOnWhereItStood(t *testing.T) {
	for name, stopAt := range map[string]int{"while it asks for the first page": 1, "while it asks for another page": 2} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "deals", deals)
			for _, id := range []string{"a", "b", "c"} {
				w.change(id, "1")
			}
			ctx, stop := context.WithCancel(t.Context())
			w.vendor.page = func(call int, _ *hub.Page) error {
				if call == stopAt {
					stop()
					return &turnstone.VendorError{Action: turnstone.VendorRetry, Err: ctx.Err()}
				}
				return nil
			}
			got, p := w.poll(ctx), w.store.lease.Poller
			if got.Outcome != turnstone.PollStopped || p.Failures != 0 || p.NextAt.After(w.clock) || !w.store.until.IsZero() {
				t.Errorf("poll = %s, failures %d, next %v, lease until %v, want stopped, 0, at once, none", got.Outcome, p.Failures, p.NextAt, w.store.until)
			}
			w.poll(t.Context())
			w.tells("CREATED a 1", "CREATED b 1", "CREATED c 1")
			if len(w.vendor.calls) != 3 {
				t.Errorf("asked %d pages, want no page twice but the one cut off", len(w.vendor.calls))
			}
		})
	}
}

// The page stood as read in the sweep that was saved, and was never seen again.
func TestAPageThatIsNotStoredIsAskedForAgain(t *testing.T) {
	failures := map[string]func(stop func()) error{
		"the store fails":     func(func()) error { return errStore },
		"we are told to stop": func(stop func()) error { stop(); return context.Canceled },
	}
	for name, fail := range failures {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "deals", deals)
			for _, id := range []string{"a", "b", "c"} {
				w.change(id, "1")
			}
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			w.store.trouble = func(call int, _ bool) error {
				if call == 4 { // the commit of the first page
					return fail(stop)
				}
				return nil
			}
			if got := w.poll(ctx); got.Events != 0 || got.Pages != 0 {
				t.Errorf("poll log has %d events and %d pages, want what was stored: none", got.Events, got.Pages)
			}
			w.tells()
			w.pass(10 * time.Minute) // longer than the overlap
			w.poll(t.Context())
			w.tells("CREATED a 1", "CREATED b 1", "CREATED c 1")
		})
	}
}

func TestWhoLostTheLeaseWritesNothing(t *testing.T) {
	w := newWorld(t, "deals", deals)
	for _, id := range []string{"a", "b", "c"} {
		w.change(id, "1")
	}
	w.vendor.page = func(call int, _ *hub.Page) error {
		if call == 2 { // another node claims while we wait for the vendor
			w.store.lease.Fence++
		}
		return nil
	}
	w.poll(t.Context())
	if len(w.store.commits) != 1 || len(w.store.polls) != 0 {
		t.Errorf("%d commits and %d poll logs, want the first page alone", len(w.store.commits), len(w.store.polls))
	}
	w.store.restart()
	w.poll(t.Context())
	w.tells("CREATED a 1", "CREATED b 1", "CREATED c 1")
}

func TestPagingThatDoesNotEndIsNoticed(t *testing.T) {
	tests := map[string]struct {
		page func(call int, p *hub.Page)
		want string
	}{
		"a token that repeats": {func(_ int, p *hub.Page) { p.Next = "1" }, "leads back to a page already read"},
		"tokens in a circle": {func(call int, p *hub.Page) {
			p.Next = []string{"x", "y", "z"}[call%3]
			p.Records = []json.RawMessage{fmt.Appendf(nil, `{"id":"%d","created":"%[2]s","updated":"%[2]s","content":"1"}`, call, start.Format(stamp))}
		}, "leads back to a page already read"},
		"pages that repeat": {func(call int, p *hub.Page) {
			p.Records = []json.RawMessage{fmt.Appendf(nil, `{"id":"a","created":"%[1]s","updated":"%[1]s","content":"1"}`, start.Format(stamp))}
			p.Next = fmt.Sprint(call)
		}, "repeats the page before"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "deals", deals)
			w.change("a", "1")
			w.vendor.page = func(call int, p *hub.Page) error { tt.page(call, p); return nil }
			got, p := w.poll(t.Context()), w.store.lease.Poller
			if got.Outcome != turnstone.PollFailed || !strings.Contains(p.Problem, tt.want) {
				t.Errorf("poll = %s, %q, want failed, %q", got.Outcome, p.Problem, tt.want)
			}
			if !p.Cursor.IsZero() || p.Sweep.Next != "" || len(w.vendor.calls) > 5 {
				t.Errorf("cursor %v, next page %q after %d pages, want none, the first, and few", p.Cursor, p.Sweep.Next, len(w.vendor.calls))
			}
		})
	}
}

func TestEmptyPagesMayFollowEachOther(t *testing.T) {
	w := newWorld(t, "deals", deals)
	w.vendor.page = func(call int, p *hub.Page) error {
		if call < 5 {
			p.Next = fmt.Sprint(call)
		}
		return nil
	}
	if got := w.poll(t.Context()); got.Outcome != turnstone.PollComplete || got.Pages != 5 {
		t.Errorf("poll = %s after %d pages, want complete after 5", got.Outcome, got.Pages)
	}
}

func TestAHugeWindowTakesSeveralPolls(t *testing.T) {
	w := newWorld(t, "deals", deals)
	const pages = 10_001
	w.vendor.page = func(call int, p *hub.Page) error {
		if p.Next = fmt.Sprint(call); call == pages {
			p.Next = ""
		}
		return nil
	}
	got := w.poll(t.Context())
	if got.Outcome != turnstone.PollThrottled || got.Pages != pages-1 || w.store.lease.Poller.Failures != 0 {
		t.Errorf("poll = %s after %d pages, want throttled after %d", got.Outcome, got.Pages, pages-1)
	}
	if !strings.Contains(got.Problems[0], "read 10000 pages; goes on from there") {
		t.Errorf("problems = %q, want the budget named", got.Problems)
	}
	if got := w.poll(t.Context()); got.Outcome != turnstone.PollComplete || got.Pages != 1 {
		t.Errorf("next poll = %s after %d pages, want complete after 1", got.Outcome, got.Pages)
	}
}

func TestAPageThatKeepsFailingIsReachedFromTheStart(t *testing.T) {
	tests := map[string]struct {
		err  error
		want []string // the pages asked for
	}{
		"a failing page":          {errors.New("half a body"), []string{"", "2", "2", "2", "", "2"}},
		"a token no longer known": {&turnstone.VendorError{Action: turnstone.VendorRestart, Status: 400}, []string{"", "2", "", "2"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "deals", deals)
			for _, id := range []string{"a", "b", "c"} {
				w.change(id, "1")
			}
			w.vendor.page = func(call int, _ *hub.Page) error {
				if w.vendor.calls[call-1].Next == "2" && call < len(tt.want) {
					return tt.err
				}
				return nil
			}
			for len(w.vendor.calls) < len(tt.want) {
				w.poll(t.Context())
			}
			w.asked(tt.want...)
			w.tells("CREATED a 1", "CREATED b 1", "CREATED c 1")
		})
	}
}
