package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/store/storetest"
)

// happened stores events of an instance that were made some minutes before now, each
// about one report, and returns their ids.
func (w *world) happened(v view, ago ...int) []int64 {
	w.t.Helper()
	leases, err := w.db.ClaimPollers(w.t.Context(), 100, time.Minute)
	if err != nil {
		w.t.Fatal(err)
	}
	ids, err := w.db.EventIDs(w.t.Context(), len(ago))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, l := range leases {
		commit := turnstone.PollCommit{
			Cursor: storetest.Start(),
			End:    &turnstone.PollEnd{Poll: turnstone.Poll{StartedAt: storetest.Start(), Outcome: turnstone.PollComplete}, NextAt: storetest.Start()},
		}
		if l.Poller.InstanceID == v.ID && l.Poller.Resource == "reports" {
			for i, m := range ago {
				commit.Events = append(commit.Events, eventAbout(l, ids[i], m))
			}
		}
		if err := w.db.CommitPoll(w.t.Context(), l, time.Minute, commit); err != nil {
			w.t.Fatal(err)
		}
	}
	return ids
}

// eventAbout is an event that was made some minutes before now.
func eventAbout(l turnstone.PollLease, id int64, ago int) turnstone.Event {
	report := fmt.Sprintf("R%d", id)
	return turnstone.Event{
		ID: id, Key: fmt.Sprintf("AXz0123456789abcde%02d", id%100), AccountID: l.Poller.AccountID, InstanceID: l.Poller.InstanceID, PollerID: l.Poller.ID,
		Resource: "reports", CreatedAt: storetest.Start().Add(-time.Duration(ago) * time.Minute), Objects: []string{report}, Ops: []turnstone.Op{turnstone.Created},
		Body: fmt.Appendf(nil, `{"id":"%d","message":{"elementKey":"concur","raw":{"reports":[{"ID":%q}],"objectType":"reports"},"events":[{"eventType":"CREATED","objectId":%[2]q}]}}`, id, report),
	}
}

