package concursim_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone/internal/concursim"
)

// posted is an event as an app received it.
type posted struct {
	ID, EventType, Topic, Subtopic, CorrelationID string
	Facts                                         map[string]any

	header http.Header
	body   []byte
}

// app receives events. It answers with the statuses, one after the other, and then
// with 200.
type app struct {
	*httptest.Server
	events chan posted
}

func subscriber(t *testing.T, statuses ...int) *app {
	a := &app{events: make(chan posted, 1000)}
	answers := make(chan int, len(statuses))
	for _, s := range statuses {
		answers <- s
	}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		e := posted{header: r.Header, body: body}
		if err := json.Unmarshal(body, &e); err != nil {
			t.Errorf("an event that is no JSON: %s", body)
		}
		a.events <- e
		select {
		case status := <-answers:
			w.WriteHeader(status)
		default:
		}
	}))
	t.Cleanup(a.Close)
	return a
}

// next waits for an event.
func (a *app) next(t *testing.T) posted {
	t.Helper()
	select {
	case e := <-a.events:
		return e
	case <-time.After(20 * time.Second): // a bound for failures, not for speed
		t.Fatal("no event arrives")
		return posted{}
	}
}

// push is a served simulator that delivers, with the token of an application that is
// connected to its only company.
func push(t *testing.T, o concursim.Options) *concur {
	t.Helper()
	c := serve(t, o)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- c.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
	got, _ := c.grant("grant_type", "client_credentials")
	c.token = got.AccessToken
	return c
}

const subscriptions = "/events/v4/subscriptions"

// subscribe tells the app of a topic.
func (c *concur) subscribe(id, topic, filter, endpoint string) response {
	c.t.Helper()
	body := fmt.Sprintf(`{"id":%q,"filter":%q,"topic":%q,"webHookConfig":{"endpoint":%q}}`, id, filter, topic, endpoint)
	return c.call("PUT", subscriptions+"/webhook", body)
}

const reportTopic = "public.concur.expense.report"

func TestEventsTellOfEveryChangeOfAReport(t *testing.T) {
	c := push(t, concursim.Options{Reports: -1})
	a := subscriber(t)
	if got := c.subscribe("app.reports", reportTopic, ".*", a.URL); got.body != `{"message":"Subscription 'app.reports' saved successfully"}` {
		t.Fatalf("PUT = %d %s", got.status, got.body)
	}
	for _, kind := range []concursim.Kind{concursim.Created, concursim.Updated, concursim.Deleted} {
		made := c.change(concursim.Order{Count: 1, Kind: kind})[0]
		e := a.next(t)
		want := map[concursim.Kind][]string{
			concursim.Created: {"reportCreated"}, concursim.Updated: {"reportUpdated", "statusChanged"}, concursim.Deleted: {"reportDeleted"},
		}[kind]
		if !slices.Contains(want, e.EventType) || e.Facts["reportId"] != made.ReportID || e.Topic != reportTopic {
			t.Errorf("%s of %s tells %s", kind, made.ReportID, e.body)
		}
		if _, linked := e.Facts["href"]; linked == (kind == concursim.Deleted) {
			t.Errorf("%s: href there is %v", e.EventType, linked)
		}
		if e.header.Get("Concur-Correlationid") != e.CorrelationID || e.Subtopic != c.Companies()[0].UUID {
			t.Errorf("%s: correlation id %q, company %s", e.EventType, e.header.Get("Concur-Correlationid"), e.Subtopic)
		}
	}
}

func TestStatusChangesSayFromWhatToWhat(t *testing.T) {
	c := push(t, concursim.Options{})
	a := subscriber(t)
	c.subscribe("status", reportTopic, "statusChanged", a.URL)
	c.change(concursim.Order{Count: 60, Kind: concursim.Updated})
	steps := 0
	for _, v := range c.Versions(concursim.VersionFilter{After: 25}) {
		if !slices.Contains(v.Changed, "ApprovalStatusCode") && !slices.Contains(v.Changed, "PaymentStatusCode") {
			continue
		}
		steps++
		e, r := a.next(t), decode[record](t, string(v.Record))
		if e.EventType != "statusChanged" || e.Facts["reportId"] != v.ReportID ||
			e.Facts["currentApprovalStatus"] != r["ApprovalStatusCode"] || e.Facts["currentPaymentStatus"] != r["PaymentStatusCode"] {
			t.Errorf("version %d of %s tells %s", v.Number, v.ReportID, e.body)
		}
	}
	if steps == 0 {
		t.Error("no report took a step")
	}
}

