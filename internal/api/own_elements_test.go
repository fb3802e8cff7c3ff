package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"turnstone/internal/store/storetest"
)

// kiosk is an export of the platform: an element with an API key, whose lists have
// pages.
const kiosk = `{"name":"Kiosk","key":"kiosk","hub":"commerce","description":"Sales.","authentication":{"type":"custom"},
	"configuration":[
		{"key":"base.url","name":"Base","type":"TEXTFIELD_1000","defaultValue":"https://api.kiosk.example"},
		{"key":"api.key","name":"API Key","type":"PASSWORD","required":true,"defaultValue":"somebodys-key"},
		{"key":"pagination.type","name":"Paging","type":"TEXTFIELD_32","defaultValue":"page"}],
	"parameters":[{"name":"api.key","type":"configuration","vendorName":"X-Key","vendorType":"header","source":"request"}],
	"resources":[
		{"type":"api","method":"GET","path":"/hubs/commerce/sales","vendorMethod":"GET","vendorPath":"/sales","rootKey":"|items","primaryKey":"no",
		 "parameters":[{"name":"page","type":"query","vendorName":"p","vendorType":"query","source":"request"}]},
		{"type":"onProvision","method":"POST","path":"/hubs/commerce/start","vendorPath":"/start","parameters":[]}]}`

// shownElement is what tests read of an element.
type shownElement struct {
	ID            int64
	Key, Name     string
	Active        bool
	Private       bool
	Extended      bool
	Configuration []struct{ Key, Name, DefaultValue string }
}

func TestAnImportedElementIsAnElement(t *testing.T) { //nolint:cyclop // one story from its begin to its end
	w := newWorld(t)
	created := w.call("POST", "/elements", kiosk)
	if created.status != http.StatusOK {
		t.Fatalf("POST /elements = %d %s", created.status, created.body)
	}
	if got := created.header.Get("Elements-Import-Findings"); got != "2 warnings" {
		t.Errorf("Elements-Import-Findings = %q, want 2 warnings", got)
	}
	el := decode[shownElement](t, created)
	if el.Key != "kiosk" || el.ID <= 100000 || !el.Private || !el.Active || el.Extended {
		t.Errorf("POST /elements = %+v, want a private, active element with an id above 100000", el)
	}
	if got := w.ok("GET", "/elements/kiosk", "").body; got != created.body {
		t.Errorf("GET /elements/kiosk = %s, want what POST answered: %s", got, created.body)
	}
	if got := w.ok("GET", "/elements", "").body; !strings.Contains(got, `"key":"kiosk"`) {
		t.Errorf("GET /elements = %s, want kiosk among them", got)
	}
	if strings.Contains(w.ok("GET", "/elements/kiosk/export", "").body, "somebodys-key") {
		t.Error("GET /elements/kiosk/export shows the secret of whoever exported it")
	}
	report := decode[struct {
		Findings           []struct{ Level, Path, Message string }
		Resources, Pollers []string
	}](t, w.ok("GET", "/elements/kiosk/import-report", ""))
	if len(report.Findings) != 2 || len(report.Resources) != 1 || report.Resources[0] != "sales" {
		t.Errorf("GET /elements/kiosk/import-report = %+v, want two findings and the resource sales", report)
	}
}

func TestAReportWithoutFindingsHasAnEmptyList(t *testing.T) {
	w := newWorld(t)
	w.ok("POST", "/elements", `{"key":"plain","name":"Plain","hub":"general","description":"Plain.","authentication":{"type":"none"},
		"configuration":[{"key":"base.url","name":"Base","type":"TEXTFIELD_1000","defaultValue":"https://api.plain.example"}],
		"resources":[{"type":"api","method":"GET","path":"/hubs/general/things","vendorMethod":"GET","vendorPath":"/things","primaryKey":"id"}]}`)
	if got := w.ok("GET", "/elements/plain/import-report", "").body; !strings.Contains(got, `"findings":[]`) {
		t.Errorf("import-report = %s, want an empty list of findings", got)
	}
}

func TestAnExportImportsToTheSameElement(t *testing.T) {
	w := newWorld(t)
	first := decode[shownElement](t, w.ok("POST", "/elements", kiosk))
	exported := w.ok("GET", "/elements/kiosk/export", "").body
	w.ok("DELETE", "/elements/kiosk", "")
	again := decode[shownElement](t, w.ok("POST", "/elements", exported))
	if again.Key != first.Key || len(again.Configuration) != len(first.Configuration) {
		t.Errorf("importing the export = %+v, want %+v", again, first)
	}
	if got := w.ok("GET", "/elements/kiosk/export", "").body; strings.ReplaceAll(got, "100002", "100001") != exported {
		t.Errorf("exporting it again = %s, want %s", got, exported)
	}
}

