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

// counted returns a world in which a resource is searched for deleted objects each
// hour, and in which five objects are known that were created just now.
func counted(t testing.TB, resource, configuration string) *world {
	t.Helper()
	w := newWorld(t, resource, with(configuration, `"detectDeletes":60`))
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		w.change(id, "1")
	}
	w.poll(t.Context())
	w.store.events, w.vendor.calls = nil, nil
	return w
}

// hour polls for an hour and a bit.
func (w *world) hour() {
	w.t.Helper()
	for end := w.clock.Add(62 * time.Minute); w.clock.Before(end); {
		w.poll(w.t.Context())
	}
}

func TestWhatVanishedIsToldToBeDeleted(t *testing.T) {
	w := counted(t, "orders", orders)
	w.delete("b")
	w.hour()
	w.tells("DELETED b ")
	if told := w.store.told(); told[0] != `DELETED b {"id":"b"}` {
		t.Errorf("told %s, want the id alone as the record", told[0])
	}
	if !slices.Equal(w.vendor.refs, []string{"b"}) {
		t.Errorf("asked for %q one by one, want b alone", w.vendor.refs)
	}
	if v := w.store.versions["b"]; !v.Gone {
		t.Errorf("version = %+v, want a tombstone", v)
	}
	last := w.store.sightings[len(w.store.sightings)-1]
	if last.Op != turnstone.Deleted || last.Reason != turnstone.ReasonVanished || last.EventID != w.store.events[0].ID {
		t.Errorf("last sighting = %+v, want the deletion and its event", last)
	}
	w.hour()
	w.tells("DELETED b ") // once
	w.change("b", "2")
	w.poll(t.Context())
	w.tells("DELETED b ", "CREATED b 2")
}

func TestWithoutARequestForOneObjectTwoCensusesMustMissIt(t *testing.T) {
	w := counted(t, "deals", deals)
	w.delete("b")
	w.hour()
	w.tells()
	w.hour()
	w.tells("DELETED b ")
}

// A page that shifts while a list is read hides an object for once.
func TestAnObjectThatIsHiddenOnceIsNotDeleted(t *testing.T) {
	for name, resource := range map[string]string{"deals": deals, "orders": orders} {
		t.Run(name, func(t *testing.T) {
			w := counted(t, name, resource)
			hidden := 0
			w.vendor.page = func(call int, p *hub.Page) error {
				if strings.Contains(w.vendor.calls[call-1].Where, "'1970-") && hidden < 3 {
					hidden++ // the pages of one census
					p.Records = slices.DeleteFunc(slices.Clone(p.Records), func(r json.RawMessage) bool { return strings.Contains(string(r), `"id":"b"`) })
				}
				return nil
			}
			for range 3 {
				w.hour()
			}
			w.tells()
		})
	}
}

func TestTooManyMissingObjectsAreHeldBack(t *testing.T) {
	w := newWorld(t, "orders", with(orders, `"detectDeletes":60`))
	for i := range 50 {
		w.change(fmt.Sprintf("%02d", i), "1")
	}
	w.poll(t.Context())
	w.store.events = nil
	for i := range 11 { // 22 %
		w.delete(fmt.Sprintf("%02d", i))
	}
	w.hour()
	w.tells()
	held := w.store.lease.Poller.Memo.Held
	if !strings.Contains(held, "11 of 50 objects are not listed any more, which is more than the 20 %") || !strings.Contains(held, "raise maxDeletedShare") {
		t.Errorf("held = %q, want the numbers and the remedy", held)
	}
	shown := slices.ContainsFunc(w.store.polls, func(p turnstone.Poll) bool { return slices.Contains(p.Problems, held) })
	if !shown || len(w.vendor.refs) != 0 {
		t.Errorf("shown in the poll log: %t, asked for %q, want it shown, and nothing asked", shown, w.vendor.refs)
	}
	w.store.lease.Poller.Configuration = with(orders, `"detectDeletes":60,"maxDeletedShare":0.3`)
	w.hour()
	if n := len(w.store.told()); n != 11 || w.store.lease.Poller.Memo.Held != "" {
		t.Errorf("%d objects are told to be deleted, held %q, want 11 and nothing", n, w.store.lease.Poller.Memo.Held)
	}
}

