package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/envelope"
	"turnstone/internal/store/storetest"
)

// odd is an object id as vendors make them: with what paths give a meaning to.
const odd = "a/b?c=1 %2F#d"

// after returns a moment some seconds behind the start of all tests.
func after(seconds int) time.Time {
	return storetest.Start().Add(time.Duration(seconds) * time.Second)
}

// lease claims the one poller there is.
func (w *world) lease() turnstone.PollLease {
	w.t.Helper()
	leases, err := w.db.ClaimPollers(w.t.Context(), 1, time.Minute)
	if err != nil || len(leases) != 1 {
		w.t.Fatalf("ClaimPollers = %v, %v, want one", leases, err)
	}
	return leases[0]
}

// commit stores a poll.
func (w *world) commit(l turnstone.PollLease, c turnstone.PollCommit) {
	w.t.Helper()
	if err := w.db.CommitPoll(w.t.Context(), l, time.Minute, c); err != nil {
		w.t.Fatal(err)
	}
}

// event returns an event that tells of new objects, with a key of its time.
func (w *world) event(l turnstone.PollLease, made time.Time, objects ...string) turnstone.Event {
	w.t.Helper()
	ids, err := w.db.EventIDs(w.t.Context(), 1)
	if err != nil {
		w.t.Fatal(err)
	}
	key, err := envelope.NewKey(made, strings.NewReader(fmt.Sprintf("%09d", ids[0])))
	if err != nil {
		w.t.Fatal(err)
	}
	e := turnstone.Event{
		ID: ids[0], Key: key, AccountID: w.user.AccountID, InstanceID: l.Instance.ID, PollerID: l.Poller.ID,
		Resource: l.Poller.Resource, CreatedAt: made, Objects: objects,
	}
	var changes []map[string]string
	for _, object := range objects {
		e.Ops = append(e.Ops, turnstone.Created)
		changes = append(changes, map[string]string{"eventType": "CREATED", "objectId": object})
	}
	body := map[string]any{"id": fmt.Sprint(e.ID), "message": map[string]any{
		"raw": map[string]any{e.Resource: []any{}, "pollDate": 1, "objectType": e.Resource}, "events": changes,
	}}
	if e.Body, err = json.Marshal(body); err != nil {
		w.t.Fatal(err)
	}
	return e
}

// told makes the instance 1 and stores a poll of it that told of two objects, and left
// out a third. Of the three attempts to deliver, the first failed.
func (w *world) told() turnstone.Event {
	w.t.Helper()
	w.create()
	l := w.lease()
	e := w.event(l, after(2), "R1", odd)
	seen := func(object string, op turnstone.Op, reason turnstone.Reason, event int64) turnstone.Sighting {
		return turnstone.Sighting{
			ObjectID: object, PollAt: after(1), SeenAt: after(2), Op: op, Reason: reason,
			Fingerprint: turnstone.Fingerprint{1}, Updated: after(-60), Created: after(-61), EventID: event,
		}
	}
	w.commit(l, turnstone.PollCommit{
		Events: []turnstone.Event{e}, Cursor: after(1), GoodAt: after(1), Since: after(-3600),
		Versions: []turnstone.Version{{ObjectID: "R1", Fingerprint: turnstone.Fingerprint{1}, Updated: after(-60), Created: after(-61)}},
		Sightings: []turnstone.Sighting{
			seen("R1", turnstone.Created, turnstone.ReasonNew, e.ID), seen(odd, turnstone.Created, turnstone.ReasonNew, e.ID),
			seen("R0", "", turnstone.ReasonEarlier, 0),
		},
		Memo: turnstone.PollerMemo{Census: 2, CensusDone: 2, CensusAt: after(-300), Held: "10 of 20 objects are gone, which is more than 20 %"},
		End: &turnstone.PollEnd{NextAt: after(901), Poll: turnstone.Poll{
			PollerID: l.Poller.ID, AccountID: w.user.AccountID, StartedAt: after(1), Took: 1500 * time.Millisecond,
			URL: "https://vendor.example/reports", From: after(-300), Outcome: turnstone.PollComplete, Pages: 1, Records: 3, Created: 2, Learned: 1, Events: 1,
			Details: turnstone.PollDetails{
				Rescan: turnstone.RescanCensus, RescanPages: 4, RescanRecords: 400, RescanDone: true, Late: 1,
				RateLimit: turnstone.RateLimit{Limit: 100, Remaining: 42, Reset: time.Minute},
			},
		}},
	})
	w.settle(turnstone.Settlement{
		Attempt: turnstone.Attempt{EventID: e.ID, Number: 1, At: after(3), Took: 20 * time.Millisecond, Status: 500, Problem: "the receiver answered 500"},
		NextAt:  after(7), FirstFailedAt: after(3),
	})
	return e
}

