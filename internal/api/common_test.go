package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/store/storetest"
)

// spendings is the transformation of the tests.
const spendings = `{"vendorName":"reports","fields":[
	{"path":"id","vendorPath":"ID","type":"string"},
	{"path":"owner.name","vendorPath":"OwnerName"},
	{"path":"amount","vendorPath":"Total","type":"number"},
	{"path":"title","vendorPath":"Name"}]}`

// define makes the common resource spendings of an instance.
func (w *world) define(v view, headers []string) {
	w.t.Helper()
	path := fmt.Sprintf("/instances/%d", v.ID)
	w.ok("POST", path+"/objects/spendings/definitions", `{"fields":[{"path":"id","type":"string"},{"path":"amount","type":"number"}]}`, headers...)
	w.ok("POST", path+"/transformations/spendings", spendings, headers...)
}

func TestACommonResourceIsMadeAndTakenBack(t *testing.T) {
	w := newWorld(t)
	w.create()
	golden := func(name, method, path, body string) { w.golden(t, name, w.call(method, path, body)) }
	golden("definitions_none", "GET", "/instances/1/objects/definitions", "")
	golden("definition_created", "POST", "/instances/1/objects/spendings/definitions", `{"fields":[{"path":"id","type":"string"},{"path":"lines[*].amount"}]}`)
	golden("definition_twice", "POST", "/instances/1/objects/spendings/definitions", `{"fields":[]}`)
	golden("definition_replaced", "PUT", "/instances/1/objects/spendings/definitions", `{"fields":[{"path":"id","type":"number"}]}`)
	golden("definition", "GET", "/instances/1/objects/spendings/definitions", "")
	golden("definitions", "GET", "/instances/1/objects/definitions", "")
	golden("transformations_none", "GET", "/instances/1/transformations", "")
	golden("transformation_created", "POST", "/instances/1/transformations/spendings", spendings)
	golden("transformation_twice", "POST", "/instances/1/transformations/spendings", spendings)
	golden("transformation_replaced", "PUT", "/instances/1/transformations/spendings",
		`{"vendorName":"reports","fields":[{"path":"id","vendorPath":"ID"},{"path":"owner","vendorPath":"OwnerName","configuration":[{"type":"remove","properties":{"fromVendor":true}},{"type":"inherit"}]},`+
			`{"path":"amount","vendorPath":"Total","configuration":[{"type":"passThrough","properties":{"toVendor":false}}]}],"configuration":[{"type":"passThrough","properties":{"fromVendor":false,"toVendor":true}}]}`)
	golden("transformation", "GET", "/instances/1/transformations/spendings", "")
	golden("transformations", "GET", "/instances/1/transformations", "")
	if got := w.ok("GET", "/instances/1", ""); !strings.Contains(got.body, `"transformationData":[{"objectName":"spendings","vendorName":"reports"}]`) {
		t.Errorf("instance = %s, want its transformation", got.body)
	}
	golden("transformation_deleted", "DELETE", "/instances/1/transformations/spendings", "")
	golden("transformation_gone", "DELETE", "/instances/1/transformations/spendings", "")
	golden("definitions_deleted", "DELETE", "/instances/1/objects/definitions", "")
	golden("definition_gone", "PUT", "/instances/1/objects/spendings/definitions", `{"fields":[]}`)
}

func TestRecordsAreReadAndWrittenUnderTheNamesOfTheAccount(t *testing.T) {
	w := newWorld(t)
	v := w.create()
	token := []string{"Authorization", withToken(v)}
	w.define(v, token)
	type vendor struct {
		ID, OwnerName, OwnerLoginID, Name, CurrencyCode string
		Total                                           json.Number
	}
	type common struct {
		ID           string
		Owner        struct{ Name string }
		Amount       json.Number
		Title        string
		CurrencyCode string
	}
	reports := decode[[]vendor](t, w.ok("GET", "/hubs/expense/reports", "", token...))
	list := decode[[]common](t, w.ok("GET", "/hubs/expense/spendings", "", token...))
	if len(list) != len(reports) || len(list) == 0 {
		t.Fatalf("spendings = %d, want as many as reports, %d", len(list), len(reports))
	}
	for i, r := range reports {
		want := common{ID: r.ID, Amount: r.Total, Title: r.Name, CurrencyCode: r.CurrencyCode}
		want.Owner.Name = r.OwnerName
		if diff := cmp.Diff(want, list[i]); diff != "" {
			t.Errorf("spending %d (-want +got):\n%s", i, diff)
		}
	}
	if got := w.ok("GET", "/spendings?pageSize=1&fields=title,owner", "", token...); strings.Contains(got.body, "amount") || strings.Contains(got.body, "CurrencyCode") {
		t.Errorf("fields = %s, want title and owner alone", got.body)
	}
	first := "/hubs/expense/spendings/" + list[0].ID + "?user=" + reports[0].OwnerLoginID
	w.ok("PATCH", first, `{"title":"a common name"}`, token...)
	if one := decode[common](t, w.ok("GET", first, "", token...)); one.Title != "a common name" || one.ID != list[0].ID {
		t.Errorf("spending = %+v, want the new title", one)
	}
	created := decode[common](t, w.ok("POST", "/hubs/expense/spendings", `{"title":"made here"}`, token...))
	if one := decode[vendor](t, w.ok("GET", "/hubs/expense/reports/"+created.ID, "", token...)); one.Name != "made here" {
		t.Errorf("report = %+v, want what was created", one)
	}
}