func TestWhatCannotBeConfirmedIsLeftToTheNextCensus(t *testing.T) {
	tests := map[string]struct {
		err     error
		outcome turnstone.PollOutcome
	}{
		"forbidden":   {&turnstone.VendorError{Action: turnstone.VendorFail, Status: 403}, turnstone.PollComplete},
		"throttled":   {&turnstone.VendorError{Action: turnstone.VendorWait, Wait: time.Minute}, turnstone.PollThrottled},
		"unreachable": {&turnstone.VendorError{Action: turnstone.VendorRetry}, turnstone.PollComplete},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := counted(t, "orders", orders)
			w.delete("b")
			w.delete("c")
			failing := true
			w.vendor.exists = func(id string) (bool, error) {
				if failing && id == "c" {
					return false, tt.err
				}
				return false, nil
			}
			outcomes := make(map[turnstone.PollOutcome]bool)
			before := len(w.store.polls)
			w.hour()
			for _, p := range w.store.polls[before:] {
				outcomes[p.Outcome] = true
			}
			w.tells("DELETED b ")
			if !outcomes[tt.outcome] || outcomes[turnstone.PollFailed] && name != "unreachable" || w.store.lease.Poller.Failures != 0 {
				t.Errorf("polls = %v with %d failures, want %s and none", outcomes, w.store.lease.Poller.Failures, tt.outcome)
			}
			failing = false
			w.hour()
			w.hour()
			w.tells("DELETED b ", "DELETED c ")
		})
	}
}

func TestACensusFindsChangesThatBumpedNoDate(t *testing.T) {
	w := counted(t, "deals", deals)
	w.hour()
	w.vendor.history[1].content = "2"
	w.hour()
	w.tells("UPDATED b 2")
}

func TestACensusLearnsSilentlyWhatIsOlderThanThePolling(t *testing.T) {
	w := aged(t, "orders", with(orders, `"detectDeletes":60`))
	w.poll(t.Context())
	w.tells()
	w.delete("a")
	w.hour()
	w.tells("DELETED a ")
}

func TestCensusesKeepTheirDistance(t *testing.T) {
	w := counted(t, "deals", deals)
	for range 5 {
		w.hour()
	}
	whole := 0
	for _, r := range w.vendor.calls {
		if strings.Contains(r.Where, "'1970-") && r.Next == "" {
			whole++
		}
	}
	if whole < 4 || whole > 6 {
		t.Errorf("%d censuses in five hours, want one an hour", whole)
	}
	if memo := w.store.lease.Poller.Memo; memo.Census != memo.CensusDone || memo.Rescan.Kind != "" {
		t.Errorf("memo = %+v, want every census done", memo)
	}
}

// An interrupted census saw not everything: what it did not see may be there.
func TestACensusThatWasDroppedDoesNotCount(t *testing.T) {
	w := counted(t, "deals", deals)
	w.hour() // a census that saw everything
	w.vendor.page = func(call int, p *hub.Page) error {
		if r := w.vendor.calls[call-1]; strings.Contains(r.Where, "'1970-") && r.Next == "2" {
			return &turnstone.VendorError{Action: turnstone.VendorWait, Wait: time.Second}
		}
		return nil
	}
	for w.store.lease.Poller.Memo.Rescan.Kind == "" {
		w.poll(t.Context())
	}
	w.vendor.page = nil
	w.rescan(turnstone.RescanReplay, w.clock) // in its place
	hidden := 0
	w.vendor.page = func(call int, p *hub.Page) error {
		if strings.Contains(w.vendor.calls[call-1].Where, "'1970-") && hidden < 3 {
			hidden++ // the pages of the next census
			p.Records = slices.DeleteFunc(slices.Clone(p.Records), func(r json.RawMessage) bool { return strings.Contains(string(r), `"id":"d"`) })
		}
		return nil
	}
	w.hour()
	if hidden == 0 {
		t.Fatal("no census came after the replay")
	}
	w.tells()
}

