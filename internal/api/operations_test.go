package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"turnstone"
)

// asked is a call of an operation of the document that is to be granted. {made} in its
// path or headers is what the answer before it, that named something, called it.
type asked struct {
	operation, path, body string
	headers               []string // pairs
}

// visitor calls operations, and keeps which ones it has called.
type visitor struct {
	*world
	contract *contract
	visited  map[string]bool
	made     string
}

// visit makes some calls in turn. call holds each against the document.
func (v *visitor) visit(calls ...asked) {
	v.t.Helper()
	for _, c := range calls {
		o, known := v.contract.byID[c.operation]
		path, _, _ := strings.Cut(c.path, "?")
		if !known || !o.is(path) {
			v.t.Errorf("openapi.yaml has no operation %s at %s", c.operation, path)
			continue
		}
		headers := slices.Clone(c.headers)
		for i := range headers {
			headers[i] = strings.ReplaceAll(headers[i], "{made}", v.made)
		}
		v.visited[c.operation] = true
		got := v.call(o.method, strings.ReplaceAll(c.path, "{made}", v.made), c.body, headers...)
		if got.status != http.StatusOK {
			v.t.Errorf("%s: %s %s = %d %s, want 200", c.operation, o.method, c.path, got.status, got.body)
		}
		v.remember(got)
	}
}

// remember keeps what an answer calls the thing that it is about.
func (v *visitor) remember(got answer) {
	var thing map[string]json.RawMessage
	if json.Unmarshal([]byte(got.body), &thing) != nil {
		return
	}
	for _, member := range []string{"id", "ID", "token"} {
		if name := strings.Trim(string(thing[member]), `"`); name != "" {
			v.made = name
			return
		}
	}
}

var parameter = regexp.MustCompile(`\\\{[^}]*\\\}`)

// is reports whether a path, with or without the prefix, is one of the operation.
func (o operation) is(path string) bool {
	pattern := parameter.ReplaceAllString(regexp.QuoteMeta(o.path), "[^/]+")
	return regexp.MustCompile("^" + pattern + "$").MatchString(path)
}

// Every operation of the document is granted below once at least, and the answer is as
// the document says. Aliases are not called: the others stand for them.
func TestEveryOperationIsGranted(t *testing.T) {
	c, err := theContract()
	if err != nil {
		t.Fatal(err)
	}
	visited := map[string]bool{}
	for _, visits := range []func(*visitor){
		visitInstances, visitPollers, visitEvents, visitHistory, visitDestinations, visitNotifications, visitUsers, visitAccounts, visitBulk,
		visitRecords, visitWebhooks, visitOwnElements, visitElements, visitHubs, visitNames, visitSharedNames,
	} {
		visits(&visitor{world: newWorld(t), contract: c, visited: visited})
	}
	for _, id := range slices.Sorted(maps.Keys(c.byID)) {
		if o := c.byID[id]; o.granted && !visited[id] && !c.isAlias(id) {
			t.Errorf("no call of %s, which is %s %s, is in this test; add one", id, o.method, o.path)
		}
	}
}

// isAlias reports whether an operation is another one at another path.
func (c *contract) isAlias(id string) bool {
	for _, suffix := range []string{"OfElement", "OfToken", "OfAnyHub", "BelowAccounts", "BelowAnyAccount"} {
		if original, found := strings.CutSuffix(id, suffix); found && c.byID[original].method != "" {
			return true
		}
	}
	return false
}