// settle settles attempts at the destination that is due.
func (w *world) settle(settlements ...turnstone.Settlement) {
	w.t.Helper()
	leases, err := w.db.ClaimDestinations(w.t.Context(), 1, time.Minute)
	if err != nil || len(leases) != 1 {
		w.t.Fatalf("ClaimDestinations = %v, %v, want one", leases, err)
	}
	b := turnstone.DeliveryBatch{State: turnstone.DestinationActive, Settlements: settlements, Release: &turnstone.Release{}}
	for _, s := range settlements {
		if !s.Done {
			b.Failures, b.Problem, b.Release.NextAt = b.Failures+1, s.Attempt.Problem, s.NextAt
		}
	}
	if err := w.db.SettleDeliveries(w.t.Context(), leases[0], time.Minute, b); err != nil {
		w.t.Fatal(err)
	}
}

func TestWhatHappenedIsExplained(t *testing.T) {
	w := newWorld(t)
	e := w.told()
	objects := "/instances/1/pollers/reports/objects/"
	for _, step := range []struct{ name, method, path, body string }{
		{"health_failing", "GET", "/instances/1/health", ""},
		{"poller_one", "GET", "/instances/1/pollers/reports", ""},
		{"polls_census", "GET", "/instances/1/pollers/reports/polls", ""},
		{"object_told", "GET", objects + "R1", ""},
		{"object_odd", "GET", objects + url.PathEscape(odd), ""},
		{"object_left_out", "GET", objects + "R0", ""},
		{"object_unknown", "GET", objects + "R%2F9", ""},
		{"event_by_key", "GET", "/instances/1/events/" + e.Key, ""},
		{"event_by_number", "GET", fmt.Sprintf("/instances/1/events/%d", e.ID), ""},
		{"reread", "POST", "/instances/1/pollers/reports/replay", `{"since":"2026-11-20"}`},
		{"reread_twice", "POST", "/instances/1/pollers/reports/replay", `{"since":"2026-11-20T08:00:00Z"}`},
		{"reread_cancelled", "DELETE", "/instances/1/pollers/reports/replay", ""},
		{"reread_none", "DELETE", "/instances/1/pollers/reports/replay", ""},
		{"reset_back", "POST", "/instances/1/pollers/reports/reset", `{"since":"2026-11-20T08:00:00+01:00"}`},
	} {
		t.Run(step.name, func(t *testing.T) {
			got := w.call(step.method, step.path, step.body)
			if step.method != "GET" { // what is asked for is due now, by the clock of the database
				got.body = regexp.MustCompile(`"nextAt":"[^"]*"`).ReplaceAllString(got.body, `"nextAt":"<now>"`)
			}
			w.golden(t, step.name, got)
		})
	}
}

func TestAResetSaysWhatItLeavesOut(t *testing.T) {
	w := newWorld(t)
	w.told()
	reset := func(since time.Time) string {
		got := w.ok("POST", "/instances/1/pollers/reports/reset", fmt.Sprintf(`{"since":%q}`, since.Format(time.RFC3339)))
		return decode[struct{ Message string }](t, got).Message
	}
	if got := reset(after(-7200)); !strings.Contains(got, "when polling began: a replay tells of those") {
		t.Errorf("a reset to before polling began says %q", got)
	}
	if got := reset(after(0)); !strings.Contains(got, "what changed after 2026-11-23T10:00:00Z and before that is left out") {
		t.Errorf("a reset ahead says %q", got)
	}
	if got := reset(after(-600)); strings.Contains(got, "left out") || strings.Contains(got, "replay") {
		t.Errorf("a reset back says %q, want nothing of what is left out", got)
	}
}

func TestAHealthyInstanceSaysSo(t *testing.T) {
	w := newWorld(t)
	e := w.told()
	l := w.lease()
	w.commit(l, turnstone.PollCommit{Cursor: after(0), GoodAt: after(0), End: &turnstone.PollEnd{
		NextAt: after(900), Poll: turnstone.Poll{PollerID: l.Poller.ID, AccountID: w.user.AccountID, StartedAt: after(0), Outcome: turnstone.PollComplete},
	}})
	w.redeliver("status='retry'")
	w.settle(turnstone.Settlement{Attempt: turnstone.Attempt{EventID: e.ID, Number: 2, At: after(9), Status: 204}, Done: true})
	w.golden(t, "health_ok", w.ok("GET", "/instances/1/health", ""))
	w.ok("PUT", "/instances/1", `{"configuration":{"event.notification.calback.url":"x"}}`)
	w.ok("DELETE", "/instances/1/enabled", "")
	w.golden(t, "health_disabled", w.ok("GET", "/instances/1/health", ""))
}

