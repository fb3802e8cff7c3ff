package api_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/api/rest"
	"turnstone/internal/store/storetest"
)

// estate is what one account has, and another must not reach.
type estate struct {
	*world
	routes []rest.Route
	values map[string]string // what the wildcards of paths stand for
	own    view              // the instance that paths name
	other  view              // a second instance of the account
	alien  view              // the instance of another account
}

// mark stands in everything of the first account that answers may show.
const mark = "mark-of-the-first-account"

// subscribe is the route that makes a subscription.
const subscribe = "POST /elements/api-v2/notifications/subscriptions"

const (
	firstUser  = "User user-secret-1"
	secondUser = "User user-secret-2"
	firstAll   = firstUser + ", Organization organization-secret-1"
	secondAll  = secondUser + ", Organization organization-secret-2"
)

func newEstate(t *testing.T) *estate {
	t.Helper()
	e := &estate{world: newWorld(t)}
	a := e.api(t)
	e.routes = a.Expanded(a.Routes())
	e.own, e.other = e.named(firstAll, mark), e.named(firstAll, mark+"-2")
	storetest.Account(t, e.db, 2)
	e.alien = e.named(secondAll, "of the second account")
	d := decode[struct{ ID int64 }](t, e.ok("POST", fmt.Sprintf("/instances/%d/destinations", e.own.ID), `{"url":"https://`+mark+`.example/more"}`))
	e.park(e.other)
	event := e.eventOf(e.own)
	e.nameThings()
	e.values = map[string]string{
		"id": strconv.FormatInt(e.own.ID, 10), "element": "concur", "hub": "expense", "path...": "reports",
		"encoded": strconv.FormatInt(e.own.ID, 10), "resource": "reports", "object": "R1", "object...": "reports", "entry": turnstone.KeyCallbackURL, "account": strconv.FormatInt(e.user.AccountID, 10),
		"organization": strconv.FormatInt(e.user.AccountID, 10), "user": strconv.FormatInt(e.user.ID, 10),
		"destination": strconv.FormatInt(d.ID, 10), "subscription": strconv.FormatInt(d.ID, 10),
		"event": strconv.FormatInt(event, 10), "notification": strconv.FormatInt(event, 10), "job": "1",
		"key": turnstone.KeyCallbackURL, "name": "spendings", "operation": "GET-reports", "proxy": "1",
	}
	return e
}

// nameThings gives the first account and its instance common resources that carry a text.
func (e *estate) nameThings() {
	e.t.Helper()
	own := fmt.Sprintf("/instances/%d", e.own.ID)
	e.ok("POST", own+"/objects/spendings/definitions", `{"fields":[{"path":"`+mark+`"}]}`)
	e.ok("POST", own+"/transformations/spendings", `{"vendorName":"reports","fields":[{"path":"`+mark+`","vendorPath":"Name"}]}`)
	e.ok("POST", "/organizations/objects/spendings/definitions", `{"fields":[{"path":"`+mark+`"}]}`)
	e.ok("POST", "/organizations/elements/concur/transformations/spendings", `{"vendorName":"reports","fields":[{"path":"`+mark+`","vendorPath":"Name"}]}`)
}

// named makes an instance whose name and callback URL carry a text.
func (e *estate) named(authorization, name string) view {
	e.t.Helper()
	body := e.loggedIn()
	body["^name"] = name
	body[turnstone.KeyCallbackURL] = "https://" + strings.ReplaceAll(name, " ", "-") + ".example/events"
	return decode[view](e.t, e.ok("POST", "/instances", seed(e.t, body), "Authorization", authorization))
}

// park has the pollers of an instance given up.
func (e *estate) park(v view) {
	e.t.Helper()
	leases, err := e.db.ClaimPollers(e.t.Context(), 100, -time.Second) // over at once, for others to claim
	if err != nil {
		e.t.Fatal(err)
	}
	for _, lease := range leases {
		if lease.Poller.InstanceID != v.ID {
			continue
		}
		end := &turnstone.PollEnd{Poll: turnstone.Poll{StartedAt: storetest.Start(), Outcome: turnstone.PollFailed}, Park: true, Problem: mark}
		if err := e.db.CommitPoll(e.t.Context(), lease, time.Minute, turnstone.PollCommit{End: end}); err != nil {
			e.t.Fatal(err)
		}
	}
}

