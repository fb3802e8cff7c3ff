package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"turnstone"
	"turnstone/internal/store/storetest"
)

func TestDestinationsAndSubscriptionsAnswer(t *testing.T) {
	w := newWorld(t)
	w.create()
	topic := `"topics":["instance-1-concur-events"]`
	for _, step := range []struct{ name, method, path, body string }{
		{"destination_created", "POST", "/instances/1/destinations", `{"url":"https://other.example/in","resources":["reports"],"types":["created","DELETED"],` +
			`"signatureKey":"signature-secret","secondarySignatureKey":"signature-secret-2","username":"u","password":"basic-secret",` +
			`"headers":{"X-Key":"header-secret"},"rate":2.5,"concurrency":4,"handshake":"required"}`},
		{"destination_changed", "PATCH", "/instances/1/destinations/2", `{"url":"https://third.example/in","types":[],"password":"********","headers":{"x-key":"********","X-New":"header-secret"},"rate":null}`},
		{"destination_shown", "GET", "/instances/1/destinations/2", ""},
		{"destination_main", "PATCH", "/instances/1/destinations/1", `{"url":"https://third.example/in"}`},
		{"destination_main_kept", "DELETE", "/instances/1/destinations/1", ""},
		{"destination_redelivered", "POST", "/instances/1/destinations/2/redeliver", ""},
		{"subscription_created", "POST", "/notifications/subscriptions", `{"channel":"webhook",` + topic + `,"config":{"url":"https://fourth.example/in"}}`},
		{"subscriptions", "GET", "/notifications/subscriptions", ""},
		{"subscriptions_page", "GET", "/notifications/subscriptions?pageSize=1", ""},
		{"subscriptions_next_page", "GET", "/notifications/subscriptions?pageSize=2&nextPage=aWQ6MQ", ""},
		{"subscription_shown", "GET", "/notifications/subscriptions/3", ""},
		{"subscription_main_kept", "DELETE", "/notifications/subscriptions/1", ""},
		{"subscription_deleted", "DELETE", "/notifications/subscriptions/3", ""},
		{"subscription_gone", "GET", "/notifications/subscriptions/3", ""},
		{"destination_deleted", "DELETE", "/instances/1/destinations/2", ""},
		{"destination_gone", "GET", "/instances/1/destinations/2", ""},
	} {
		t.Run(step.name, func(t *testing.T) { w.golden(t, step.name, w.call(step.method, step.path, step.body)) })
	}
}