func visitInstances(v *visitor) {
	body := seed(v.t, v.loggedIn())
	v.visit(
		asked{"createInstance", "/instances", body, nil},
		asked{"listInstances", "/instances", "", nil},
		asked{"countInstances", "/instances/count", "", nil},
		asked{"getInstance", "/instances/1", "", nil},
		asked{"replaceInstance", "/instances/1", `{"name":"Other"}`, nil},
		asked{"updateInstance", "/instances/1", `{"tags":["Docs"]}`, nil},
		asked{"disableInstance", "/instances/1/enabled", "", nil},
		asked{"enableInstance", "/instances/1/enabled", "", nil},
		asked{"listConfiguration", "/instances/1/configuration", "", nil},
		asked{"getConfigurationEntry", "/instances/1/configuration/" + turnstone.KeyCallbackURL, "", nil},
		asked{"replaceConfigurationEntry", "/instances/1/configuration/" + turnstone.KeyCallbackURL, `{"propertyValue":"https://other.example/in"}`, nil},
		asked{"updateConfigurationEntry", "/instances/1/configuration/" + turnstone.KeyCallbackURL, `{"propertyValue":"https://other.example/on"}`, nil},
		asked{"getInstanceHealth", "/instances/1/health", "", nil},
		asked{"getInstanceDocs", "/instances/1/docs?resolveReferences=true", "", nil},
		asked{"getInstanceOperationDocs", "/instances/1/docs/GET-reports?baseUrl=https%3A%2F%2Fapi.example.com", "", nil},
		asked{"getInstanceOperationDefinitions", "/instances/1/docs/GET-reports/definitions", "", nil},
		asked{"rotateToken", "/instances/1/token", "", nil},
		asked{"deleteInstance", "/instances/1", "", nil},
	)
}

func visitPollers(v *visitor) {
	v.told()
	v.visit(
		asked{"listPollers", "/instances/1/pollers", "", nil},
		asked{"getPoller", "/instances/1/pollers/reports", "", nil},
		asked{"listPolls", "/instances/1/pollers/reports/polls", "", nil},
		asked{"previewPoll", "/instances/1/pollers/reports/preview", `{"since":"2026-11-23T08:00:00Z"}`, nil},
		asked{"explainObject", "/instances/1/pollers/reports/objects/R1", "", nil},
		asked{"pollNow", "/instances/1/pollers/reports/poll", "", nil},
		asked{"replayFromVendor", "/instances/1/pollers/reports/replay", `{"since":"2026-11-20"}`, nil},
		asked{"cancelReplay", "/instances/1/pollers/reports/replay", "", nil},
		asked{"resetPoller", "/instances/1/pollers/reports/reset", `{"since":"2026-11-20T08:00:00Z"}`, nil},
		asked{"listJobs", "/jobs", "", nil},
	)
	giveUp := &estate{world: newWorld(v.t)}
	giveUp.park(giveUp.create())
	other := &visitor{world: giveUp.world, contract: v.contract, visited: v.visited}
	other.visit(
		asked{"listJobsDisabled", "/jobs/polling-disabled", "", nil},
		asked{"listPollingDisabled", "/instances/polling-disabled", "", nil},
	)
}

func visitEvents(v *visitor) {
	in := v.create()
	ids := v.happened(in, 5)
	v.deliver(ids[0])
	event := fmt.Sprint(ids[0])
	v.visit(
		asked{"listInstanceEvents", "/instances/1/events?status=NOTIFIED", "", nil},
		asked{"getInstanceEvent", "/instances/1/events/" + event, "", nil},
		asked{"replayEvents", "/instances/1/events/replay", `{"eventIds":[` + event + `]}`, nil},
		asked{"listEvents", "/instances/events?resource=reports&op=CREATED&searchText=r1", "", nil},
		asked{"getEvent", "/instances/events/" + event, "", nil},
	)
}

func visitHistory(v *visitor) {
	v.happened(v.create(), 90, 5)
	day := "?interval=hour&from=2026-11-23T00:00:00Z&to=2026-11-23T12:00:00Z"
	v.visit(
		asked{"countEvents", "/instances/events/analytics" + day, "", nil},
		asked{"countEventsByInstance", "/instances/events/analytics/instances" + day, "", nil},
		asked{"countEventsByAccount", "/instances/events/analytics/accounts" + day, "", nil},
		asked{"listDispositions", "/instances/events/dispositions", "", nil},
	)
}

func visitDestinations(v *visitor) {
	v.happened(v.create(), 5)
	v.visit(
		asked{"createDestination", "/instances/1/destinations", `{"url":"https://other.example/in","types":["DELETED"]}`, nil},
		asked{"listDestinations", "/instances/1/destinations", "", nil},
		asked{"getDestination", "/instances/1/destinations/{made}", "", nil},
		asked{"updateDestination", "/instances/1/destinations/{made}", `{"resources":["reports"]}`, nil},
		asked{"redeliver", "/instances/1/destinations/{made}/redeliver", "", nil},
		asked{"deleteDestination", "/instances/1/destinations/{made}", "", nil},
		asked{"createSubscription", "/notifications/subscriptions", `{"channel":"webhook","topics":["instance-1-concur-events"],"config":{"url":"https://more.example/in"}}`, nil},
		asked{"listSubscriptions", "/notifications/subscriptions", "", nil},
		asked{"getSubscription", "/notifications/subscriptions/{made}", "", nil},
		asked{"deleteSubscription", "/notifications/subscriptions/{made}", "", nil},
	)
}