// redeliver asks for what waits again, as the platform's clients do.
func (w *world) redeliver(where string) answer {
	w.t.Helper()
	return w.ok("PUT", "/notifications/subscriptions/deliveries?where="+url.QueryEscape(where), "")
}

// small is a poller configuration whose records are short.
const small = `{"url":"/hubs/expense/reports?fields=ID,LastModifiedDate,CreateDate&where=modifiedDateAfter='${date:yyyy-MM-dd'T'HH:mm:ss.SSS}'",` +
	`"idField":"ID","datesConfiguration":{"updatedDateField":"LastModifiedDate","updatedDateFormat":"yyyy-MM-dd'T'HH:mm:ss.SSS",` +
	`"createdDateField":"CreateDate","createdDateFormat":"yyyy-MM-dd'T'HH:mm:ss.SSS"}}`

func TestAPreviewShowsWhatAPollWouldDo(t *testing.T) {
	w := newWorld(t)
	w.create()
	before := w.state()
	preview := func(name, resource, body string) {
		t.Helper()
		w.golden(t, name, w.ok("POST", "/instances/1/pollers/"+resource+"/preview", body))
	}
	preview("preview_saved", "reports", "")
	preview("preview_other", "reports", `{"since":"2026-01-01","configuration":`+small+`}`)
	preview("preview_unsaved", "my%2Freports", `{"since":"2026-01-01","configuration":`+strings.Replace(small, `"ID"`, `"Id"`, 1)+`}`)
	w.golden(t, "preview_none", w.call("POST", "/instances/1/pollers/expenses/preview", ""))
	if after := w.state(); after != before {
		t.Errorf("previews changed the store:\n%s\nwas\n%s", after, before)
	}
}

func TestAPreviewShowsNoSecret(t *testing.T) {
	w := newWorld(t)
	w.create()
	got := w.call("POST", "/instances/1/pollers/x/preview", `{"configuration":{"url":"/hubs/expense/reports/{oauth.api.secret}"}}`)
	if got.status != http.StatusBadRequest || !strings.Contains(got.body, "that entry is a secret") {
		t.Errorf("preview = %d %s, want 400", got.status, got.body)
	}
}

func TestAPreviewOfARefusedCredentialSaysWhatToDo(t *testing.T) {
	w := newWorld(t)
	w.ok("POST", "/instances", seed(t, nil))
	got := w.call("POST", "/instances/1/pollers/reports/preview", "")
	if got.status != http.StatusUnauthorized || !strings.Contains(got.body, "providerData.code") {
		t.Errorf("preview = %d %s, want 401 and what to do", got.status, got.body)
	}
}

func TestPollsLeadToOlderOnes(t *testing.T) {
	w := newWorld(t)
	w.create()
	for i := range 3 {
		l := w.lease()
		w.commit(l, turnstone.PollCommit{End: &turnstone.PollEnd{NextAt: after(-1), Poll: turnstone.Poll{
			PollerID: l.Poller.ID, AccountID: w.user.AccountID, StartedAt: after(i), Outcome: turnstone.PollComplete, Pages: i,
		}}})
	}
	var pages []int
	path := "/instances/1/pollers/reports/polls?pageSize=2"
	for next := "-"; next != ""; {
		got := w.ok("GET", path, "")
		for _, p := range decode[[]struct{ Pages int }](t, got) {
			pages = append(pages, p.Pages)
		}
		next = got.header.Get("Elements-Next-Page-Token")
		path = "/instances/1/pollers/reports/polls?pageSize=2&nextPage=" + next
	}
	if fmt.Sprint(pages) != "[2 1 0]" {
		t.Errorf("pages of the polls = %v, want 2, 1, 0: the newest first", pages)
	}
}

func TestAResourceWithSlashesIsOne(t *testing.T) {
	w := newWorld(t)
	const name = "reports/7C1E/a b"
	w.ok("POST", "/instances", seed(t, map[string]any{turnstone.KeyPollers: fmt.Sprintf(`{%q:{"url":"/reports","idField":"ID"}}`, name)}))
	path := "/instances/1/pollers/" + url.PathEscape(name)
	for _, route := range []string{path, path + "/polls", path + "/objects/1%2F2"} {
		w.ok("GET", route, "")
	}
	token := "User user-secret-1, Element token+of/instance1="
	got := w.ok("GET", strings.Replace(path, "/1", "", 1), "", "Authorization", token)
	if resource := decode[struct{ Resource string }](t, got).Resource; resource != name {
		t.Errorf("resource = %q, want %q", resource, name)
	}
	if got := w.call("GET", "/instances/1/pollers/reports/7C1E", ""); got.status != http.StatusNotFound {
		t.Errorf("with a bare slash = %d, want 404", got.status)
	}
}
