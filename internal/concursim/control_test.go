package concursim_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone/internal/concursim"
)

func TestTruthOverHTTPIsTheTruth(t *testing.T) {
	c := serve(t, concursim.Options{Companies: 2})
	c.clock.Advance(time.Minute)
	since := c.clock.Now()
	c.change(concursim.Order{Count: 10})
	tests := map[string]struct {
		query  string
		filter concursim.VersionFilter
	}{
		"all":            {"", concursim.VersionFilter{}},
		"of a company":   {"company=2", concursim.VersionFilter{Company: 2}},
		"since a time":   {"since=" + since.Format(time.RFC3339Nano), concursim.VersionFilter{Since: since}},
		"after a number": {"after=55", concursim.VersionFilter{After: 55}},
		"none yet":       {"after=1000", concursim.VersionFilter{After: 1000}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := decode[[]concursim.Version](t, c.call("GET", "/_sim/versions?"+tt.query, "").body)
			want := c.Versions(tt.filter)
			if len(got) != len(want) || len(want) > 0 && compact(t, got) != compact(t, want) {
				t.Errorf("versions over HTTP differ:\n%s", cmp.Diff(compact(t, want), compact(t, got)))
			}
		})
	}
	for _, query := range []string{"company=x", "after=-1", "since=now"} {
		if got := c.call("GET", "/_sim/versions?"+query, ""); got.status != 400 || !strings.Contains(got.body, "use") {
			t.Errorf("?%s = %d %s, want 400 and a remedy", query, got.status, got.body)
		}
	}
}

func TestChangesAreMadeToOrder(t *testing.T) {
	c := serve(t, concursim.Options{Companies: 2})
	made := decode[[]concursim.Version](t, c.call("POST", "/_sim/changes", `{"count":5,"company":2,"kind":"created"}`).body)
	if len(made) != 5 {
		t.Fatalf("%d changes, want 5", len(made))
	}
	for _, v := range made {
		if v.Company != 2 || v.Kind != concursim.Created || v.Number != 1 {
			t.Errorf("made %+v, want a creation in company 2", v)
		}
	}
	for body, says := range map[string]string{
		`{"count":0}`:                    "use 1 to",
		`{"count":1,"company":3}`:        "use 1 to 2",
		`{"count":1,"kind":"destroyed"}`: "created, updated or deleted",
		`{"number":1}`:                   "number",
		`nonsense`:                       "JSON",
	} {
		if got := c.call("POST", "/_sim/changes", body); got.status != 400 || !strings.Contains(got.body, says) {
			t.Errorf("POST %s = %d %s, want 400 and %q", body, got.status, got.body, says)
		}
	}
}

func TestRequestLogTellsEverythingButSecrets(t *testing.T) {
	c := serve(t, concursim.Options{Companies: 2})
	if login := serve(t, concursim.Options{}).Requests(); len(login) != 1 || login[0].Company != 1 || login[0].Grant != "password" {
		t.Errorf("requests before the first = %+v, want the login at company 1", login)
	}
	const id = "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0"
	got := c.call("GET", reports+"?user=ALL&limit=3&client_secret=hush&access_token=hush&code=hush&%74oken=hush", "", "concur-correlationid", id)
	if got.header.Get("concur-correlationid") != id {
		t.Errorf("correlation id = %s, want ours", got.header.Get("concur-correlationid"))
	}
	if made := c.call("GET", reports, "").header.Get("concur-correlationid"); len(made) != len(id) {
		t.Errorf("correlation id = %q, want a UUID", made)
	}
	log := decode[[]concursim.Request](t, c.call("GET", "/_sim/requests", "").body)
	want := concursim.Request{
		Time: c.clock.Now(), Method: "GET", Path: reports, Status: 200, CorrelationID: id, Company: 1,
		Query: "user=ALL&limit=3&client_secret=***&access_token=***&code=***&%74oken=***",
	}
	if diff := cmp.Diff(want, log[1]); diff != "" || len(log) != 3 {
		t.Errorf("log of %d requests (-want +got):\n%s", len(log), diff)
	}
	if text := fmt.Sprint(log); strings.Contains(text, "hush") || strings.Contains(text, c.token) {
		t.Errorf("the log gives secrets away: %s", text)
	}
}

func TestIndexExplainsEndpointsCompaniesAndSwitches(t *testing.T) {
	c := serve(t, concursim.Options{Companies: 2})
	index := decode[struct {
		Endpoints []struct{ Endpoint, Help string }
		Companies []concursim.Company
		Switches  []concursim.SwitchHelp
	}](t, c.call("GET", "/_sim/", "").body)
	if diff := cmp.Diff(c.Companies(), index.Companies); diff != "" {
		t.Errorf("companies (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(c.Switches().Help(), index.Switches); diff != "" {
		t.Errorf("switches (-want +got):\n%s", diff)
	}
	for _, e := range index.Endpoints {
		method, path, _ := strings.Cut(strings.Split(e.Endpoint, "?")[0], " ")
		if got := c.call(method, path, `{"count":1}`); got.status == http.StatusNotFound || got.status == http.StatusMethodNotAllowed {
			t.Errorf("%s does not exist: %d", e.Endpoint, got.status)
		}
	}
}

func TestUnknownAddressesAreNotFound(t *testing.T) {
	c := serve(t, concursim.Options{})
	if got := c.call("GET", "/api/v3.0/expense/formfields", ""); got.status != http.StatusNotFound {
		t.Errorf("formfields = %d, want 404", got.status)
	}
}

func TestImpossibleOptionsAreRefused(t *testing.T) {
	for name, o := range map[string]concursim.Options{"negative companies": {Companies: -1}, "negative rate": {Rate: -1}} {
		if _, err := concursim.New(o); err == nil {
			t.Errorf("%s: New = nil, want an error", name)
		}
	}
}