func TestABuiltInElementIsExportedInThePlatformsForm(t *testing.T) {
	w := newWorld(t)
	exported := w.ok("GET", "/elements/concur/export", "").body
	renamed := strings.Replace(exported, `"key":"concur"`, `"key":"concur-copy"`, 1)
	el := decode[shownElement](t, w.ok("POST", "/elements", renamed))
	if el.Key != "concur-copy" {
		t.Errorf("importing the export of concur = %+v, want an element concur-copy", el)
	}
	report := w.ok("GET", "/elements/concur-copy/import-report", "").body
	if !strings.Contains(report, `"reports"`) {
		t.Errorf("its report = %s, want reports among the resources", report)
	}
}

func TestAnElementOfAnotherAccountIsNotThere(t *testing.T) {
	w := newWorld(t)
	storetest.Account(t, w.db, 2)
	w.ok("POST", "/elements", kiosk, "Authorization", secondAll)
	for _, route := range []string{
		"GET /elements/kiosk", "GET /elements/100001", "GET /elements/kiosk/export", "DELETE /elements/kiosk",
		"PUT /elements/kiosk/active", "POST /elements/kiosk/clone", "GET /elements/kiosk/import-report",
	} {
		method, path, _ := strings.Cut(route, " ")
		if got := w.call(method, path, ""); got.status != http.StatusNotFound {
			t.Errorf("%s by the other account = %d %s, want 404", route, got.status, got.body)
		}
	}
	if got := w.call("POST", "/instances", `{"element":{"key":"kiosk"},"name":"x","configuration":{"api.key":"k"}}`); got.status != http.StatusBadRequest {
		t.Errorf("POST /instances of it by the other account = %d %s, want 400", got.status, got.body)
	}
	w.ok("POST", "/elements", kiosk) // the key is still free here
}

func TestADeactivatedElementTakesNoNewInstances(t *testing.T) {
	w := newWorld(t)
	w.ok("POST", "/elements", kiosk)
	body := `{"element":{"key":"kiosk"},"name":"first","configuration":{"api.key":"k"}}`
	w.ok("POST", "/instances", body)
	w.ok("DELETE", "/elements/kiosk/active", "")
	if el := decode[shownElement](t, w.ok("GET", "/elements/kiosk", "")); el.Active {
		t.Error("GET /elements/kiosk shows it as active after DELETE .../active")
	}
	if got := w.call("POST", "/instances", body); got.status != http.StatusBadRequest || !strings.Contains(got.body, "PUT /elements/kiosk/active") {
		t.Errorf("POST /instances of a deactivated element = %d %s, want 400 that says how to activate it", got.status, got.body)
	}
	if got := w.call("DELETE", "/elements/kiosk", ""); got.status != http.StatusConflict || !strings.Contains(got.body, "GET /elements/kiosk/instances") {
		t.Errorf("DELETE of an element with instances = %d %s, want 409 that says where they are", got.status, got.body)
	}
	w.ok("PUT", "/elements/kiosk/active", "")
	w.ok("POST", "/instances", body)
}

func TestAnElementKeepsTheResourcesThatInstancesPoll(t *testing.T) {
	w := newWorld(t)
	w.ok("POST", "/elements", kiosk)
	in := w.ok("POST", "/instances", `{"element":{"key":"kiosk"},"name":"first","configuration":{"api.key":"k","event.notification.enabled":"true",
		"event.vendor.type":"polling","event.notification.callback.url":"https://receiver.example/in",
		"event.poller.configuration":"{\"sales\":{\"url\":\"/hubs/commerce/sales\",\"idField\":\"no\"}}"}}`)
	id := decode[struct{ ID int64 }](t, in).ID
	other := strings.ReplaceAll(kiosk, "/hubs/commerce/sales", "/hubs/commerce/refunds")
	for _, route := range []string{"PUT", "PATCH"} {
		got := w.call(route, "/elements/kiosk", other)
		if got.status != http.StatusConflict || !strings.Contains(got.body, "sales (by 1)") || !strings.Contains(got.body, "GET /elements/kiosk/instances") {
			t.Errorf("%s of an element without what is polled = %d %s, want 409 that names it", route, got.status, got.body)
		}
	}
	if got := w.ok("GET", "/elements/kiosk/import-report", "").body; !strings.Contains(got, `"sales"`) {
		t.Errorf("the element after that = %s, want it as it was", got)
	}
	w.ok("PUT", "/elements/kiosk", strings.Replace(kiosk, `"name":"Kiosk"`, `"name":"Kiosk 2"`, 1))
	w.ok("DELETE", fmt.Sprintf("/instances/%d", id), "")
	w.ok("PUT", "/elements/kiosk", other)
}

