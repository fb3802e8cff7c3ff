package poll_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/hub"
	"turnstone/internal/poll"
)

// previewer returns a previewer of the world.
func (w *world) previewer() *poll.Previewer {
	return &poll.Previewer{Past: w.store, Source: w.vendor, Elements: w.loop.Elements, Now: w.now}
}

// preview previews the next poll of the world's poller.
func (w *world) preview(since time.Time) poll.Preview {
	w.t.Helper()
	lease := w.store.lease
	v, err := w.previewer().Preview(w.t.Context(), poll.PreviewRequest{Instance: lease.Instance, Poller: lease.Poller, Since: since})
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// verdicts returns what a preview says of each record, in short.
func verdicts(v poll.Preview) []string {
	var short []string
	for _, r := range v.Records {
		short = append(short, fmt.Sprint(r.ObjectID, " ", r.Op, " ", r.Reason))
	}
	return short
}

func TestAPreviewShowsWhatAPollWouldDoAndDoesNothing(t *testing.T) {
	w := newWorld(t, "deals", with(deals, `"pageSize":10`))
	w.vendor.size = 10
	for _, id := range []string{"a", "b"} {
		w.change(id, "1")
	}
	w.poll(t.Context())
	w.pass(30 * time.Second)
	w.change("b", "2")
	w.change("c", "1")
	w.store.lease.Poller.Memo.Rescan = turnstone.Rescan{Kind: turnstone.RescanCensus}
	before, calls := w.store.lease, len(w.vendor.calls)
	commits, ids := len(w.store.commits), w.store.eventIDs

	got := w.preview(time.Time{})
	if diff := cmp.Diff([]string{"a  same", "b UPDATED differs", "c CREATED new"}, verdicts(got)); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
	showsWindow(t, w, got)
	if diff := cmp.Diff(before, w.store.lease); diff != "" || len(w.store.commits) != commits || w.store.eventIDs != ids {
		t.Errorf("the preview wrote: %d commits, %d ids, lease (-before +after):\n%s", len(w.store.commits)-commits, w.store.eventIDs-ids, diff)
	}
	if n := len(w.vendor.calls) - calls; n != 1 || w.vendor.calls[calls].Background {
		t.Errorf("asked for %d pages, want the first alone, and at once", n)
	}
	w.poll(t.Context())
	w.tells("CREATED a 1", "CREATED b 1", "UPDATED b 2", "CREATED c 1")
}

// showsWindow fails the test unless a preview shows the window of the next poll, and
// the first record with its dates.
func showsWindow(t *testing.T, w *world, got poll.Preview) {
	t.Helper()
	from := w.store.lease.Poller.Cursor.Add(-5 * time.Minute)
	if !got.From.Equal(from) || !strings.Contains(got.URL, from.Format(stamp)) || got.VendorURL != "https://api.crm.example/deals" {
		t.Errorf("window from %v at %s of %s, want %v", got.From, got.URL, got.VendorURL, from)
	}
	if !got.Cursor.Equal(w.clock.Truncate(time.Second)) || got.More || got.UpdatedZone != "GMT" || got.CreatedZone != "GMT" {
		t.Errorf("cursor %v, more %t, zones %q %q, want now, none, GMT", got.Cursor, got.More, got.UpdatedZone, got.CreatedZone)
	}
	r := got.Records[0]
	if r.UpdatedFineness != time.Millisecond || !r.Updated.Equal(start) || r.Because == "" || !json.Valid(r.Record) {
		t.Errorf("first record = %+v, want its date to the millisecond, why, and itself", r)
	}
}

func TestAPreviewMayLookFurtherBack(t *testing.T) {
	w := aged(t, "deals", deals)
	w.vendor.size = 10
	w.poll(t.Context())
	got := w.preview(start.Add(-15 * time.Minute))
	if diff := cmp.Diff([]string{"f  earlier", "g  same"}, verdicts(got)); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
}

func TestAConfigurationMayBePreviewedBeforeItIsSaved(t *testing.T) {
	w := aged(t, "deals", deals)
	w.vendor.size, w.vendor.skew = 2, -2*time.Hour
	request := poll.PreviewRequest{
		Instance: w.store.lease.Instance, Since: start.Add(-3 * time.Hour),
		Poller: turnstone.Poller{AccountID: 1, InstanceID: 3, Resource: "deals", Configuration: with(deals, `"datesConfiguration":{"updatedDateField":"updated","updatedDateFormat":"yyyy-MM-dd'T'HH:mm:ss.SSS","updatedDateTimezone":"America/Denver"}`)},
	}
	got, err := w.previewer().Preview(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if !got.More || len(got.Records) != 2 || got.UpdatedZone != "America/Denver" || got.CreatedZone != "" {
		t.Errorf("preview = %+v, want two records, more, and the zone that was configured", got)
	}
	if off := got.Offset + 2*time.Hour; !got.ClockKnown || off > 0 || off < -time.Second {
		t.Errorf("the vendor's clock: known %t, offset %v, want 2 hours behind", got.ClockKnown, got.Offset)
	}
	if !slices.ContainsFunc(got.Problems, func(p string) bool { return strings.Contains(p, "2 of 2 records are dated more than an hour ahead") }) {
		t.Errorf("problems = %q, want that the zone is wrong: the vendor writes UTC", got.Problems)
	}
}

func TestAPreviewNamesWhatIsWrong(t *testing.T) {
	w := aged(t, "deals", with(deals, `"idField":"ID"`))
	w.vendor.page = func(_ int, p *hub.Page) error { p.Records = w.vendor.records(""); return nil }
	got := w.preview(time.Time{})
	if len(got.Records) != 0 || len(got.Problems) != 7 || !strings.Contains(got.Problems[0], `no id in "ID"; name the member that holds it as idField: did you mean id?`) {
		t.Errorf("preview of the wrong id: %d records, problems %q, want each record named", len(got.Records), got.Problems)
	}
	w.store.lease.Poller.Configuration = deals
	got = w.preview(time.Time{})
	if len(got.Problems) != 1 || !strings.Contains(got.Problems[0], "the vendor ignored the filter") {
		t.Errorf("problems = %q, want that the filter was ignored", got.Problems)
	}
}

func TestWhatCannotBePreviewedSaysWhy(t *testing.T) {
	w := newWorld(t, "deals", `{"url":"/hubs/crm/nope"}`)
	lease := w.store.lease
	_, err := w.previewer().Preview(t.Context(), poll.PreviewRequest{Instance: lease.Instance, Poller: lease.Poller})
	if err == nil || !strings.Contains(err.Error(), `has no resource "nope"`) {
		t.Errorf("Preview = %v, want what is wrong", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	lease.Poller.Configuration = deals
	if _, err = w.previewer().Preview(ctx, poll.PreviewRequest{Instance: lease.Instance, Poller: lease.Poller}); err == nil {
		t.Error("Preview = nil, want the vendor's failure")
	}
}
