package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"turnstone/internal/store/storetest"
)

func TestTheCatalogueIsPublic(t *testing.T) {
	w := newWorld(t)
	w.auth = ""
	for name, path := range map[string]string{
		"element_keys":             "/elements/keys",
		"element_metadata":         "/elements/concur/metadata",
		"element_fields_one":       "/elements/3129/configuration/event.poller.refresh_interval",
		"element_field_unknown":    "/elements/concur/configuration/no.such.key",
		"element_metadata_unknown": "/elements/nobody/metadata",
		"element_transformations":  "/elements/concur/transformations",
		"oauth_default_none":       "/elements/concur/oauth/url/default",
		"oauth_token_none":         "/elements/concur/oauth/token",
		"hubs":                     "/hubs",
		"hub_keys":                 "/hubs/keys",
		"hub_one":                  "/hubs/expense",
		"hub_unknown":              "/hubs/nothing",
		"platform_docs":            "/docs/instances",
	} {
		t.Run(name, func(t *testing.T) { w.golden(t, name, w.call("GET", path, "")) })
	}
}

func TestElementsAreFoundByTextAndHub(t *testing.T) {
	w := newWorld(t)
	type found struct {
		Key           string
		Configuration []struct{ Key string }
	}
	for _, query := range []string{"searchText=CONC", "searchText=sap%20con&hub=expense", "hub=expense&pageSize=1"} {
		list := decode[[]found](t, w.ok("GET", "/elements?"+query, ""))
		if len(list) != 1 || list[0].Key != "concur" || len(list[0].Configuration) == 0 {
			t.Errorf("elements with %s = %v, want concur with its configuration", query, list)
		}
	}
	if list := decode[[]found](t, w.ok("GET", "/elements?searchText=concur&hydrate=false", "")); len(list[0].Configuration) != 0 {
		t.Errorf("not hydrated = %v, want no configuration", list)
	}
	if list := decode[[]found](t, w.ok("GET", "/hubs/expense/elements", "")); list[0].Key != "concur" {
		t.Errorf("elements of the hub = %v, want concur", list)
	}
	if got := w.call("GET", "/elements?searchText=nobody", ""); got.status != http.StatusNotFound || !strings.Contains(got.body, "No elements found") {
		t.Errorf("no elements = %d %s, want 404 No elements found", got.status, got.body)
	}
	if got := w.call("GET", "/elements?pageSize=0", ""); got.status != http.StatusBadRequest {
		t.Errorf("pageSize=0 = %d, want 400", got.status)
	}
}

func TestAllElementsAreReachedPageByPage(t *testing.T) {
	w := newWorld(t)
	all := decode[[]string](t, w.ok("GET", "/elements/keys", ""))
	var keys []string
	for next := ""; ; {
		got := w.ok("GET", "/elements?pageSize=1&nextPage="+next, "")
		for _, el := range decode[[]struct{ Key string }](t, got) {
			keys = append(keys, el.Key)
		}
		if next = got.header.Get("Elements-Next-Page-Token"); next == "" {
			break
		}
	}
	slices.Sort(keys)
	if !slices.Equal(keys, all) {
		t.Errorf("keys page by page = %v, want %v", keys, all)
	}
	if got := w.call("GET", "/elements?page=1000", ""); got.body != "[]" {
		t.Errorf("a page behind the last = %s, want none", got.body)
	}
}

func TestMetadataTellsOfEachResourceWhenExpanded(t *testing.T) {
	w := newWorld(t)
	type metadata struct {
		Key    string
		Events struct {
			Supported bool
			Methods   []string
		}
		Resources []struct {
			Name   string
			Events struct {
				Supported           bool
				Methods, EventTypes []string
			}
		}
	}
	for _, m := range decode[[]metadata](t, w.ok("GET", "/elements/metadata?expand=true", "")) {
		if m.Key != "concur" {
			continue
		}
		i := slices.IndexFunc(m.Resources, func(r struct {
			Name   string
			Events struct {
				Supported           bool
				Methods, EventTypes []string
			}
		},
		) bool {
			return r.Name == "reports"
		})
		if !m.Events.Supported || !slices.Contains(m.Events.Methods, "polling") || i < 0 {
			t.Fatalf("metadata = %+v, want reports, and polling", m)
		}
		events := m.Resources[i].Events
		if !events.Supported || !slices.Contains(events.Methods, "polling") || !slices.Contains(events.EventTypes, "created") {
			t.Errorf("events of reports = %+v, want polling for created", events)
		}
	}
	if one := decode[metadata](t, w.ok("GET", "/elements/concur/metadata", "")); one.Resources != nil {
		t.Errorf("not expanded = %+v, want no resources", one)
	}
}