func TestAMarkedRecordIsDeleted(t *testing.T) {
	w := newWorld(t, "orders", orders)
	w.change("a", "1")
	w.poll(t.Context())
	marked := true
	w.vendor.page = func(_ int, p *hub.Page) error {
		if marked {
			p.Records[0] = []byte(strings.TrimSuffix(string(p.Records[0]), "}") + `,"deleted":true}`)
		}
		return nil
	}
	got := w.poll(t.Context())
	w.poll(t.Context())
	w.tells("CREATED a 1", "DELETED a 1")
	if got.Deleted != 1 || !w.store.versions["a"].Gone {
		t.Errorf("poll log has %d deleted, version %+v, want one, gone", got.Deleted, w.store.versions["a"])
	}
	marked = false
	w.poll(t.Context())
	w.tells("CREATED a 1", "DELETED a 1", "CREATED a 1")
}

func TestACensusThatIsNoLongerWantedStops(t *testing.T) {
	w := newWorld(t, "deals", with(deals, `"detectDeletes":60`))
	for _, id := range []string{"a", "b", "c"} {
		w.change(id, "1")
	}
	w.vendor.page = func(call int, _ *hub.Page) error {
		if call == 4 { // the second page of the census
			return &turnstone.VendorError{Action: turnstone.VendorWait, Wait: time.Second}
		}
		return nil
	}
	w.poll(t.Context())
	if kind := w.store.lease.Poller.Memo.Rescan.Kind; kind != turnstone.RescanCensus {
		t.Fatalf("rescan = %q, want a census that was cut off", kind)
	}
	w.store.lease.Poller.Configuration = deals
	got := w.poll(t.Context())
	if r := w.store.lease.Poller.Memo.Rescan; r.Kind != "" || got.Details.RescanPages != 0 {
		t.Errorf("rescan = %+v, after %d more of its pages, want none and none", r, got.Details.RescanPages)
	}
}

// hides lets the lists that a census reads, or the live ones, leave an object out.
func (w *world) hides(id string, census bool) {
	w.vendor.page = func(call int, p *hub.Page) error {
		if strings.Contains(w.vendor.calls[call-1].Where, "'1970-") == census {
			p.Records = slices.DeleteFunc(slices.Clone(p.Records), func(r json.RawMessage) bool { return strings.Contains(string(r), `"id":"`+id+`"`) })
		}
		return nil
	}
}

func TestWhatTheLiveWindowShowsDuringACensusIsNotGone(t *testing.T) {
	w := counted(t, "deals", with(deals, `"overlap":36000`))
	w.hides("b", true)
	slow := w.vendor.page
	w.vendor.page = func(call int, p *hub.Page) error {
		if strings.Contains(w.vendor.calls[call-1].Where, "'1970-") {
			w.pass(50 * time.Second) // so that the live window is read between its pages
		}
		return slow(call, p)
	}
	for range 4 {
		w.hour()
	}
	w.tells()
}

func TestWhatOnlyACensusShowsIsTold(t *testing.T) {
	w := counted(t, "deals", deals)
	w.vendor.undated = true
	w.hour()
	w.store.events = nil
	w.hides("new", false)
	w.change("new", "1")
	w.hour()
	w.tells("UPDATED new 1") // its dates, which cannot be read, do not say that it is new
}

func TestACensusLearnsSilentlyWhatHasNoDate(t *testing.T) {
	w := aged(t, "deals", with(deals, `"detectDeletes":60`))
	w.vendor.undated = true
	w.hour()
	told := w.store.told()
	if len(told) != 1 || !strings.HasPrefix(told[0], "UPDATED g ") {
		t.Errorf("told %q, want what the live window showed, and nothing of the census", told)
	}
}

func TestEachMissingObjectIsAskedForOnceACensus(t *testing.T) {
	w := newWorld(t, "orders", with(orders, `"detectDeletes":60,"maxDeletedShare":1`))
	w.vendor.size = 200
	for i := range 120 {
		w.change(fmt.Sprintf("%03d", i), "1")
	}
	w.poll(t.Context())
	for i := range 120 {
		w.delete(fmt.Sprintf("%03d", i))
	}
	w.vendor.exists = func(string) (bool, error) {
		return false, &turnstone.VendorError{Action: turnstone.VendorFail, Status: 403}
	}
	w.hour()
	if n := len(w.vendor.refs); n != 120 {
		t.Errorf("asked for %d objects one by one, want each of 120 once", n)
	}
}