// refuse settles an attempt at an event that its receiver did not take.
func (w *world) refuse(event int64) {
	w.t.Helper()
	leases, err := w.db.ClaimDestinations(w.t.Context(), 1, time.Minute)
	if err != nil || len(leases) != 1 {
		w.t.Fatalf("ClaimDestinations = %v, %v, want one", leases, err)
	}
	attempt := turnstone.Attempt{EventID: event, Number: 1, At: storetest.Start(), Status: 500, Problem: "the receiver answered 500"}
	err = w.db.SettleDeliveries(w.t.Context(), leases[0], time.Minute, turnstone.DeliveryBatch{
		State: turnstone.DestinationActive, Failures: 1, Release: &turnstone.Release{},
		Settlements: []turnstone.Settlement{{Attempt: attempt, FirstFailedAt: storetest.Start(), NextAt: storetest.Start().Add(time.Hour)}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// newPast makes a world in which two instances had events.
func newPast(t *testing.T) (w *world, first, second view, ids []int64) {
	t.Helper()
	w = newWorld(t)
	first = w.create()
	ids = w.happened(first, 90, 30, 5, 5)
	w.refuse(ids[1])
	second = decode[view](t, w.ok("POST", "/instances", seed(t, w.loggedIn())))
	ids = append(ids, w.happened(second, 10)...)
	return w, first, second, ids
}

func TestTheHistoryOfAnAccountIsThePlatforms(t *testing.T) {
	w, first, _, ids := newPast(t)
	token := withToken(first)
	for _, step := range []struct{ name, path, authorization string }{
		{"events_all", "/instances/events", ""},
		{"events_all_page", "/instances/events?pageSize=2", ""},
		{"events_all_of_token", "/instances/events?pageSize=1", token},
		{"events_all_none", "/instances/events?status=CONSUMED", ""},
		{"events_all_found", "/instances/events?searchText=" + fmt.Sprintf("r%d", ids[4]), ""},
		{"event_of_account", fmt.Sprintf("/instances/events/%d", ids[4]), ""},
		{"event_of_token", "/instances/events/AXz0123456789abcde01", token},
		{"event_of_account_unknown", "/instances/events/4711", ""},
		{"events_csv", "/instances/events?format=csv", ""},
		{"analytics", "/instances/events/analytics?from=2026-11-23T11:50:00.000Z&to=2026-11-23T12:00:00.000Z&interval=minute", ""},
		{"analytics_instances", "/instances/events/analytics/instances?from=2026-11-23T10:00:00.000Z&to=2026-11-23T12:00:00.000Z&interval=hour", ""},
		{"analytics_accounts", "/instances/events/analytics/accounts?from=2026-11-23T10:00:00.000Z&to=2026-11-23T12:00:00.000Z&interval=hour&accountIds[]=1", ""},
		{"analytics_unasked", "/instances/events/analytics?interval=week", ""},
		{"dispositions", "/instances/events/dispositions?from=2026-11-23T11:00:00Z", ""},
		{"dispositions_none", "/instances/events/dispositions?to=2026-11-20T11:00:00Z", ""},
		{"jobs", "/jobs", ""},
		{"jobs_none_disabled", "/jobs/polling-disabled", ""},
		{"instances_count", "/instances/count", ""},
		{"instances_none_disabled", "/instances/polling-disabled", ""},
	} {
		t.Run(step.name, func(t *testing.T) {
			authorization := step.authorization
			if authorization == "" {
				authorization = w.auth
			}
			w.golden(t, step.name, w.call("GET", step.path, "", "Authorization", authorization))
		})
	}
}

func TestPagesOfAnAccountsEventsLeadToEachOther(t *testing.T) {
	w, _, _, _ := newPast(t)
	for name, query := range map[string]string{"all": "", "searched": "&searchText=REPORTS", "as a table": "&format=csv"} {
		seen, next := map[string]bool{}, ""
		for range 10 {
			got := w.call("GET", "/instances/events?pageSize=2&nextPage="+next+query, "")
			if got.status == http.StatusNotFound { // behind a page that was just full
				break
			}
			for _, key := range eventKey.FindAllString(got.body, -1) {
				if seen[key] {
					t.Errorf("%s: event %s is on two pages", name, key)
				}
				seen[key] = true
			}
			if next = got.header.Get("Elements-Next-Page-Token"); next == "" {
				break
			}
		}
		if len(seen) != 5 {
			t.Errorf("%s: pages have %d events, want 5", name, len(seen))
		}
	}
}

// The requests of the platform's own tests, in their words: to.have.length(61).
func TestAnHourHasSixtyOneMinutes(t *testing.T) {
	w, _, _, _ := newPast(t)
	for name, second := range map[string]string{"on the minute": "00.000", "in between": "59.999", "somewhere": "12.345"} {
		query := url.Values{"from": {"2026-11-23T11:00:" + second + "Z"}, "to": {"2026-11-23T12:00:" + second + "Z"}, "interval": {"minute"}}.Encode()
		counts := decode[[]struct{ Count int }](t, w.ok("GET", "/instances/events/analytics?"+query, ""))
		total := 0
		for _, c := range counts {
			total += c.Count
		}
		if len(counts) != 61 || total != 4 {
			t.Errorf("%s: %d buckets with %d events, want 61 with 4", name, len(counts), total)
		}
		for _, path := range []string{"instances", "accounts"} {
			records := decode[[]struct {
				Timestamp string
				Total     int
				Records   []struct{ Count, Success, Failed int }
			}](t, w.ok("GET", "/instances/events/analytics/"+path+"?"+query, ""))
			total, failed := 0, 0
			for _, r := range records {
				for _, one := range r.Records {
					total, failed = total+one.Count, failed+one.Failed
				}
			}
			if len(records) != 61 || total != 4 || failed != 1 {
				t.Errorf("%s by %s: %d buckets with %d events, %d failed, want 61 with 4, 1", name, path, len(records), total, failed)
			}
		}
	}
}

func TestBadQuestionsAboutTheHistoryAreExplained(t *testing.T) {
	w := newWorld(t)
	token := withToken(w.create())
	for name, tt := range map[string]struct {
		path, authorization string
		status              int
		says                string
	}{
		"from after to":        {"/instances/events/analytics?from=2026-11-23T12:00:00.000Z&to=2026-11-23T11:00:00.000Z&interval=minute", "", 400, "exchange them"},
		"from in the future":   {"/instances/events/analytics?from=2027-11-23T12:00:00Z", "", 400, "write an earlier one"},
		"a day by second":      {"/instances/events/analytics?from=2026-11-22T12:00:00.000Z&to=2026-11-23T12:00:00.000Z&interval=second", "", 400, "write minute"},
		"instances by second":  {"/instances/events/analytics/instances?from=2026-11-20T12:00:00.000Z&interval=second", "", 400, "write minute"},
		"too many steps":       {"/instances/events/analytics/accounts?from=1970-01-01&interval=minute", "", 400, "write a longer one"},
		"an unknown interval":  {"/instances/events/analytics?interval=fortnight", "", 400, "write second, minute, hour, day or week"},
		"no time":              {"/instances/events/analytics?from=yesterday", "", 400, "write a time such as"},
		"another account":      {"/instances/events/analytics?accountIds[]=0", "", 403, "is not yours"},
		"one more account":     {"/instances/events/analytics/instances?accountIds[]=1&accountIds[]=2", "", 403, "is not yours"},
		"accounts of others":   {"/instances/events/analytics/accounts?accountIds[]=x", "", 403, "is not yours"},
		"dispositions of them": {"/instances/events/dispositions?accountIds[]=2", "", 403, "is not yours"},
		"analytics of a token": {"/instances/events/analytics", token, 401, "lacks Organization"},
		"jobs of a token":      {"/jobs", token, 401, "lacks Organization"},
		"count of a token":     {"/instances/count", token, 401, "lacks Organization"},
		"disabled of a token":  {"/instances/polling-disabled", token, 401, "lacks Organization"},
		"an unknown status":    {"/instances/events?status=LOST", "", 400, "write NEW or NOTIFIED"},
		"an unknown op":        {"/instances/1/events?op=MOVED", "", 400, "write CREATED, UPDATED or DELETED"},
		"an unknown format":    {"/instances/events?format=xml", "", 400, "write csv or json"},
		"a page of nothing":    {"/instances/events?pageSize=0", "", 400, "whole number from 1"},
		"a token of others":    {"/instances/events?nextPage=aWQ6MQ", "", 400, "is no token of this list"},
		"a token of jobs":      {"/jobs?nextPage=aWQ6MQ", "", 400, "is no token of this list"},
		"from after to, again": {"/instances/1/events?from=2026-11-23&to=2026-11-22", "", 400, "exchange them"},
		"no event":             {"/instances/events/abc", "", 404, "the account has no event"},
		"no event of a token":  {"/instances/events/4711", token, 404, "instance 1 has no event"},
		"nobody":               {"/instances/events", "User nobody", 401, ""},
	} {
		t.Run(name, func(t *testing.T) {
			authorization := tt.authorization
			if authorization == "" {
				authorization = w.auth
			}
			got := w.call("GET", tt.path, "", "Authorization", authorization)
			if got.status != tt.status || !strings.Contains(got.body, tt.says) || !strings.Contains(got.body, `"requestId":"`) {
				t.Errorf("GET %s = %d %s, want %d with %q", tt.path, got.status, got.body, tt.status, tt.says)
			}
		})
	}
}

func TestATableIsSafeToOpen(t *testing.T) {
	w := newWorld(t)
	v := w.create()
	leases, err := w.db.ClaimPollers(t.Context(), 100, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	ids, err := w.db.EventIDs(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	e := eventAbout(leases[0], ids[0], 1)
	e.Objects = []string{`=HYPERLINK("https://evil.example")`}
	if err := w.db.CommitPoll(t.Context(), leases[0], time.Minute, turnstone.PollCommit{Events: []turnstone.Event{e}}); err != nil {
		t.Fatal(err)
	}
	got := w.ok("GET", fmt.Sprintf("/instances/%d/events", v.ID), "", "Accept", "text/csv, */*;q=0.1")
	if got.header.Get("Content-Type") != "text/csv;charset=UTF-8" || !strings.Contains(got.body, `"'=HYPERLINK`) {
		t.Errorf("table = %s %s, want a formula in it to be text", got.header.Get("Content-Type"), got.body)
	}
}

func TestParkedPollersAreShown(t *testing.T) {
	w := newWorld(t)
	v := w.create()
	leases, err := w.db.ClaimPollers(t.Context(), 1, time.Minute)
	if err != nil || len(leases) != 1 {
		t.Fatalf("ClaimPollers = %v, %v, want one", leases, err)
	}
	err = w.db.CommitPoll(t.Context(), leases[0], time.Minute, turnstone.PollCommit{End: &turnstone.PollEnd{
		Poll: turnstone.Poll{StartedAt: storetest.Start(), Outcome: turnstone.PollFailed}, Park: true, Problem: "the vendor answered 500", Failures: 100,
	}})
	if err != nil {
		t.Fatal(err)
	}
	w.golden(t, "jobs_disabled", w.ok("GET", "/jobs/polling-disabled", ""))
	disabled := decode[[]view](t, w.ok("GET", "/instances/polling-disabled", ""))
	if len(disabled) != 1 || disabled[0].ID != v.ID {
		t.Errorf("GET /instances/polling-disabled = %v, want instance %d", disabled, v.ID)
	}
	w.ok("PUT", fmt.Sprintf("/instances/%d/enabled", v.ID), "")
	if got := w.call("GET", "/instances/polling-disabled", ""); got.status != http.StatusNotFound {
		t.Errorf("GET /instances/polling-disabled = %d %s, want 404 once it polls again", got.status, got.body)
	}
}

func TestJobsAreNotMadeByHand(t *testing.T) {
	w := newWorld(t)
	for method, path := range map[string]string{"POST": "/jobs", "DELETE": "/jobs/1"} {
		got := w.call(method, path, `{"method":"POST","uri":"/elements/api-v2/hubs/messaging/messages","name":"job","trigger":{"cron":"0 0/15 * 1/1 * ? *"}}`)
		if got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") != "GET" || !strings.Contains(got.body, "enabled") {
			t.Errorf("%s %s = %d %s, want 405 that says what to do", method, path, got.status, got.body)
		}
	}
}

func TestEventsOfATokenAreDeliveredAgainWithoutAnID(t *testing.T) {
	w := newWorld(t)
	v := w.create()
	ids := w.happened(v, 3)
	w.deliver(ids[0])
	body := fmt.Sprintf(`{"eventIds":[%d]}`, ids[0])
	if got := w.call("POST", "/instances/events/replay", body); got.status != http.StatusUnauthorized || !strings.Contains(got.body, "Element <element token>") {
		t.Errorf("replay without a token = %d %s, want 401", got.status, got.body)
	}
	got := w.ok("POST", "/instances/events/replay", body, "Authorization", withToken(v))
	if !strings.Contains(got.body, `"deliveries":1`) {
		t.Errorf("replay = %s, want one delivery", got.body)
	}
}

// eventKey matches the keys of the events of these tests.
var eventKey = regexp.MustCompile(`AXz0123456789abcde\d\d`)
