package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/store/storetest"
)

func TestTheSeedIsAcceptedWordForWord(t *testing.T) {
	w := newWorld(t)
	text, err := os.ReadFile(filepath.Join("testdata", "seed.json"))
	if err != nil {
		t.Fatal(err)
	}
	got := decode[view](t, w.ok("POST", "/instances", string(text)))
	const pollers = `{"reports":{"url":"/hubs/expense/reports?where=modifiedDateAfter='${date:yyyy-MM-dd'T'HH:mm:ss.SSS}'","idField":"ID",` +
		`"datesConfiguration":{"updatedDateField":"LastModifiedDate","updatedDateFormat":"yyyy-MM-dd'T'HH:mm:ss.SSS",` +
		`"createdDateField":"CreateDate","createdDateFormat":"yyyy-MM-dd'T'HH:mm:ss.SSS"}}}`
	if got.Configuration[turnstone.KeyPollers] != pollers {
		t.Errorf("pollers = %s, want %s", got.Configuration[turnstone.KeyPollers], pollers)
	}
	if !got.EventsEnabled || got.Configuration[turnstone.KeyEventsEnabled] != "true" {
		t.Errorf("events enabled = %v, %q, want true", got.EventsEnabled, got.Configuration[turnstone.KeyEventsEnabled])
	}
	if states := w.pollerStates(got.ID); !slices.Equal(states, []string{"reports awaiting"}) {
		t.Errorf("pollers = %v, want reports awaiting", states)
	}
}

// pollerStates returns what is polled, and how it stands.
func (w *world) pollerStates(id int64) []string {
	w.t.Helper()
	pollers, err := w.db.Pollers(w.t.Context(), w.user.AccountID, id)
	if err != nil {
		w.t.Fatal(err)
	}
	states := []string{}
	for _, p := range pollers {
		states = append(states, p.Resource+" "+string(p.State))
	}
	return states
}

func TestAnInstanceIsAuthorisedWithACode(t *testing.T) {
	w := newWorld(t)
	made := decode[view](t, w.ok("POST", "/instances", seed(t, map[string]any{"base.url": w.vendor.URL})))
	if made.Valid || len(made.ProvisionInteractions) != 1 {
		t.Fatalf("valid = %v, interactions = %v, want false and one", made.Valid, made.ProvisionInteractions)
	}
	code := w.code(made.ProvisionInteractions[0].OAuthURL)
	got := w.ok("PATCH", "/instances/1", fmt.Sprintf(`{"name":"Authorised","providerData":{"code":%q}}`, code))
	after := decode[view](t, got)
	if !after.Valid || len(after.ProvisionInteractions) != 0 || after.Name != "Authorised" {
		t.Errorf("after the code: %+v, want it valid", after)
	}
	if strings.Contains(got.body, "providerData") || strings.Contains(got.body, code) {
		t.Errorf("answer %s, want no providerData", got.body)
	}
	if states := w.pollerStates(1); !slices.Equal(states, []string{"reports active"}) {
		t.Errorf("pollers = %v, want reports active", states)
	}
	w.ok("GET", "/hubs/expense/reports", "", "Authorization", withToken(after))
}

func TestEveryFormOfAValueIsTheSame(t *testing.T) {
	w := newWorld(t)
	object := map[string]any{"reports": map[string]any{"url": "/reports", "idField": "ID", "pageSize": 20}}
	text, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	quoted, err := json.Marshal(string(text))
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		key   string
		value any
		want  string
	}{
		"pollers as an object":         {turnstone.KeyPollers, object, string(text)},
		"pollers as text":              {turnstone.KeyPollers, string(text), string(text)},
		"pollers as text, with spaces": {turnstone.KeyPollers, " " + strings.ReplaceAll(string(text), ",", " ,\n") + " ", string(text)},
		"pollers as quoted text":       {turnstone.KeyPollers, string(quoted), string(text)},
		"a boolean":                    {turnstone.KeyEventsEnabled, true, "true"},
		"a boolean as text":            {turnstone.KeyEventsEnabled, "True", "true"},
		"a number":                     {turnstone.KeyRefreshInterval, 30, "30"},
		"a number with a fraction":     {turnstone.KeyRefreshInterval, "30.0", "30.0"},
		"an enormous number":           {turnstone.KeyRefreshInterval, "999999999999999999999999", "999999999999999999999999"},
		"an interval nobody waits for": {turnstone.KeyRefreshInterval, 999999999, "999999999"},
		"an exact number":              {"some.number", json.Number("12345678901234567890.120"), "12345678901234567890.120"},
		"null":                         {"some.key", json.RawMessage("null"), ""},
		"an object nobody knows":       {"some.key", map[string]any{"a": 1}, `{"a":1}`},
		"headers as an object":         {turnstone.KeyCallbackHeaders, map[string]any{"X-A": "header-secret"}, turnstone.Masked},
		"headers as text":              {turnstone.KeyCallbackHeaders, "X-A:header-secret,X-B:c", turnstone.Masked},
		"no callback, as elements say": {turnstone.KeyCallbackURL, "false", "false"},
		"pollers left to the element":  {"some.key", "x", "x"},
	} {
		t.Run(name, func(t *testing.T) {
			got := decode[view](t, w.ok("POST", "/instances", seed(t, map[string]any{tt.key: tt.value})))
			if got.Configuration[tt.key] != tt.want {
				t.Errorf("%s = %q, want %q", tt.key, got.Configuration[tt.key], tt.want)
			}
		})
	}
}

