package poll_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"turnstone"
	"turnstone/internal/hub"
	"turnstone/internal/poll"
)

func TestTheInstanceSaysHowLargeEventsAre(t *testing.T) {
	tests := map[string]struct {
		key, value string
		want       []int
	}{
		"as the operator says": {turnstone.KeyMaxChanges, "", []int{10, 5}},
		"four changes":         {turnstone.KeyMaxChanges, "4", []int{4, 4, 4, 3}},
		"more than there may":  {turnstone.KeyMaxChanges, "1000", []int{15}},
		"ten thousand bytes":   {turnstone.KeyMaxBytes, "10000", []int{4, 4, 4, 3}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "deals", deals)
			w.configure(tt.key, tt.value)
			w.vendor.size = 100
			for i := range 15 {
				w.change(fmt.Sprintf("%02d", i), strings.Repeat("x", 2400))
			}
			w.poll(t.Context())
			var got []int
			for _, e := range w.store.events {
				got = append(got, len(e.Objects))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("changes an event = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestWhatAnInstanceSaysOfEventsCountsAtOnce(t *testing.T) {
	w := newWorld(t, "deals", deals)
	w.change("a", "1")
	w.poll(t.Context())
	w.configure(turnstone.KeyFormat, "cloudevents")
	w.change("b", "1")
	w.change("c", "1")
	w.poll(t.Context())
	var formats []turnstone.Format
	for _, e := range w.store.events {
		formats = append(formats, e.Format)
	}
	want := []turnstone.Format{turnstone.FormatElements, turnstone.FormatCloudEvents, turnstone.FormatCloudEvents}
	if !slices.Equal(formats, want) {
		t.Fatalf("formats = %q, want %q: one change a CloudEvent", formats, want)
	}
	var event struct{ Type, Subject string }
	if err := json.Unmarshal(w.store.events[1].Body, &event); err != nil || event.Type != "turnstone.crm.deals.created" || event.Subject != "b" {
		t.Errorf("body = %s (%v), want a CloudEvent of b", w.store.events[1].Body, err)
	}
}

func TestADiffTellsWhatChangedFromWhat(t *testing.T) {
	w := newWorld(t, "deals", with(deals, `"ignoreFields":["updated"]`))
	w.change("a", "1")
	w.poll(t.Context())
	w.configure(turnstone.KeyDiff, "true")
	w.change("a", "2")
	w.poll(t.Context()) // the record before is not known
	w.change("a", "3")
	w.poll(t.Context())
	w.configure(turnstone.KeyDiff, "false")
	w.change("a", "4")
	w.poll(t.Context())
	var got []string
	for _, e := range w.store.events {
		_, rest, known := strings.Cut(string(e.Body), `"changedFields":`)
		if !known {
			rest = "none}"
		}
		got = append(got, rest[:strings.Index(rest, "}")])
	}
	want := []string{"none", "none", `["content"],"changes":[{"field":"content","old":"2","new":"3"`, "none"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("diffs of the events (-want +got):\n%s", diff)
	}
	if len(w.store.records) != 0 {
		t.Errorf("records of %d objects are kept, want none once nobody asks for diffs", len(w.store.records))
	}
}

func TestAnObjectThatStandsOnAPageTwiceDiffersFromItself(t *testing.T) {
	w := newWorld(t, "deals", deals)
	w.configure(turnstone.KeyDiff, "true")
	w.vendor.page = func(_ int, p *hub.Page) error {
		p.Records = nil
		for i := range 2 {
			at := start.Add(time.Duration(i+1) * time.Second).Format(stamp)
			p.Records = append(p.Records, fmt.Appendf(nil, `{"id":"a","created":%q,"updated":%q,"content":"%d"}`, start.Format(stamp), at, i))
		}
		return nil
	}
	w.pass(3 * time.Second)
	w.poll(t.Context())
	w.tells("CREATED a 0", "UPDATED a 1")
	if body := string(w.store.events[0].Body); !strings.Contains(body, `"changedFields":["content","updated"]`) {
		t.Errorf("body = %s, want the fields that differ between the two", body)
	}
}

func TestEventsAreOfOneTypeWhereADestinationWantsSome(t *testing.T) {
	w := newWorld(t, "deals", deals)
	w.vendor.size = 100
	for _, id := range []string{"a", "c", "e"} {
		w.change(id, "1")
	}
	w.poll(t.Context())
	w.store.lease.Instance.SplitOps = true
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		w.change(id, "2")
	}
	w.poll(t.Context())
	var got []string
	for _, e := range w.store.events[1:] {
		got = append(got, fmt.Sprint(e.Ops[0], e.Objects))
		if n := len(slices.Compact(slices.Clone(e.Ops))); n != 1 {
			t.Errorf("event of %v, want one type", e.Ops)
		}
	}
	if want := []string{"CREATED[b d]", "UPDATED[a c e]"}; !slices.Equal(got, want) {
		t.Errorf("events = %q, want %q", got, want)
	}
	for _, s := range w.store.sightings {
		i := slices.IndexFunc(w.store.events, func(e turnstone.Event) bool { return e.ID == s.EventID })
		if i < 0 || !slices.Contains(w.store.events[i].Objects, s.ObjectID) {
			t.Errorf("sighting of %s names event %d, want the one that tells of it", s.ObjectID, s.EventID)
		}
	}
}

// Whatever is split, each change is told once, and those of an object in order.
func TestSplittingKeepsTheOrderOfAnObject(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ops := []turnstone.Op{turnstone.Created, turnstone.Updated, turnstone.Deleted}
		var changes []turnstone.Change
		for i := range rapid.IntRange(0, 30).Draw(t, "changes") {
			changes = append(changes, turnstone.Change{
				Op: rapid.SampledFrom(ops).Draw(t, "op"), ObjectID: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "object"),
				Record: fmt.Appendf(nil, "%d", i),
			})
		}
		last := make(map[string]int)
		told := 0
		for _, run := range poll.ByOp(changes) {
			for _, c := range run {
				var at int
				_, _ = fmt.Sscan(string(c.Record), &at)
				if before, ok := last[c.ObjectID]; ok && at < before || c.Op != run[0].Op {
					t.Fatalf("change %d of %s comes after %d, in a run of %s", at, c.ObjectID, before, run[0].Op)
				}
				last[c.ObjectID] = at
				told++
			}
		}
		if told != len(changes) {
			t.Fatalf("%d changes told, want %d", told, len(changes))
		}
	})
}

func TestEverySightingIsExplained(t *testing.T) {
	w := newWorld(t, "deals", deals)
	w.clock = start.Add(-time.Minute)
	w.change("old", "0")
	w.clock = start
	w.change("new", "1")
	first := w.poll(t.Context())
	w.poll(t.Context()) // finds what is known
	var got []string
	for _, s := range w.store.sightings {
		got = append(got, fmt.Sprint(s.ObjectID, " ", s.Op, " ", s.Reason, " ", s.EventID))
		if !s.PollAt.Equal(first.StartedAt) {
			t.Errorf("sighting of the poll at %v, want that at %v", s.PollAt, first.StartedAt)
		}
	}
	if want := []string{"new CREATED new 1", "old  earlier 0"}; !slices.Equal(got, want) {
		t.Errorf("sightings = %q, want %q", got, want)
	}
}