func TestDocumentsAreOfTheHubThatIsCalled(t *testing.T) { //nolint:cyclop // one story from its begin to its end
	w := newWorld(t)
	v := w.create()
	token := []string{"Authorization", withToken(v)}
	type document struct {
		Swagger, Host, BasePath string
		Schemes                 []string
		Paths                   map[string]map[string]struct{ OperationID string }
		Definitions             map[string]json.RawMessage
	}
	for _, path := range []string{"/elements/concur/docs?version=-1", "/instances/1/docs", "/elements/concur/instances/1/docs"} {
		d := decode[document](t, w.ok("GET", path, ""))
		if d.Swagger != "2.0" || d.Host != "example.com" || d.BasePath != "/elements/api-v2" ||
			d.Paths["/hubs/expense/reports"]["get"].OperationID != "GET-reports" || d.Definitions["reports"] == nil {
			t.Errorf("%s = %+v, want the hub's reports", path, d)
		}
	}
	other := decode[document](t, w.ok("GET", "/instances/docs?baseUrl=https://api.other.example:8443/v9/", "", token...))
	if other.Host != "api.other.example:8443" || other.BasePath != "/v9" || !slices.Equal(other.Schemes, []string{"https"}) {
		t.Errorf("at another address = %+v, want that address", other)
	}
	one := w.ok("GET", "/instances/1/docs/GET-reports", "")
	if d := decode[document](t, one); len(d.Paths) != 1 || len(d.Definitions) != 2 {
		t.Errorf("one operation = %s, want its path and what it refers to", one.body)
	}
	if inline := w.ok("GET", "/instances/1/docs/GET-reports?resolveReferences=true", ""); strings.Contains(inline.body, "$ref") {
		t.Errorf("without references = %s, want no $ref", inline.body)
	}
	if defs := decode[map[string]json.RawMessage](t, w.ok("GET", "/instances/docs/GET-reports/definitions", "", token...)); defs["reports"] == nil {
		t.Errorf("definitions = %v, want that of reports", defs)
	}
	if d := decode[document](t, w.ok("GET", "/hubs/any/objects/reports/docs", "", token...)); len(d.Paths) != 2 {
		t.Errorf("document of an object = %+v, want its two paths", d)
	}
}

func TestObjectsAreListedAlsoOfADisabledInstance(t *testing.T) {
	w := newWorld(t)
	v := w.create()
	token := []string{"Authorization", withToken(v)}
	w.define(v, token)
	w.ok("DELETE", "/instances/enabled", "", token...)
	if names := decode[[]string](t, w.ok("GET", "/objects", "", token...)); !slices.Contains(names, "reports") || !slices.Contains(names, "spendings") {
		t.Errorf("objects = %v, want reports and spendings", names)
	}
	detailed := w.ok("GET", "/hubs/whatever/objects", "", append(token, "Elements-Version", "Helium")...)
	for _, want := range []string{
		`{"name":"reports","vendorName":"reports","type":"ceCanonical"}`, `{"name":"spendings","vendorName":"reports","type":"vdr"}`,
	} {
		if !strings.Contains(detailed.body, want) {
			t.Errorf("detailed objects = %s, want %s in it", detailed.body, want)
		}
	}
	if detailed.header.Get("Elements-Element-Instance-Id") != "1" {
		t.Error("objects name no instance in Elements-Element-Instance-Id")
	}
	if got := w.call("GET", "/hubs/expense/ping", "", token...); got.status != http.StatusForbidden {
		t.Errorf("ping of a disabled instance = %d, want 403", got.status)
	}
	w.golden(t, "object_metadata", w.call("GET", "/objects/spendings/metadata", "", token...))
	w.golden(t, "object_none", w.call("GET", "/objects/nothing/metadata", "", token...))
}

func TestAPingAsksTheVendor(t *testing.T) {
	w := newWorld(t)
	token := []string{"Authorization", withToken(w.create())}
	w.golden(t, "ping", w.call("GET", "/hubs/expense/ping", "", token...))
	w.ok("GET", "/ping", "", token...)
	w.vendor.Close()
	if got := w.call("GET", "/hubs/expense/ping", "", token...); got.status != http.StatusBadGateway {
		t.Errorf("ping of a vendor that is gone = %d %s, want 502", got.status, got.body)
	}
	w.golden(t, "ping_without_token", w.call("GET", "/hubs/expense/ping", ""))
}