func TestEventsAreSigned(t *testing.T) {
	c := push(t, concursim.Options{})
	a := subscriber(t)
	c.subscribe("signed", reportTopic, ".*", a.URL)
	c.change(concursim.Order{Count: 1})
	e := a.next(t)
	block, _ := pem.Decode([]byte(c.call("GET", "/_sim/event-key", "").body))
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := base64.StdEncoding.DecodeString(e.header.Get("Concur-Signature"))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(e.body)
	if err := rsa.VerifyPKCS1v15(key.(*rsa.PublicKey), crypto.SHA256, sum[:], signature); err != nil {
		t.Errorf("the signature is wrong: %v", err)
	}
	c.turn(`{"eventSignature":"none"}`)
	c.change(concursim.Order{Count: 1})
	if got := a.next(t).header.Get("Concur-Signature"); got != "" {
		t.Errorf("signature = %q, want none", got)
	}
}

func TestEventsAreSentUntilSomebodyTakesThem(t *testing.T) {
	tests := map[string]struct {
		status int
		again  bool
		state  string
	}{
		"500": {500, true, "delivered"}, "401": {401, true, "delivered"}, "403": {403, true, "delivered"}, "429": {429, true, "delivered"},
		"404": {404, false, "refused"}, "301": {301, false, "refused"}, "204": {204, false, "delivered"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := push(t, concursim.Options{Switches: concursim.Switches{EventRetrySeconds: 0.01}})
			a := subscriber(t, tt.status)
			c.subscribe("retried", reportTopic, ".*", a.URL)
			c.change(concursim.Order{Count: 1})
			first := a.next(t)
			if tt.again {
				if second := a.next(t); !bytes.Equal(first.body, second.body) {
					t.Errorf("sent again as %s, want %s", second.body, first.body)
				}
			}
			attempts := 1
			if tt.again {
				attempts = 2
			}
			d := c.delivery(t, tt.state)
			if len(d.Attempts) != attempts || d.Attempts[0].Status != tt.status {
				t.Errorf("attempts = %+v, want %d, the first with %d", d.Attempts, attempts, tt.status)
			}
		})
	}
}

type delivery struct {
	State    string
	Attempts []struct {
		Status int
		Err    string
	}
}

// delivery waits for the first delivery to come to a state.
func (c *concur) delivery(t *testing.T, state string) delivery {
	t.Helper()
	for t.Context().Err() == nil {
		all := decode[[]delivery](t, c.call("GET", "/_sim/events", "").body)
		if len(all) > 0 && all[0].State == state {
			return all[0]
		}
	}
	return delivery{}
}

func TestEventsStayOnThisMachine(t *testing.T) {
	c := push(t, concursim.Options{Switches: concursim.Switches{EventRetrySeconds: 60}})
	c.subscribe("far", reportTopic, ".*", "http://192.0.2.1/events")
	c.change(concursim.Order{Count: 1})
	for t.Context().Err() == nil {
		all := decode[[]delivery](t, c.call("GET", "/_sim/events", "").body)
		if len(all) == 1 && len(all[0].Attempts) == 1 {
			if err := all[0].Attempts[0].Err; !strings.Contains(err, "--event-network") {
				t.Errorf("attempt = %q, want it to say how to allow the network", err)
			}
			return
		}
	}
}