// eventOf makes an event of an instance, and returns its id.
func (e *estate) eventOf(v view) int64 {
	e.t.Helper()
	leases, err := e.db.ClaimPollers(e.t.Context(), 100, time.Minute)
	if err != nil {
		e.t.Fatal(err)
	}
	ids, err := e.db.EventIDs(e.t.Context(), 1)
	if err != nil {
		e.t.Fatal(err)
	}
	for _, lease := range leases {
		if lease.Poller.InstanceID != v.ID {
			continue
		}
		err = e.db.CommitPoll(e.t.Context(), lease, time.Minute, turnstone.PollCommit{
			Events: []turnstone.Event{{
				ID: ids[0], Key: "AXz0123456789abcdefg", AccountID: lease.Poller.AccountID, InstanceID: v.ID, PollerID: lease.Poller.ID,
				Resource: "reports", CreatedAt: storetest.Start(), Objects: []string{"R1"}, Ops: []turnstone.Op{turnstone.Created},
				Body: []byte(`{"id":"1","message":{"raw":{"reports":[{"ID":"R1","Name":"` + mark + `"}],"objectType":"reports"},"events":[{"eventType":"CREATED","objectId":"R1"}]}}`),
			}},
			Cursor: storetest.Start(), End: &turnstone.PollEnd{Poll: turnstone.Poll{StartedAt: storetest.Start(), Outcome: turnstone.PollComplete}, NextAt: storetest.Start()},
		})
		if err != nil {
			e.t.Fatal(err)
		}
		return ids[0]
	}
	e.t.Fatalf("ClaimPollers = %v, want one of instance %d", leases, v.ID)
	return 0
}

var wildcard = regexp.MustCompile(`\{([a-z.]+)\}`)

// split returns the method and the path of a route, about the first account's things.
func (e *estate) split(r rest.Route) (method, path string) {
	e.t.Helper()
	method, path, _ = strings.Cut(r.Pattern, " ")
	if r.Pattern == "GET /elements/api-v2/notifications" {
		path += "?topics[]=instance-{id}-concur-events"
	}
	return method, wildcard.ReplaceAllStringFunc(path, func(name string) string {
		value, known := e.values[strings.Trim(name, "{}")]
		if !known {
			e.t.Fatalf("the test knows nothing to put in the place of %s in %s: give the first account one", name, r.Pattern)
		}
		return value
	})
}

// belongings are the wildcards that stand for somebody's things.
var belongings = []string{"{id}", "{account}", "{organization}", "{user}", "{destination}", "{subscription}", "{event}", "{notification}"}

// namesThings reports whether a route's path names something of an account.
func namesThings(r rest.Route) bool {
	return slices.ContainsFunc(belongings, func(name string) bool { return strings.Contains(r.Pattern, name) })
}

// body is what a request is sent with: what would do something, where it was allowed.
func (e *estate) body(r rest.Route) string {
	switch {
	case strings.HasSuffix(r.Pattern, "/events/replay"):
		return fmt.Sprintf(`{"eventIds":[%s]}`, e.values["event"])
	case r.Pattern == subscribe:
		return fmt.Sprintf(`{"channel":"webhook","topics":["instance-%d-concur-events"],"config":{"url":"https://thief.example/"}}`, e.own.ID)
	case strings.HasSuffix(r.Pattern, "/destinations"):
		return `{"url":"https://thief.example/"}`
	case strings.HasSuffix(r.Pattern, "/{entry}"):
		return `{"propertyValue":"https://thief.example/"}`
	case strings.HasSuffix(r.Pattern, "/settings"):
		return `{"notification.webhook.failure.policy":"queue"}`
	case strings.HasSuffix(r.Pattern, "/users/{user}"):
		return `{"firstName":"thief"}`
	case strings.HasSuffix(r.Pattern, "/secret"), strings.HasSuffix(r.Pattern, "/token"):
		return `{}`
	}
	return `{"name":"thief"}`
}

// everything returns what the first account is shown, by all routes that only read.
func (e *estate) everything() map[string]string {
	shown := map[string]string{"the store": e.state()}
	for _, r := range e.routes {
		method, path := e.split(r)
		if method != http.MethodGet || r.Access == rest.Public || needsToken(r) || strings.HasSuffix(path, "/oauthProxies") {
			continue // the last is always empty
		}
		got := e.call(method, path, "")
		if got.status != http.StatusOK {
			e.t.Errorf("%s by its owner = %d %s, want 200", r.Pattern, got.status, got.body)
		}
		shown[r.Pattern] = got.body
	}
	return shown
}

// needsToken reports whether a route is for the instance of an Element token alone.
func needsToken(r rest.Route) bool {
	_, path, _ := strings.Cut(r.Pattern, " "+rest.Prefix)
	return slices.ContainsFunc([]string{"/hubs/", "/ping", "/objects", "/bulk"}, func(root string) bool { return strings.HasPrefix(path, root) })
}

// caller is somebody who has no right to the first account's instance.
type caller struct {
	header   string
	stranger bool // to everybody; else a user of good standing, of what is not theirs
}

// callers returns everybody whom the first account does not expect, by who that is.
func (e *estate) callers() map[string]caller {
	return map[string]caller{
		"nobody":                            {"", true},
		"another scheme":                    {"Bearer eyJhbGciOiJub25lIn0.e30.", true},
		"basic":                             {"Basic dXNlcjpwYXNzd29yZA==", true},
		"garbage":                           {"User ',Organization \x7f\xff", true},
		"unknown secrets":                   {"User nobody, Organization nothing", true},
		"a user secret alone":               {firstUser, true},
		"the organization secret alone":     {"Organization organization-secret-1", true},
		"the token alone":                   {"Element " + e.own.Token, true},
		"our user, their organization":      {firstUser + ", Organization organization-secret-2", true},
		"their user, our organization":      {secondUser + ", Organization organization-secret-1", true},
		"their user, our token":             {secondUser + ", Element " + e.own.Token, true},
		"our user, their token":             {firstUser + ", Element " + e.alien.Token, true},
		"their account, our token":          {secondAll + ", Element " + e.own.Token, true},
		"our account, their token":          {firstAll + ", Element " + e.alien.Token, true},
		"the organization secret as a user": {"User organization-secret-1, Organization organization-secret-1", true},
		"the other account":                 {secondAll, false},
		"the other account with its token":  {secondAll + ", Element " + e.alien.Token, false},
		"a token of the other account":      {secondUser + ", Element " + e.alien.Token, false},
		"a token of another instance":       {firstUser + ", Element " + e.other.Token, false},
	}
}

