package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/store/storetest"
)

func TestAnswersAreThePlatforms(t *testing.T) {
	w := newWorld(t)
	token := "User user-secret-1, Element token+of/instance2="
	whole := `{"name":"Renamed <b>by</b> us","tags":[],"configuration":{"event.notification.callback.url":"https://receiver.example/events"}}`
	for _, step := range []struct {
		name, method, path, body, authorization string
	}{
		{"health", "GET", "/healthz", "", ""},
		{"ready", "GET", "/readyz", "", ""},
		{"elements", "GET", "/elements", "", "none"},
		{"element", "GET", "/elements/3129", "", "none"},
		{"element_unknown", "GET", "/elements/salesforce", "", ""},
		{"oauth_url", "GET", "/elements/concur/oauth/url?apiKey=key&apiSecret=s&callbackUrl=https://app.example/cb&siteAddress=", "", "none"},
		{"oauth_url_posted", "POST", "/elements/3129/oauth/url", `{"apiKey":"key","callbackUrl":"https://app.example/cb","scope":"EXPRPT","state":"mine"}`, ""},
		{"oauth_url_incomplete", "GET", "/elements/concur/oauth/url", "", ""},
		{"instances_none", "GET", "/instances", "", ""},
		{"instance_awaiting", "POST", "/instances", seed(t, nil), ""},
		{"instance_created", "POST", "/elements/concur/instances", seed(t, w.loggedIn()), ""},
		{"instance_shown", "GET", "/instances/2", "", ""},
		{"instance_of_token", "GET", "/instances", "", token},
		{"instances", "GET", "/instances?hydrate=false", "", ""},
		{"instances_page", "GET", "/instances?hydrate=false&pageSize=1", "", ""},
		{"instances_next_page", "GET", "/instances?hydrate=false&pageSize=1&nextPage=aWQ6MQ", "", ""},
		{"instances_second_page", "GET", "/instances?hydrate=false&pageSize=1&page=2", "", ""},
		{"instance_updated", "PATCH", "/instances", whole, token},
		{"configuration", "GET", "/instances/2/configuration", "", ""},
		{"configuration_entry", "GET", "/instances/2/configuration/event.notification.callback.url", "", ""},
		{"configuration_changed", "PATCH", "/instances/configuration/530983093", `{"id":530983093,"propertyValue":"polling"}`, token},
		{"pollers", "GET", "/instances/2/pollers", "", ""},
		{"polls", "GET", "/instances/2/pollers/reports/polls", "", ""},
		{"destinations", "GET", "/instances/2/destinations", "", ""},
		{"events_none", "GET", "/instances/2/events", "", ""},
		{"hub_list", "GET", "/hubs/expense/reports?pageSize=1&fields=ID,Total,LastModifiedDate&where=modifiedDateAfter='2026-10-01T00:00:00.000'", "", token},
		{"hub_wrong_where", "GET", "/hubs/expense/reports?where=modifiedAfter='2026-10-01'", "", token},
		{"hub_unknown_resource", "GET", "/hubs/expense/report", "", token},
		{"hub_without_token", "GET", "/hubs/expense/reports", "", ""},
		{"hub_delete_impossible", "DELETE", "/hubs/expense/reports/1", "", token},
		{"disabled", "DELETE", "/instances/enabled", "", token},
		{"hub_disabled", "GET", "/hubs/expense/reports", "", token},
		{"pollers_paused", "GET", "/instances/2/pollers", "", ""},
		{"enabled", "PUT", "/instances/2/enabled", "", ""},
		{"deleted", "DELETE", "/instances/2", "", ""},
		{"hub_deleted", "GET", "/hubs/expense/reports", "", token},
		{"instance_gone", "GET", "/instances/2", "", ""},
		{"wrong_method", "POST", "/instances/2", "{}", ""},
		{"wrong_path", "GET", "/instance", "", ""},
	} {
		t.Run(step.name, func(t *testing.T) {
			authorization := step.authorization
			if authorization == "" {
				authorization = w.auth
			}
			w.golden(t, step.name, w.call(step.method, strings.ReplaceAll(step.path, "'", "%27"), step.body, "Authorization", authorization))
		})
	}
}

func TestEventsAndPollsAreShown(t *testing.T) {
	w := newWorld(t)
	w.create()
	leases, err := w.db.ClaimPollers(t.Context(), 1, time.Minute)
	if err != nil || len(leases) != 1 {
		t.Fatalf("ClaimPollers = %v, %v, want one", leases, err)
	}
	ids, err := w.db.EventIDs(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	event := turnstone.Event{
		ID: ids[0], Key: "AXz0123456789abcdefg", AccountID: w.user.AccountID, InstanceID: 1, PollerID: leases[0].Poller.ID,
		Resource: "reports", CreatedAt: storetest.Start(), Objects: []string{"R1"}, Ops: []turnstone.Op{turnstone.Created},
		Body: []byte(`{"id":"1","message":{"raw":{"reports":[{"ID":"R1","Name":"a < b"}],"pollDate":1,"objectType":"reports"},"events":[{"eventType":"CREATED","objectId":"R1"}]}}`),
	}
	second := event
	second.ID, second.Key = ids[1], "BXz0123456789abcdefg"
	err = w.db.CommitPoll(t.Context(), leases[0], time.Minute, turnstone.PollCommit{
		Events: []turnstone.Event{event, second}, Cursor: storetest.Start(),
		End: &turnstone.PollEnd{
			Poll: turnstone.Poll{
				PollerID: leases[0].Poller.ID, AccountID: w.user.AccountID, StartedAt: storetest.Start(), Took: 1500 * time.Millisecond,
				URL: "https://vendor.example/reports", From: storetest.Start(), Outcome: turnstone.PollComplete,
				Pages: 1, Records: 2, Created: 1, Unchanged: 1, Events: 2, Problems: []string{"record R2: its date cannot be read"},
			},
			NextAt: storetest.Start(),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.deliver(ids[0])
	w.golden(t, "events", w.ok("GET", "/instances/1/events", ""))
	w.golden(t, "events_page", w.ok("GET", "/instances/1/events?pageSize=1", ""))
	w.golden(t, "events_next_page", w.ok("GET", "/instances/1/events?pageSize=1&nextPage="+
		w.ok("GET", "/instances/1/events?pageSize=1", "").header.Get("Elements-Next-Page-Token"), ""))
	w.golden(t, "polls_one", w.ok("GET", "/instances/1/pollers/reports/polls", ""))
}

// deliver settles the delivery of an event.
func (w *world) deliver(event int64) {
	w.t.Helper()
	leases, err := w.db.ClaimDestinations(w.t.Context(), 1, time.Minute)
	if err != nil || len(leases) != 1 {
		w.t.Fatalf("ClaimDestinations = %v, %v, want one", leases, err)
	}
	attempt := turnstone.Attempt{EventID: event, Number: 1, At: storetest.Start(), Status: http.StatusOK}
	err = w.db.SettleDeliveries(w.t.Context(), leases[0], time.Minute, turnstone.DeliveryBatch{
		State: turnstone.DestinationActive, Settlements: []turnstone.Settlement{{Attempt: attempt, Done: true}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
}