func TestShuffledAndRepeatedEventsAllArrive(t *testing.T) {
	c := push(t, concursim.Options{Reports: -1, Switches: concursim.Switches{EventShuffle: true, EventRepeatShare: 0.5}})
	a := subscriber(t)
	c.subscribe("shuffled", reportTopic, ".*", a.URL)
	const changes = 100
	c.change(concursim.Order{Count: changes, Kind: concursim.Created})
	seen := map[string]int{}
	for len(seen) < changes || len(a.events) > 0 {
		seen[a.next(t).ID]++
	}
	repeated := 0
	for _, n := range seen {
		repeated += n - 1
	}
	if repeated == 0 {
		t.Error("no event was repeated")
	}
}

func TestOtherTopicsTellOfRequestsAndUsers(t *testing.T) {
	c := push(t, concursim.Options{})
	a := subscriber(t)
	c.subscribe("requests", "public.concur.request", "statusChange.*", a.URL)
	b := subscriber(t)
	c.subscribe("people", "public.concur.user.profile.identity", ".*", b.URL)
	if _, err := c.Change(concursim.Order{Count: 30, Resource: "requests", Kind: concursim.Updated}); err != nil {
		t.Fatal(err)
	}
	if e := a.next(t); !strings.HasPrefix(e.EventType, "statusChange.") || e.Facts["isClosed"] != "false" {
		t.Errorf("request event = %s", e.body)
	}
	made, err := c.Change(concursim.Order{Count: 1, Resource: "Users", Kind: concursim.Created})
	if err != nil {
		t.Fatal(err)
	}
	for e := b.next(t); ; e = b.next(t) {
		if e.Facts["userId"] == made[0].ReportID {
			return // those founded before are told, too
		}
	}
}

func TestSubscriptionsAreTheAppsOwn(t *testing.T) {
	c := push(t, concursim.Options{Companies: 2})
	if got := c.call("GET", "/events/v4/topics", ""); !strings.HasPrefix(got.body, `["public.concur.expense.report"`) {
		t.Errorf("topics = %s", got.body)
	}
	for i := range 5 {
		if got := c.subscribe(fmt.Sprintf("app-%d", i), reportTopic, "", "https://app.test/events"); got.status != http.StatusOK {
			t.Errorf("PUT %d = %d %s", i, got.status, got.body)
		}
	}
	for name, tt := range map[string]struct{ id, topic, filter, endpoint, want string }{
		"a sixth":       {"app-6", reportTopic, "", "https://app.test/", "may have 5"},
		"upper case":    {"App", reportTopic, "", "https://app.test/", "lower-case"},
		"unknown topic": {"app-1", "public.test", "", "https://app.test/", "topic is"},
		"bad filter":    {"app-1", reportTopic, "(", "https://app.test/", "regular expression"},
		"no address":    {"app-1", reportTopic, "", "app.test", "webHookConfig.endpoint"},
	} {
		if got := c.subscribe(tt.id, tt.topic, tt.filter, tt.endpoint); got.status != http.StatusBadRequest || !strings.Contains(got.body, tt.want) {
			t.Errorf("%s = %d %s, want 400 with %q", name, got.status, got.body, tt.want)
		}
	}
}

func TestSubscriptionsEnd(t *testing.T) {
	c := push(t, concursim.Options{Companies: 2})
	for _, id := range []string{"app-0", "app-1", "app-2"} {
		c.subscribe(id, reportTopic, "", "https://app.test/events")
	}
	one := decode[[]map[string]any](t, c.call("GET", subscriptions+"/app-1", "").body)
	if len(one) != 1 || one[0]["applicationId"] != "app" || len(one[0]["companyIds"].([]any)) != 1 {
		t.Errorf("one = %v, want an array of it with the only company of the app", one)
	}
	if got := c.call("DELETE", subscriptions+"/app-1", ""); got.body != `{"message":"Subscription 'app-1' marked for deletion"}` {
		t.Errorf("DELETE = %s", got.body)
	}
	left := decode[[]map[string]any](t, c.call("GET", subscriptions, "").body)
	if diff := cmp.Diff([]string{"app-0", "app-2"}, field(left, "id")); diff != "" {
		t.Errorf("subscriptions:\n%s", diff)
	}
	if got := c.call("GET", subscriptions+"/app-1", ""); got.status != http.StatusNotFound {
		t.Errorf("GET of a deleted one = %d", got.status)
	}
}