func TestChangingADestinationKeepsWhatIsMasked(t *testing.T) {
	w := newWorld(t)
	w.create()
	w.ok("POST", "/instances/1/destinations", `{"url":"https://other.example/in","password":"basic-secret","username":"u","headers":"X-Key:header-secret"}`)
	w.ok("PATCH", "/instances/1/destinations/2", `{"password":"********","headers":{"X-Key":"********"},"concurrency":3}`)
	w.ok("PATCH", "/instances/1/destinations/2", `{"headers":"********"}`)
	d, err := w.db.Destination(t.Context(), w.user.AccountID, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	if d.Secrets.Password != "basic-secret" || d.Secrets.Headers["X-Key"] != "header-secret" || d.Limits.Concurrency != 3 {
		t.Errorf("destination = %+v, want the secrets it had", d)
	}
}

func TestAnInstanceHasNoMoreDestinationsThanItMay(t *testing.T) {
	w := newWorld(t)
	w.create()
	for i := range turnstone.MaxDestinations {
		w.ok("POST", "/instances/1/destinations", fmt.Sprintf(`{"url":"https://r%d.example/"}`, i))
	}
	for path, body := range map[string]string{
		"/instances/1/destinations":    `{"url":"https://more.example/"}`,
		"/notifications/subscriptions": `{"channel":"webhook","topics":["instance-1-concur-events"],"config":{"url":"https://more.example/"}}`,
	} {
		if got := w.call("POST", path, body); got.status != http.StatusConflict || !strings.Contains(got.body, "delete one") {
			t.Errorf("POST %s = %d %s, want 409", path, got.status, got.body)
		}
	}
}

func TestSettingsAreTheAccounts(t *testing.T) {
	w := newWorld(t)
	const key = "notification.webhook.failure.policy"
	own := fmt.Sprintf("/accounts/%d/settings", w.user.AccountID)
	for i, policy := range []string{"queue", "retry", "queue"} {
		method, path := []string{"POST", "PATCH", "PATCH"}[i], []string{own, own, "/accounts/settings"}[i]
		w.ok(method, path, fmt.Sprintf(`{%q:%q}`, key, policy))
		for _, path := range []string{own, "/accounts/settings"} {
			if got, want := w.ok("GET", path, "").body, fmt.Sprintf(`{%q:%q}`, key, policy); got != want {
				t.Errorf("GET %s = %s, want %s", path, got, want)
			}
		}
	}
}

func TestSettingsBeforeAnybodySetThemAreThePlatforms(t *testing.T) {
	w := newWorld(t)
	if got := w.ok("GET", "/accounts/settings", "").body; got != `{"notification.webhook.failure.policy":"retry"}` {
		t.Errorf("settings = %s, want retry", got)
	}
}

func TestDeliveriesAnswer(t *testing.T) {
	w := newWorld(t)
	e := w.told()
	list := "/notifications/subscriptions/deliveries"
	where := func(clause string) string { return list + "?where=" + url.QueryEscape(clause) }
	of := fmt.Sprintf("/notifications/%d/subscriptions", e.ID)
	for _, step := range []struct{ name, method, path string }{
		{"deliveries", "GET", list},
		{"deliveries_hydrated", "GET", list + "?hydrate=true&where=channel%3D%27webhook%27"},
		{"deliveries_none", "GET", where("channel='webhook' and status='queued'")},
		{"deliveries_of_notification", "GET", of + "/deliveries"},
		{"delivery_of_subscription", "GET", of + "/1/deliveries?hydrate=true"},
		{"delivery_of_nobody", "GET", of + "/9/deliveries"},
		{"redelivered_elsewhere", "PUT", where("channel='webhook' AND config.url='https://other.example/'")},
		{"redelivered", "PUT", where("channel='webhook' and status='retry' and config.url='http://mycoolstore.com'") + "&hydrate=true"},
	} {
		t.Run(step.name, func(t *testing.T) { w.golden(t, step.name, w.call(step.method, step.path, "")) })
	}
	w.settle(turnstone.Settlement{Attempt: turnstone.Attempt{EventID: e.ID, Number: 2, At: after(9), Status: 200}, Done: true})
	w.golden(t, "delivery_delivered", w.ok("GET", of+"/1/deliveries", ""))
}

func TestDeliveriesLeadToEachOther(t *testing.T) {
	w := newWorld(t)
	w.create()
	w.ok("POST", "/instances/1/destinations", `{"url":"https://other.example/in"}`)
	l := w.lease()
	w.commit(l, turnstone.PollCommit{Events: []turnstone.Event{w.event(l, after(1), "a"), w.event(l, after(1), "b"), w.event(l, after(1), "c")}})
	seen := map[string]bool{}
	path := "/notifications/subscriptions/deliveries?pageSize=4"
	for pages := 0; ; pages++ {
		got := w.ok("GET", path, "")
		for _, d := range decode[[]struct{ NotificationID, SubscriptionID int64 }](t, got) {
			seen[fmt.Sprint(d)] = true
		}
		next := got.header.Get("Elements-Next-Page-Token")
		if next == "" {
			break
		}
		if pages > 2 {
			t.Fatal("the pages do not end")
		}
		path = "/notifications/subscriptions/deliveries?pageSize=4&nextPage=" + next
	}
	if len(seen) != 6 {
		t.Errorf("saw %d deliveries, want 6: %v", len(seen), seen)
	}
}

func TestStoredEventsAreDeliveredAgain(t *testing.T) {
	w := newWorld(t)
	e := w.told()
	w.redeliver("channel='webhook'")
	w.settle(turnstone.Settlement{Attempt: turnstone.Attempt{EventID: e.ID, Number: 2, At: after(9), Status: 200}, Done: true})
	replay := func(body string) string { return w.ok("POST", "/instances/1/events/replay", body).body }
	for name, tt := range map[string]struct{ body, want string }{
		"by number":      {fmt.Sprintf(`{"eventIds":[%d],"dryRun":true}`, e.ID), `{"events":1,"deliveries":1,"dryRun":true}`},
		"by text":        {fmt.Sprintf(`{"eventIds":["%d"],"dryRun":true}`, e.ID), `{"events":1,"deliveries":1,"dryRun":true}`},
		"by key":         {fmt.Sprintf(`{"eventIds":[%q],"dryRun":true}`, e.Key), `{"events":1,"deliveries":1,"dryRun":true}`},
		"since":          {`{"since":"2026-11-23T12:00:02Z","dryRun":true}`, `{"events":1,"deliveries":1,"dryRun":true}`},
		"since then":     {`{"since":"2026-11-23T12:00:03Z","dryRun":true}`, `{"events":0,"deliveries":0,"dryRun":true}`},
		"until":          {`{"to":"2026-11-23T12:00:03+00:00","dryRun":true}`, `{"events":1,"deliveries":1,"dryRun":true}`},
		"other resource": {`{"since":"2026-11-23","resource":"expenses","dryRun":true}`, `{"events":0,"deliveries":0,"dryRun":true}`},
		"destination":    {`{"since":"2026-11-23","destinationId":1,"dryRun":true}`, `{"events":1,"deliveries":1,"dryRun":true}`},
	} {
		if got := replay(tt.body); got != tt.want {
			t.Errorf("%s: replay = %s, want %s", name, got, tt.want)
		}
	}
	if got, want := replay(`{"since":"2026-11-23"}`), `{"events":1,"deliveries":1,"dryRun":false}`; got != want {
		t.Errorf("replay = %s, want %s", got, want)
	}
	if got, want := replay(`{"since":"2026-11-23"}`), `{"events":1,"deliveries":0,"dryRun":false}`; got != want {
		t.Errorf("replay of what is owed anyway = %s, want %s", got, want)
	}
	w.golden(t, "delivery_replayed", w.ok("GET", fmt.Sprintf("/notifications/%d/subscriptions/1/deliveries", e.ID), ""))
	story := strings.Join(decode[struct{ Story []string }](t, w.ok("GET", "/instances/1/pollers/reports/objects/R1", "")).Story, "\n")
	if !strings.Contains(story, "Event 1 has not reached http://mycoolstore.com yet.") {
		t.Errorf("story = %s, want the replay in it", story)
	}
}

func TestOtherAccountsAreNotTold(t *testing.T) {
	w := newWorld(t)
	e := w.told()
	storetest.Account(t, w.db, 2)
	other := "User user-secret-2, Organization organization-secret-2"
	for _, path := range []string{"/notifications/subscriptions", "/notifications/subscriptions/deliveries"} {
		if got := w.ok("GET", path, "", "Authorization", other).body; got != "[]" {
			t.Errorf("GET %s by another account = %s, want nothing", path, got)
		}
	}
	for step, want := range map[[2]string]int{
		{"GET", "/notifications/subscriptions/1"}:                                  404,
		{"DELETE", "/notifications/subscriptions/1"}:                               404,
		{"GET", fmt.Sprintf("/notifications/%d/subscriptions/deliveries", e.ID)}:   404,
		{"GET", fmt.Sprintf("/notifications/%d/subscriptions/1/deliveries", e.ID)}: 404,
		{"GET", fmt.Sprintf("/accounts/%d/settings", w.user.AccountID)}:            403,
		{"PATCH", fmt.Sprintf("/accounts/%d/settings", w.user.AccountID)}:          403,
		{"GET", "/instances/1/events/" + e.Key}:                                    404,
		{"POST", "/instances/1/events/replay"}:                                     404,
	} {
		if got := w.call(step[0], step[1], `{"notification.webhook.failure.policy":"queue"}`, "Authorization", other); got.status != want {
			t.Errorf("%v by another account = %d, want %d", step, got.status, want)
		}
	}
	own := w.create()
	for _, path := range []string{fmt.Sprintf("/instances/%d/events/%s", own.ID, e.Key), fmt.Sprintf("/instances/%d/events/%d", own.ID, e.ID), fmt.Sprintf("/instances/%d/destinations/1", own.ID)} {
		if got := w.call("GET", path, ""); got.status != http.StatusNotFound {
			t.Errorf("GET %s, which belongs to another instance, = %d, want 404", path, got.status)
		}
	}
}