func visitNotifications(v *visitor) {
	ids := v.happened(v.create(), 5)
	v.refuse(ids[0])
	event := fmt.Sprintf("/notifications/%d/subscriptions", ids[0])
	v.visit(
		asked{"listDeliveries", "/notifications/subscriptions/deliveries?hydrate=true", "", nil},
		asked{"redeliverAll", "/notifications/subscriptions/deliveries?where=" + url.QueryEscape("channel='webhook'"), "", nil},
		asked{"listNotificationDeliveries", event + "/deliveries", "", nil},
		asked{"getNotificationDelivery", event + "/1/deliveries", "", nil},
		asked{"createNotification", "/notifications", `{"topic":"churros-topic","message":"this is a test message"}`, nil},
		asked{"listNotifications", "/notifications?topics[]=churros-topic&topics[]=instance-1-concur-events", "", nil},
		asked{"getNotification", "/notifications/{made}", "", nil},
		asked{"acknowledgeNotification", "/notifications/{made}/acknowledge", "", nil},
		asked{"deleteNotification", "/notifications/{made}", "", nil},
	)
}

func visitUsers(v *visitor) {
	v.visit(
		asked{"createUser", "/users", `{"emailAddress":"grace@example.com","password":"a phrase to remember"}`, nil},
		asked{"listUsers", "/users?pageSize=1", "", nil},
		asked{"getUser", "/users/{made}", "", nil},
		asked{"updateUser", "/users/{made}", `{"firstName":"Grace"}`, nil},
		asked{"rotateUserSecret", "/users/{made}/secret", `{"oldSecretValidUntil":"2026-12-01T00:00:00Z"}`, nil},
		asked{"listAuditLogs", "/audit-logs?action=users", "", nil},
		asked{"signIn", "/authentication", `{"username":"grace@example.com","password":"a phrase to remember"}`, nil},
		asked{"deleteUser", "/users/grace@example.com", "", nil},
	)
}

func visitAccounts(v *visitor) {
	v.visit(
		asked{"createAccount", "/accounts", `{"name":"Second","user":{"emailAddress":"ada@example.com","password":"a phrase to remember"},"limits":{"instances":100}}`, nil},
		asked{"listAccounts", "/accounts", "", nil},
		asked{"getAccount", "/accounts/{made}", "", nil},
		asked{"updateAccount", "/accounts/{made}", `{"limits":{"instances":null}}`, nil},
		asked{"getLimits", "/accounts/{made}/limits", "", nil},
		asked{"deleteAccount", "/accounts/{made}", "", nil},
		asked{"listOrganizations", "/organizations", "", nil},
		asked{"getOrganization", "/organizations/me", "", nil},
		asked{"updateOrganization", "/organizations/me", `{"name":"Example Ltd"}`, nil},
		asked{"getSettings", "/accounts/settings", "", nil},
		asked{"createSettings", "/accounts/settings", queued, nil},
		asked{"updateSettings", "/accounts/settings", queued, nil},
		asked{"getSettingsOfAccount", "/accounts/1/settings", "", nil},
		asked{"createSettingsOfAccount", "/accounts/1/settings", queued, nil},
		asked{"updateSettingsOfAccount", "/accounts/1/settings", queued, nil},
	)
	v.visit(
		asked{"createUser", "/users", `{"emailAddress":"alan@example.com","password":"a phrase to remember"}`, nil},
		asked{"rotateOrganizationSecret", "/organizations/secret", "", nil}, // so that the next shows none that the tests know
		asked{"signIn", "/authentication", `{"username":"alan@example.com","password":"a phrase to remember"}`, nil},
		asked{"getSecrets", "/authentication/secrets", "", []string{"Authorization", "Bearer {made}"}},
	)
}

const queued = `{"notification.webhook.failure.policy":"queue"}`