func TestNoPollersStandForTheElementsOwn(t *testing.T) {
	w := newWorld(t)
	want := ""
	for i, value := range []any{nil, "", "{}", map[string]any{}, `"{}"`, " "} {
		got := decode[view](t, w.ok("POST", "/instances", seed(t, map[string]any{turnstone.KeyPollers: value})))
		if i == 0 {
			want = got.Configuration[turnstone.KeyPollers]
		}
		if got := got.Configuration[turnstone.KeyPollers]; got != want || !strings.Contains(got, "modifiedDateAfter") {
			t.Errorf("pollers for %v = %s, want the element's", value, got)
		}
	}
}

func TestEventsAreOffUnlessSomethingSaysOtherwise(t *testing.T) {
	w := newWorld(t)
	const base = `{"element":{"id":"3129"},"name":"x","configuration":{"oauth.api.key":"k","oauth.api.secret":"GNnU6D7uvWMjOyOEsU7uL1Xc4iaEdEOa"%s}}`
	for extra, want := range map[string][]string{
		``:                                      {},
		`,"event.notification.enabled":"false"`: {},
		`,"event.notification.enabled":false,"event.poller.configuration":{"reports":{"url":"/reports"}}`: {"reports paused"},
		`,"event.notification.enabled":true`:                       {"reports awaiting"},
		`,"event.notification.callback.url":"https://r.example/"`:  {"reports awaiting"},
		`,"event.vendor.type":"polling","some.other.event.key":""`: {"reports awaiting"},
	} {
		got := decode[view](t, w.ok("POST", "/instances", fmt.Sprintf(base, extra)))
		if states := w.pollerStates(got.ID); !slices.Equal(states, want) {
			t.Errorf("pollers for %q = %v, want %v", extra, states, want)
		}
	}
}

func TestWritesMerge(t *testing.T) {
	w := newWorld(t)
	w.create()
	before := w.stored(1)
	w.ok("PUT", "/instances/1", `{"configuration":{"unknown.key":"kept","event.notification.signature.key":"********"}}`)
	w.ok("PATCH", "/instances/1", `{"id":1,"tags":["a","b"],"configuration":{"oauth.api.secret":"********"}}`)
	want := before
	want.Configuration = before.Configuration.Clone()
	want.Configuration["unknown.key"] = "kept"
	want.Tags = []string{"a", "b"}
	got := w.stored(1)
	want.Revision = got.Revision
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("after the writes (-want +got):\n%s", diff)
	}
}