func TestACommonResourceCanBePolled(t *testing.T) {
	w := newWorld(t)
	v := w.create()
	w.define(v, nil)
	configuration := `{"configuration":{"event.poller.configuration":{"spendings":{"url":"/hubs/expense/spendings","idField":"id"}}}}`
	w.ok("PATCH", "/instances/1", configuration)
	got := w.ok("POST", "/instances/1/pollers/spendings/preview", `{"since":"2015-01-01T00:00:00Z"}`)
	if !strings.Contains(got.body, `"owner":{"name":`) {
		t.Errorf("preview = %s, want records under the account's names", got.body)
	}
	if got := w.call("PATCH", "/instances/1", strings.ReplaceAll(configuration, "spendings", "nothing")); got.status != http.StatusBadRequest {
		t.Errorf("polling what nobody named = %d, want 400", got.status)
	}
	if got := w.call("PATCH", "/instances/1", `{"configuration":{"event.transformations.enabled":"perhaps"}}`); got.status != http.StatusBadRequest {
		t.Errorf("event.transformations.enabled perhaps = %d, want 400", got.status)
	}
	w.ok("PATCH", "/instances/1", `{"configuration":{"event.transformations.enabled":true}}`)
}

func TestWhatAnAccountNamesCountsForItsInstances(t *testing.T) {
	w := newWorld(t)
	token := []string{"Authorization", withToken(w.create())}
	for _, path := range []string{"/organizations", "/accounts", "/accounts/1"} {
		w.ok("POST", path+"/objects/spendings/definitions", `{"fields":[{"path":"id"}],"level":"organization"}`)
		w.ok("POST", path+"/elements/concur/transformations/spendings", spendings)
		if got := w.ok("GET", "/spendings?pageSize=1", "", token...); !strings.Contains(got.body, `"amount"`) {
			t.Errorf("spendings = %s, want them under the account's names", got.body)
		}
		if got := w.ok("GET", "/instances/transformations", "", token...); !strings.Contains(got.body, `"level":"organization"`) {
			t.Errorf("transformations = %s, want the account's", got.body)
		}
		w.ok("GET", path+"/objects/definitions", "")
		w.ok("GET", path+"/objects/spendings/definitions", "")
		w.ok("GET", path+"/elements/3129/transformations/spendings", "")
		named := w.ok("GET", path+"/objects/spendings/transformations", "")
		if !strings.Contains(named.body, `"element":{"id":3129,"key":"concur","name":"SAP Concur"}`) {
			t.Errorf("transformations of a name = %s, want their element", named.body)
		}
		all := w.ok("GET", path+"/elements/concur/transformations", "")
		again := decode[map[string]json.RawMessage](t, all)["spendings"]
		w.ok("PUT", path+"/elements/concur/transformations/spendings", string(again)) // as tools do that copy accounts
		if same := w.ok("GET", path+"/elements/concur/transformations", ""); same.body != all.body {
			t.Errorf("after sending back what was read: %s, want %s", same.body, all.body)
		}
		w.ok("DELETE", path+"/elements/concur/transformations/spendings", "")
		w.ok("DELETE", path+"/objects/spendings/definitions", "")
	}
}

func TestAnInstanceSaysItsOwnBeforeItsAccount(t *testing.T) {
	w := newWorld(t)
	token := []string{"Authorization", withToken(w.create())}
	w.ok("POST", "/organizations/elements/concur/transformations/spendings", `{"vendorName":"reports","fields":[{"path":"theirs","vendorPath":"ID"}]}`)
	w.ok("POST", "/instances/transformations/spendings", `{"vendorName":"reports","fields":[{"path":"mine","vendorPath":"ID"}]}`, token...)
	if got := w.ok("GET", "/spendings?pageSize=1&fields=mine,theirs", "", token...); !strings.HasPrefix(got.body, `[{"mine":`) {
		t.Errorf("spendings = %s, want the instance's names", got.body)
	}
	w.ok("DELETE", "/instances/transformations", "", token...)
	if got := w.ok("GET", "/spendings?pageSize=1&fields=mine,theirs", "", token...); !strings.HasPrefix(got.body, `[{"theirs":`) {
		t.Errorf("spendings = %s, want the account's names", got.body)
	}
}

