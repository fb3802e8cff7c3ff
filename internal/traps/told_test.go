package traps_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"turnstone"
	"turnstone/webhook"
)

// events returns all events, the oldest first.
func (w *world) events() []turnstone.Event {
	w.t.Helper()
	events, err := w.db.Events(w.t.Context(), turnstone.EventFilter{AccountID: w.owner.AccountID, InstanceID: w.id, Limit: 10_000})
	if err != nil {
		w.t.Fatal(err)
	}
	slices.Reverse(events)
	return events
}

// told returns what the events tell, in their order: "CREATED a 1".
func (w *world) told() []string {
	w.t.Helper()
	told := []string{}
	for _, e := range w.events() {
		told = append(told, changesIn(w.t, e.Body)...)
	}
	return told
}

// changesIn returns what the body of an event tells.
func changesIn(t testing.TB, body []byte) []string {
	t.Helper()
	event, err := webhook.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	records := make(map[string][]json.RawMessage)
	for _, c := range event.Message.Changes {
		if records[c.Resource] == nil {
			if records[c.Resource], err = event.Records(c.Resource); err != nil {
				t.Fatal(err)
			}
		}
		var record struct{ Text string }
		if err := json.Unmarshal(records[c.Resource][0], &record); err != nil {
			t.Fatal(err)
		}
		records[c.Resource] = records[c.Resource][1:]
		told = append(told, strings.TrimSpace(c.Op+" "+c.ObjectID+" "+record.Text))
	}
	return told
}

// tells fails the test unless the events tell exactly this, in this order.
func (w *world) tells(want ...string) {
	w.t.Helper()
	if got := w.told(); !slices.Equal(got, want) {
		w.t.Fatalf("events tell %q, want %q", got, want)
	}
}

// tellsEach fails the test unless the events tell each of these once and nothing else, in
// any order.
func (w *world) tellsEach(want []string) {
	w.t.Helper()
	got := w.told()
	slices.Sort(got)
	if want = slices.Sorted(slices.Values(want)); !slices.Equal(got, want) {
		w.t.Fatalf("events tell %d changes, %q, want %d, %q", len(got), got, len(want), want)
	}
}