func TestHubPathsNeedNoHub(t *testing.T) {
	w := newWorld(t)
	token := []string{"Authorization", withToken(w.create())}
	want := w.ok("GET", "/hubs/expense/reports?pageSize=2", "", token...)
	for _, path := range []string{"/reports?pageSize=2", "/hubs/crm/reports?pageSize=2"} {
		if got := w.ok("GET", path, "", token...); got.body != want.body || got.header.Get("Elements-Element-Instance-Id") != "1" {
			t.Errorf("%s = %s, want what the hub's own path says", path, got.body)
		}
	}
	first := decode[[]struct{ ID, OwnerLoginID string }](t, want)[0]
	id, user := first.ID, "?user="+first.OwnerLoginID
	w.ok("GET", "/reports/"+id+user, "", token...)
	w.ok("PATCH", "/reports/"+id+user, `{"Name":"plain"}`, token...)
	for name, tt := range map[string]struct {
		method, path, auth string
		status             int
	}{
		"no such resource":   {"GET", "/nothing", token[1], http.StatusNotFound},
		"no token":           {"GET", "/reports", w.auth, http.StatusNotFound},
		"no Authorization":   {"GET", "/reports", "", http.StatusNotFound},
		"a wrong token":      {"GET", "/reports", "User user-secret-1, Element nobody", http.StatusUnauthorized},
		"a platform path":    {"GET", "/instances/1/nothing", token[1], http.StatusNotFound},
		"an impossible verb": {"DELETE", "/reports/" + id, token[1], http.StatusMethodNotAllowed},
		"no such verb":       {"TRACE", "/reports", token[1], http.StatusNotFound},
	} {
		if got := w.call(tt.method, tt.path, "", "Authorization", tt.auth); got.status != tt.status {
			t.Errorf("%s: %s %s = %d %s, want %d", name, tt.method, tt.path, got.status, got.body, tt.status)
		}
	}
}

func TestTheCatalogueRefusesWhatItHasNot(t *testing.T) {
	w := newWorld(t)
	v := w.create()
	storetest.Account(t, w.db, 2)
	other := []string{"Authorization", "User user-secret-2, Organization organization-secret-2"}
	tests := map[string]struct {
		method, path string
		headers      []string
		status       int
		want         string
	}{
		"no element":            {"GET", "/elements/nobody/docs", nil, 404, "GET /elements/api-v2/elements lists"},
		"no baseUrl":            {"GET", "/elements/concur/docs?baseUrl=ftp://x", nil, 400, "write an address such as"},
		"no operation":          {"GET", "/instances/1/docs/GET-nothing", nil, 404, "GET-reports"},
		"another's instance":    {"GET", "/instances/1/docs", other, 404, "there is no instance 1"},
		"no instance":           {"GET", "/instances/99/docs", nil, 404, "there is no instance 99"},
		"objects without token": {"GET", "/objects", nil, 401, "add Element"},
		"no object":             {"GET", "/objects/nothing/docs", []string{"Authorization", withToken(v)}, 404, "GET /elements/api-v2/objects"},
		"no proxies":            {"GET", "/elements/oauthProxies", nil, 404, "No oauthProxies found"},
		"a proxy":               {"POST", "/elements/oauthProxies", nil, 404, "oauth.callback.url"},
		"the URL of a proxy":    {"DELETE", "/elements/oauthProxies/1/applicationUrl", nil, 404, "oauth.callback.url"},
		"a wrong body":          {"POST", "/elements/concur/oauth/url", nil, 400, "body is empty"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := w.call(tt.method, tt.path, "", tt.headers...)
			if got.status != tt.status || !strings.Contains(got.body, tt.want) || !strings.Contains(got.body, "requestId") {
				t.Errorf("%s %s = %d %s, want %d with %q", tt.method, tt.path, got.status, got.body, tt.status, tt.want)
			}
		})
	}
	w.ok("DELETE", "/instances/1", "")
	if got := w.call("GET", "/objects", "", "Authorization", withToken(v)); got.status != http.StatusUnauthorized {
		t.Errorf("objects of a deleted instance = %d, want 401", got.status)
	}
}