func TestSubscriptionsOfOthersAreOutOfReach(t *testing.T) {
	c := push(t, concursim.Options{})
	c.subscribe("app-0", reportTopic, "", "https://app.test/events")
	other, _ := c.grant("client_id", "rival", "grant_type", "client_credentials")
	c.token = other.AccessToken
	if got := c.subscribe("app-0", reportTopic, "", "https://rival.test/"); got.status != http.StatusConflict {
		t.Errorf("another's id = %d, want 409", got.status)
	}
	c.expect("GET", subscriptions, "", http.StatusOK, "[]")
	c.token = c.logIn(c.Companies()[0].Login).AccessToken
	if got := c.call("GET", subscriptions, ""); got.status != http.StatusForbidden {
		t.Errorf("a user's token = %d, want 403", got.status)
	}
	narrow, _ := c.grant("grant_type", "client_credentials", "scope", "openid")
	c.token = narrow.AccessToken
	c.expect("GET", "/events/v4/topics", "", http.StatusOK, "[]")
}

func TestAppsGetTheEventsOfTheirCompanies(t *testing.T) {
	c := push(t, concursim.Options{Companies: 2, Reports: -1})
	a := subscriber(t)
	app := c.token
	c.subscribe("mine", reportTopic, ".*", a.URL)
	second := c.Companies()[1]
	c.logIn(second.Login) // now it has tokens of two companies, and is connected to none
	c.change(concursim.Order{Count: 3, Company: 1})
	c.grant("grant_type", "password", "credtype", "authtoken", "username", second.UUID, "password", second.RequestToken)
	c.change(concursim.Order{Count: 1, Company: 2})
	if e := a.next(t); e.Subtopic != second.UUID {
		t.Errorf("event of %s, want one of %s, whose own token connects the app", e.Subtopic, second.UUID)
	}
	c.token = app
	if got := c.call("GET", subscriptions+"/mine", ""); !strings.Contains(got.body, `"companyIds":["`+second.UUID+`"]`) {
		t.Errorf("subscription = %s", got.body)
	}
}

func TestResourcesAndSubscriptionsSurviveASave(t *testing.T) {
	o := concursim.Options{Rate: 5, OtherRate: 10}
	c := push(t, o)
	live(c.Simulator, c.clock, 30)
	c.subscribe("kept", reportTopic, ".*", "https://app.test/")
	admin := c.logIn(c.Companies()[0].Login).AccessToken
	var paper bytes.Buffer
	truth := func(sim *concursim.Simulator) string {
		var all []concursim.Version
		for _, r := range concursim.Served()[1:] {
			all = append(all, sim.Versions(concursim.VersionFilter{Resource: r.Name})...)
		}
		return compact(t, all)
	}
	want := truth(c.Simulator)
	if err := c.Save(&paper); err != nil {
		t.Fatal(err)
	}
	again := serve(t, o)
	if err := again.Load(&paper); err != nil {
		t.Fatal(err)
	}
	again.token = admin
	entries := listings["entries"].ids(again, "") // teaches it its own address
	if len(entries) == 0 {
		t.Error("no entries after loading")
	}
	got := strings.ReplaceAll(truth(again.Simulator), again.url, c.url)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the truth differs after loading:\n%.2000s", diff)
	}
	again.token = c.token
	if got := again.call("GET", subscriptions+"/kept", ""); got.status != http.StatusOK {
		t.Errorf("the subscription after loading = %d %s", got.status, got.body)
	}
}

func TestASnapshotWithoutOtherResourcesIsLoaded(t *testing.T) {
	c := serve(t, concursim.Options{})
	var paper bytes.Buffer
	if err := c.Save(&paper); err != nil {
		t.Fatal(err)
	}
	members := decode[map[string]json.RawMessage](t, paper.String())
	delete(members, "book")
	delete(members, "apps")
	if err := c.Load(strings.NewReader(compact(t, members))); err != nil {
		t.Fatal(err)
	}
	if n := len(listings["entries"].ids(c, "")); n == 0 {
		t.Error("no entries after loading")
	}
}