// stored returns an instance as the store has it, secrets in clear.
func (w *world) stored(id int64) turnstone.Instance {
	w.t.Helper()
	in, err := w.db.Instance(w.t.Context(), w.user.AccountID, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return in
}

func TestAnAnswerCanBeSentBackWhole(t *testing.T) {
	w := newWorld(t)
	w.create()
	before, state := w.stored(1), w.pollerStates(1)
	for _, method := range []string{"PUT", "PATCH"} {
		whole := w.ok("GET", "/instances/1", "").body
		w.ok(method, "/elements/3129/instances/1?reAuthenticate=false", whole)
	}
	got := w.stored(1)
	got.Revision = before.Revision
	if diff := cmp.Diff(before, got); diff != "" {
		t.Errorf("sending the answer back changed the instance (-want +got):\n%s", diff)
	}
	if after := w.pollerStates(1); !slices.Equal(after, state) {
		t.Errorf("pollers = %v, want %v", after, state)
	}
}

func TestSwitchingEventsOffKeepsThePlaceInTheWork(t *testing.T) {
	w := newWorld(t)
	w.create()
	pollers, err := w.db.Pollers(t.Context(), w.user.AccountID, 1)
	if err != nil {
		t.Fatal(err)
	}
	// Clients send the platform's own snippet along, whose poller configuration is empty.
	w.ok("PUT", "/elements/concur/instances/1?reAuthenticate=false", `{"configuration":{"event.notification.enabled":"false","event.poller.configuration":"{}"}}`)
	w.ok("PATCH", "/instances/1", `{"configuration":{"event.poller.configuration":{}}}`)
	if states := w.pollerStates(1); !slices.Equal(states, []string{"reports paused"}) {
		t.Errorf("pollers = %v, want reports paused", states)
	}
	w.ok("PUT", "/elements/concur/instances/1?reAuthenticate=false", `{"configuration":{"event.notification.enabled":"true"}}`)
	again, err := w.db.Pollers(t.Context(), w.user.AccountID, 1)
	if err != nil {
		t.Fatal(err)
	}
	if again[0].ID != pollers[0].ID || again[0].State != turnstone.PollerActive {
		t.Errorf("poller = %+v, want %+v active again", again[0], pollers[0])
	}
}

func TestTheTokenStandsForItsInstance(t *testing.T) {
	w := newWorld(t)
	w.create()
	second := w.create()
	for _, authorization := range []string{withToken(second), "Element: " + second.Token + " User user-secret-1", w.auth + ", Element " + second.Token} {
		w.ok("PATCH", "/instances", `{"name":"by token"}`, "Authorization", authorization)
		w.ok("PUT", "/instances/", `{"configuration":{"a.b":"c"}}`, "Authorization", authorization)
		w.ok("DELETE", "/instances/enabled", "", "Authorization", authorization)
		w.ok("PUT", "/instances/enabled", "", "Authorization", authorization)
		w.ok("GET", "/instances/configuration/a.b", "", "Authorization", authorization)
		w.ok("GET", "/instances/2/pollers", "", "Authorization", authorization)
	}
	if got := w.stored(2).Name; got != "by token" {
		t.Errorf("name = %q, want by token", got)
	}
	w.ok("DELETE", "/instances", "", "Authorization", withToken(second))
	if got := w.call("GET", "/instances/2", ""); got.status != http.StatusNotFound {
		t.Errorf("after the delete = %d, want 404", got.status)
	}
	if got := w.call("GET", "/hubs/expense/reports", "", "Authorization", withToken(second)); got.status != http.StatusUnauthorized {
		t.Errorf("hub call of the deleted = %d, want 401", got.status)
	}
}

func TestAccountsDoNotSeeEachOther(t *testing.T) {
	w := newWorld(t)
	first := w.create()
	storetest.Account(t, w.db, 2)
	other := "User user-secret-2, Organization organization-secret-2"
	for _, step := range [][2]string{
		{"GET", "/instances/1"},
		{"PUT", "/instances/1"},
		{"DELETE", "/instances/1"},
		{"PUT", "/instances/1/enabled"},
		{"GET", "/instances"},
		{"GET", "/instances/1/events"},
		{"GET", "/instances/1/pollers"},
		{"GET", "/instances/1/configuration"},
	} {
		if got := w.call(step[0], step[1], "{}", "Authorization", other); got.status != http.StatusNotFound {
			t.Errorf("%v by another account = %d, want 404", step, got.status)
		}
	}
	if got := w.call("GET", "/hubs/expense/reports", "", "Authorization", "User user-secret-2, Element "+first.Token); got.status != http.StatusUnauthorized {
		t.Errorf("another account's token = %d, want 401", got.status)
	}
}

func TestInstancesAreFoundByTagElementAndText(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"Alpha", "Beta", "Gamma"} {
		w.ok("POST", "/instances", seed(t, map[string]any{"^name": name, "^tags": nil}))
	}
	for query, want := range map[string]int{
		"": 3, "?tags[]=Alpha": 1, "?tags%5B%5D=Beta": 1, "?searchText=gam": 1, "?searchText=CONCUR": 3, "?pageSize=2": 2, "?pageSize=2&page=2": 1,
	} {
		got := decode[[]view](t, w.ok("GET", "/instances"+query, ""))
		if len(got) != want {
			t.Errorf("GET /instances%s = %d instances, want %d", query, len(got), want)
		}
	}
	if got := w.call("GET", "/instances?pageSize=2&page=9", ""); got.status != http.StatusNotFound {
		t.Errorf("a page behind the last = %d, want 404", got.status)
	}
}

func TestManyChangesAtOnceAllCount(t *testing.T) {
	w := newWorld(t)
	w.create()
	const clients = 5
	var wg sync.WaitGroup
	for i := range clients {
		wg.Go(func() {
			got := w.call("PATCH", "/instances/1", fmt.Sprintf(`{"configuration":{"key.%d":"x"}}`, i))
			if got.status != http.StatusOK {
				t.Errorf("PATCH = %d %s, want 200", got.status, got.body)
			}
		})
	}
	wg.Wait()
	for i := range clients {
		if w.stored(1).Configuration[fmt.Sprintf("key.%d", i)] != "x" {
			t.Errorf("the change of client %d is lost", i)
		}
	}
}

func TestUnknownMembersOfAPollerAreWarnedAbout(t *testing.T) {
	w := newWorld(t)
	w.ok("POST", "/instances", seed(t, map[string]any{turnstone.KeyPollers: `{"reports":{"url":"/reports","idField":"ID","colour":"red"}}`}))
	got := decode[[]struct{ Warnings []string }](t, w.ok("GET", "/instances/1/pollers", ""))
	if len(got) != 1 || len(got[0].Warnings) != 1 || !strings.Contains(got[0].Warnings[0], "reports.colour") {
		t.Errorf("warnings = %v, want one about colour", got)
	}
}