func TestTheConfigurationOfAnImportedElementCanBeChanged(t *testing.T) {
	w := newWorld(t)
	w.ok("POST", "/elements", kiosk)
	w.ok("POST", "/elements/kiosk/configuration", `{"key":"shop.id","name":"Shop","type":"TEXTFIELD_32","required":true}`)
	w.ok("PUT", "/elements/kiosk/configuration/shop.id", `{"name":"Number of the shop","type":"TEXTFIELD_32","defaultValue":"7"}`)
	names := func() string {
		all := []string{}
		for _, f := range decode[shownElement](t, w.ok("GET", "/elements/kiosk", "")).Configuration {
			all = append(all, f.Key+"="+f.Name+"="+f.DefaultValue)
		}
		return strings.Join(all, " ")
	}
	if got := names(); !strings.Contains(got, "shop.id=Number of the shop=7") {
		t.Errorf("configuration after POST and PUT = %s, want shop.id with its new name and default", got)
	}
	w.ok("DELETE", "/elements/kiosk/configuration/shop.id", "")
	if got := names(); strings.Contains(got, "shop.id") {
		t.Errorf("configuration after DELETE = %s, want no shop.id", got)
	}
	w.ok("PATCH", "/elements/kiosk", `{"name":"Kiosk of mine","description":null}`)
	if el := decode[shownElement](t, w.ok("GET", "/elements/kiosk", "")); el.Name != "Kiosk of mine" {
		t.Errorf("name after PATCH = %q, want Kiosk of mine", el.Name)
	}
}

func TestAClonePollsAsItsElementDoes(t *testing.T) {
	w := newWorld(t)
	clone := decode[shownElement](t, w.ok("POST", "/elements/concur/clone", `{"key":"concur2"}`))
	if clone.Key != "concur2" || !clone.Extended || !clone.Private {
		t.Errorf("POST /elements/concur/clone = %+v, want concur2, private and extended", clone)
	}
	w.ok("POST", "/elements/concur2/clone", "")
	if got := w.ok("GET", "/elements/concur2-clone", "").body; !strings.Contains(got, "oauth.api.key") {
		t.Errorf("GET of a clone of a clone = %s, want the configuration of concur", got)
	}
}

func TestBadElementsAreRefused(t *testing.T) {
	w := newWorld(t)
	w.ok("POST", "/elements", kiosk)
	w.ok("POST", "/elements/concur/clone", `{"key":"concur2"}`)
	tests := map[string]struct {
		route, body string
		status      int
		says        string
	}{
		"nothing":                     {"POST /elements", "", 400, "send an export"},
		"no JSON":                     {"POST /elements", "{", 400, "element:1"},
		"something else":              {"POST /elements", `{"hello":"world"}`, 400, "has no list of resources"},
		"a text":                      {"POST /elements", `"hello"`, 400, "no JSON"},
		"several":                     {"POST /elements", "[" + kiosk + "," + kiosk + "]", 400, "one by one"},
		"nothing to serve":            {"POST /elements", `{"key":"x","resources":[]}`, 400, "resources"},
		"a bad file of ours":          {"POST /elements", "version: 1\nkey: mine\nauthenticator: {type: NoAuth}\n", 400, "requester"},
		"the key of a built-in one":   {"POST /elements", strings.Replace(kiosk, `"key":"kiosk"`, `"key":"concur"`, 1), 409, "choose another key"},
		"the same key again":          {"POST /elements", kiosk, 409, "PUT /elements/kiosk"},
		"a change of a built-in one":  {"PUT /elements/concur", kiosk, 403, "POST /elements/concur/clone"},
		"a patch of a clone":          {"PATCH /elements/concur2", `{"name":"x"}`, 400, "PUT /elements/concur2"},
		"a patch that is no object":   {"PATCH /elements/kiosk", `[]`, 400, "object"},
		"a patch without resources":   {"PATCH /elements/kiosk", `{"resources":null}`, 400, "list of resources"},
		"deleting a built-in one":     {"DELETE /elements/concur", "", 403, "built in"},
		"deactivating a built-in one": {"DELETE /elements/concur/active", "", 403, "built in"},
		"deleting what is not there":  {"DELETE /elements/nobody", "", 404, "nobody"},
		"a clone with a bad key":      {"POST /elements/concur/clone", `{"key":"My Clone"}`, 400, "lower-case"},
		"a clone of nothing":          {"POST /elements/nobody/clone", "", 404, "nobody"},
		"a clone that there is":       {"POST /elements/concur/clone", `{"key":"kiosk"}`, 409, "kiosk"},
		"an entry without a key":      {"POST /elements/kiosk/configuration", `{"name":"x"}`, 400, "key: is missing"},
		"an entry that there is":      {"POST /elements/kiosk/configuration", `{"key":"api.key"}`, 409, "PUT"},
		"an entry that is not there":  {"PUT /elements/kiosk/configuration/nobody", `{"name":"x"}`, 404, "nobody"},
		"an entry of a built-in one":  {"POST /elements/concur/configuration", `{"key":"x"}`, 403, "built in"},
		"removing what is not there":  {"DELETE /elements/kiosk/configuration/nobody", "", 404, "nobody"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			method, path, _ := strings.Cut(tt.route, " ")
			got := w.call(method, path, tt.body)
			if got.status != tt.status || !strings.Contains(got.body, tt.says) || !strings.Contains(got.body, `"requestId"`) {
				t.Errorf("%s = %d %s, want %d ...%s...", tt.route, got.status, got.body, tt.status, tt.says)
			}
		})
	}
}