func TestBadCommonResourcesAreExplained(t *testing.T) {
	w := newWorld(t)
	v := w.create()
	storetest.Account(t, w.db, 2)
	const definition, transformation = "/instances/1/objects/spendings/definitions", "/instances/1/transformations/spendings"
	other := []string{"Authorization", "User user-secret-2, Organization organization-secret-2"}
	token := []string{"Authorization", withToken(v)}
	tests := map[string]struct {
		path, body string
		headers    []string
		status     int
		want       string
	}{
		"no body":                {definition, "", nil, 400, "the body is empty"},
		"no fields":              {definition, `{}`, nil, 400, "fields: is missing"},
		"fields that are none":   {definition, `{"fields":{}}`, nil, 400, "fields: is a object"},
		"a path that is none":    {definition, `{"fields":[{"path":7}]}`, nil, 400, "path: is a number"},
		"an empty path":          {definition, `{"fields":[{"type":"x"}]}`, nil, 400, "fields.0.path: is missing"},
		"a broken path":          {definition, `{"fields":[{"path":"a["}]}`, nil, 400, "fields.0.path"},
		"a path twice":           {definition, `{"fields":[{"path":"a"},{"path":"a"}]}`, nil, 400, "fields.1.path: \\\"a\\\" stands twice"},
		"too many fields":        {definition, `{"fields":[` + strings.Repeat(`{"path":"a"},`, 1000) + `{"path":"b"}]}`, nil, 400, "more than 1000 fields"},
		"no name":                {"/instances/1/objects/a%20b/definitions", `{"fields":[]}`, nil, 400, "is no name of a common resource"},
		"a taken name":           {"/instances/1/transformations/ping", spendings, nil, 400, "choose another name"},
		"no vendor name":         {transformation, `{"fields":[]}`, nil, 400, "vendorName: is missing"},
		"a misspelt vendor name": {transformation, `{"vendorName":"report","fields":[]}`, nil, 400, "did you mean reports?"},
		"fields that meet":       {transformation, `{"vendorName":"reports","fields":[{"path":"a","vendorPath":"A"},{"path":"a.b","vendorPath":"B"}]}`, nil, 400, "one is inside the other"},
		"a script":               {transformation, `{"vendorName":"reports","fields":[],"script":{"body":"done()"}}`, nil, 400, "run no scripts"},
		"another's instance":     {transformation, spendings, other, 404, "there is no instance 1"},
		"no instance":            {"/instances/99/transformations/spendings", spendings, nil, 404, "there is no instance 99"},
		"no element":             {"/organizations/elements/nobody/transformations/spendings", spendings, nil, 404, "there is no element"},
		"another account":        {"/accounts/2/objects/spendings/definitions", `{"fields":[]}`, nil, 403, "is not yours; write /accounts/1"},
		"an account by token":    {"/organizations/objects/spendings/definitions", `{"fields":[]}`, token, 401, "lacks Organization"},
		"no token":               {"/instances/transformations/spendings", spendings, nil, 401, "the path names no instance"},
		"no JSON":                {transformation, `{`, nil, 400, "no JSON"},
		"no content type":        {transformation, spendings, []string{"Content-Type", "text/plain"}, 415, "application/json"},
		"much too large":         {transformation, `{"vendorName":"` + strings.Repeat("x", 9<<20) + `"}`, nil, 413, "larger than"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := w.call("POST", tt.path, tt.body, tt.headers...)
			if got.status != tt.status || !strings.Contains(got.body, tt.want) || !strings.Contains(got.body, "requestId") {
				t.Errorf("POST %s = %d %.300s, want %d with %q", tt.path, got.status, got.body, tt.status, tt.want)
			}
		})
	}
	if got := w.call("GET", "/instances/1/transformations", ""); got.status != http.StatusNotFound {
		t.Errorf("after all that = %d %s, want no transformations", got.status, got.body)
	}
}

func TestWhatCountsForAWholeAccountIsForItsAdmins(t *testing.T) {
	w := newWorld(t)
	w.create()
	_, err := w.db.CreateUser(t.Context(), turnstone.User{
		AccountID: w.user.AccountID, Email: "member@example.com", Secret: "member-secret", PasswordHash: "$argon2id$", Role: turnstone.RoleMember, CreatedAt: storetest.Start(),
	})
	if err != nil {
		t.Fatal(err)
	}
	member := []string{"Authorization", "User member-secret, Organization organization-secret-1"}
	w.ok("POST", "/instances/1/transformations/spendings", spendings, member...)
	for path, body := range map[string]string{
		"/organizations/objects/spendings/definitions":             `{"fields":[]}`,
		"/accounts/elements/concur/transformations/spendings":      spendings,
		"/organizations/elements/concur/transformations/spendings": spendings,
		"/accounts/1/objects/spendings/definitions":                `{"fields":[]}`,
	} {
		if got := w.call("POST", path, body, member...); got.status != http.StatusForbidden {
			t.Errorf("POST %s by a member = %d %s, want 403", path, got.status, got.body)
		}
	}
}