// refusals are the statuses that a caller may be answered with at a route; none, if
// what the route does there is the caller's own business.
func (c caller) refusals(r rest.Route) []int {
	switch {
	case c.stranger:
		return []int{http.StatusUnauthorized}
	case namesThings(r):
		return []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound}
	case r.Pattern == subscribe:
		return []int{http.StatusUnauthorized, http.StatusBadRequest} // the body names the instance
	case strings.HasPrefix(r.Pattern, http.MethodGet) && strings.HasPrefix(c.header, secondUser):
		return []int{http.StatusOK, http.StatusUnauthorized, http.StatusNotFound} // a list of theirs, in which nothing of ours is
	}
	return nil
}

func TestEveryRouteKeepsOthersOut(t *testing.T) {
	e := newEstate(t)
	before := e.everything()
	for name, c := range e.callers() {
		for _, r := range e.routes {
			refusals := c.refusals(r)
			if r.Access == rest.Public || refusals == nil {
				continue
			}
			method, path := e.split(r)
			got := e.call(method, path, e.body(r), "Authorization", c.header)
			if !slices.Contains(refusals, got.status) {
				t.Errorf("%s by %s = %d %s, want one of %d", r.Pattern, name, got.status, got.body, refusals)
			}
			if strings.Contains(got.body, mark) {
				t.Errorf("%s by %s shows what is not theirs: %s", r.Pattern, name, got.body)
			}
		}
	}
	e.unchanged(before)
}

// unchanged fails the test if the owner is shown another thing than before.
func (e *estate) unchanged(before map[string]string) {
	e.t.Helper()
	for route, shown := range e.everything() {
		if shown != before[route] {
			e.t.Errorf("%s shows the owner another thing after others tried:\n%s\nwas\n%s", route, shown, before[route])
		}
	}
}

func TestABodyReachesNothingOfOthers(t *testing.T) {
	e := newEstate(t)
	before := e.everything()
	own := fmt.Sprintf("/instances/%d", e.alien.ID)
	for name, request := range map[string]struct{ method, path, body string }{
		"replay an event":         {"POST", own + "/events/replay", fmt.Sprintf(`{"eventIds":[%s]}`, e.values["event"])},
		"replay to a destination": {"POST", own + "/events/replay", fmt.Sprintf(`{"since":"2020-01-01T00:00:00Z","destinationId":%s}`, e.values["destination"])},
		"subscribe to its events": {"POST", "/notifications/subscriptions", fmt.Sprintf(`{"channel":"webhook","topics":["instance-%d-concur-events"],"config":{"url":"https://thief.example/"}}`, e.own.ID)},
		"redeliver to its URL":    {"PUT", "/notifications/subscriptions/deliveries?where=config.url%3D'https://" + mark + ".example/events'", ""},
		"deliveries to its URL":   {"GET", "/notifications/subscriptions/deliveries?hydrate=true&where=config.url%3D'https://" + mark + ".example/events'", ""},
		"a page behind its id":    {"GET", "/notifications/subscriptions?nextPage=aWQ6MQ", ""},
		"move to its number":      {"PATCH", own, fmt.Sprintf(`{"id":%d}`, e.own.ID)},
		"take its token":          {"PATCH", own, fmt.Sprintf(`{"token":%q}`, e.own.Token)},
		"name its event":          {"GET", own + "/events/" + e.values["event"], ""},
		"name its event's key":    {"GET", own + "/events/AXz0123456789abcdefg", ""},
		"name its destination":    {"DELETE", own + "/destinations/" + e.values["destination"], ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := e.call(request.method, request.path, request.body, "Authorization", secondAll)
			if got.status >= http.StatusInternalServerError || strings.Contains(got.body, mark) || strings.Contains(got.body, e.own.Token) {
				t.Errorf("%s %s = %d %s, want nothing of the other account", request.method, request.path, got.status, got.body)
			}
		})
	}
	e.unchanged(before)
}

func TestPublicRoutesShowNothingOfAnAccount(t *testing.T) {
	e := newEstate(t)
	for _, r := range e.routes {
		if r.Access != rest.Public {
			continue
		}
		method, path := e.split(r)
		if got := e.call(method, path, "{}", "Authorization", ""); got.status >= http.StatusInternalServerError || strings.Contains(got.body, mark) {
			t.Errorf("%s = %d %s, want what everybody may know", r.Pattern, got.status, got.body)
		}
	}
}
