package concursim_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"turnstone/internal/concursim"
)

// draft is a report that its owner has not submitted.
func (c *concur) draft() record {
	c.t.Helper()
	for _, r := range c.sweep("user=ALL", nothing) {
		if r["ApprovalStatusCode"] == "A_NOTF" {
			return r
		}
	}
	c.t.Fatal("there is no draft")
	return nil
}

func TestAnEntryChangesItsReport(t *testing.T) {
	c := serve(t, concursim.Options{Reports: 60})
	report := c.draft()
	before := report["Total"].(float64)
	body := fmt.Sprintf(`{"ReportID":%q,"ExpenseTypeCode":"TAXIC","TransactionDate":"2026-03-01","TransactionAmount":12.5,"TransactionCurrencyCode":"USD","PaymentTypeID":"x","ExchangeRate":"2"}`, report["ID"])
	made := decode[record](t, c.call("POST", "/api/v3.0/expense/entries", body).body)
	where := "/api/v3.0/expense/entries/" + url.PathEscape(made["ID"].(string))
	entry := decode[record](t, c.call("GET", where, "").body)
	if entry["PostedAmount"] != 25.0 || entry["ExpenseTypeName"] != "Taxi" || entry["ReportOwnerID"] != report["OwnerLoginID"] {
		t.Errorf("entry = %v, want posted 25, a taxi, of the owner of the report", entry)
	}
	total := func() float64 {
		return decode[record](t, c.call("GET", path(report)+"?user="+report["OwnerLoginID"].(string), "").body)["Total"].(float64)
	}
	if got := fmt.Sprintf("%.2f", total()-before); got != "25.00" {
		t.Errorf("the total grew by %s, want 25.00", got)
	}
	c.expect("PUT", where, `{"Description":"Night rate","TransactionAmount":"20"}`, http.StatusNoContent, "")
	if entry := decode[record](t, c.call("GET", where, "").body); entry["Description"] != "Night rate" || entry["PostedAmount"] != 40.0 {
		t.Errorf("entry after PUT = %v", entry)
	}
	c.expect("DELETE", where, "", http.StatusNoContent, "")
	if got := fmt.Sprintf("%.2f", total()-before); got != "0.00" && got != "-0.00" {
		t.Errorf("after the deletion the total differs by %s", got)
	}
	c.expect("GET", where, "", http.StatusOK, `{"Error":{"Message":"No entry found with the specified ID"}}`)
}

// expect checks the answer to a request.
func (c *concur) expect(method, path, body string, status int, want string) {
	c.t.Helper()
	if got := c.call(method, path, body); got.status != status || got.body != want {
		c.t.Errorf("%s %s = %d %s, want %d %s", method, path, got.status, got.body, status, want)
	}
}

func TestWritesAreWhatReadsShow(t *testing.T) {
	tests := map[string]struct{ path, body, change, field, want string }{
		"attendee":       {"/api/v3.0/expense/attendees", `{"AttendeeTypeID":"TYPE","LastName":"Mensah","TotalAmountYTD":1.10}`, `{"FirstName":"Kofi"}`, "FirstName", `"Kofi"`},
		"exact number":   {"/api/v3.0/expense/attendees", `{"AttendeeTypeID":"TYPE","LastName":"Mensah"}`, `{"TotalAmountYTD":100000000000000000.10}`, "TotalAmountYTD", `100000000000000000.10`},
		"custom field":   {"/api/v3.0/expense/attendees", `{"AttendeeTypeID":"TYPE","LastName":"Mensah"}`, `{"Custom2":"blue"}`, "Custom2", `{"Type":"Text","Value":"blue","Code":null,"ListItemID":null}`},
		"list":           {"/api/v3.0/common/lists", `{"Name":"Colours"}`, `{"DisplayCodeFirst":"true"}`, "DisplayCodeFirst", `true`},
		"payment":        {"/api/v3.0/invoice/paymentrequest", `{"Name":"Paper","InvoiceAmount":"480.00000000","InvoiceDate":"2026-04-01 00:00:00.0"}`, `{"Description":"A4"}`, "Description", `"A4"`},
		"purchase order": {"/api/v3.0/invoice/purchaseorders", `{"Name":"Paper","CurrencyCode":"EUR"}`, `{"Custom1":"plain"}`, "Custom1", `"plain"`},
		"travel request": {"/travelrequest/v4/requests", `{"name":"Lyon"}`, `{"comment":"by train"}`, "comment", `"by train"`},
	}
	c := serve(t, concursim.Options{})
	kind := listings["attendee types"].ids(c, "")[0]
	for name, tt := range tests {
		made := c.call("POST", tt.path, strings.Replace(tt.body, "TYPE", kind, 1))
		told := decode[map[string]string](t, made.body)
		id := told["ID"] + told["id"]
		if id == "" {
			t.Errorf("%s: POST = %d %s, want an id", name, made.status, made.body)
			continue
		}
		where := tt.path + "/" + url.PathEscape(id)
		if got := c.call("PUT", where, tt.change); got.status >= 300 {
			t.Errorf("%s: PUT = %d %s", name, got.status, got.body)
		}
		if got := c.call("GET", where, ""); !strings.Contains(got.body, fmt.Sprintf("%q:%s", tt.field, tt.want)) {
			t.Errorf("%s: GET = %s, want %s %s", name, got.body, tt.field, tt.want)
		}
	}
}

func TestBadWritesAreRefused(t *testing.T) {
	c := serve(t, concursim.Options{})
	kind := listings["attendee types"].ids(c, "")[0]
	item := listings["list items"].ids(c, "")[0]
	for name, tt := range map[string]struct {
		method, path, body string
		status             int
		want               string
	}{
		"no JSON":                  {"POST", "/api/v3.0/common/lists", `Colours`, 400, "reading the body as JSON"},
		"an array":                 {"POST", "/api/v3.0/common/lists", `[]`, 400, "not a JSON object"},
		"nothing required":         {"POST", "/api/v3.0/common/lists", `{}`, 400, "Name is required"},
		"no boolean":               {"POST", "/api/v3.0/common/lists", `{"Name":"a","IsVendorList":"perhaps"}`, 400, "true or false"},
		"no number":                {"POST", "/api/v3.0/expense/attendees", `{"AttendeeTypeID":"` + kind + `","LastName":"a","TotalAmountYTD":"much"}`, 400, "a number is needed"},
		"no text":                  {"POST", "/api/v3.0/common/lists", `{"Name":"a","SearchCriteriaCode":{"a":1}}`, 400, "a text is needed"},
		"long custom field":        {"POST", "/api/v3.0/expense/attendees", `{"AttendeeTypeID":"` + kind + `","LastName":"a","Custom1":"` + strings.Repeat("x", 49) + `"}`, 400, "at most 48"},
		"unknown type":             {"POST", "/api/v3.0/expense/attendees", `{"AttendeeTypeID":"none","LastName":"a"}`, 400, "no attendee type"},
		"unknown list":             {"POST", "/api/v3.0/common/listitems", `{"ListID":"none","Name":"a"}`, 400, "no list"},
		"unknown report":           {"POST", "/api/v3.0/expense/entries", `{"ReportID":"none","ExpenseTypeCode":"TAXIC","TransactionDate":"2026-03-01","TransactionAmount":1,"TransactionCurrencyCode":"USD","PaymentTypeID":"x"}`, 400, "no report"},
		"unknown entry":            {"POST", "/api/v3.0/expense/itemizations", `{"EntryID":"none","ExpenseTypeCode":"LODTX","TransactionAmount":1}`, 400, "no entry"},
		"item without its list":    {"DELETE", "/api/v3.0/common/listitems/" + url.PathEscape(item), "", 400, "listId"},
		"missing record":           {"PUT", "/api/v3.0/common/lists/none", `{"Name":"a"}`, 200, "No list found with the specified ID"},
		"missing request":          {"GET", "/travelrequest/v4/requests/none", "", 404, "notFound"},
		"missing user":             {"GET", "/profile/identity/v4.1/Users/none", "", 404, "scim"},
		"patch without operations": {"PATCH", "/profile/identity/v4.1/Users/USER", `{"title":"a"}`, 400, "Operations"},
		"patch of the id":          {"PATCH", "/profile/identity/v4.1/Users/USER", `{"Operations":[{"op":"replace","path":"id","value":"a"}]}`, 400, "cannot be changed"},
		"unfinished tax":           {"PUT", "/api/v3.0/invoice/salestaxvalidationrequest", `{"TaxReferenceID":"TAX","StatusCode":"PEND"}`, 400, "CMPLT or ERROR"},
		"nameless tax":             {"PUT", "/api/v3.0/invoice/salestaxvalidationrequest", `{}`, 400, "TaxReferenceID"},
	} {
		user := c.users("")[0]["id"].(string)
		tax := listings["sales tax requests"].read(c, "")[0]["TaxReferenceID"].(string)
		replace := strings.NewReplacer("USER", user, "TAX\"", tax+"\"")
		got := c.call(tt.method, replace.Replace(tt.path), replace.Replace(tt.body))
		if got.status != tt.status || !strings.Contains(got.body, tt.want) {
			t.Errorf("%s: %d %s, want %d and %q", name, got.status, got.body, tt.status, tt.want)
		}
	}
}

func TestVendorsAreWrittenByTheBatch(t *testing.T) {
	c := serve(t, concursim.Options{})
	const vendors = "/api/v3.0/invoice/vendors"
	body := `{"Vendor":[{"VendorCode":"NEW","AddressCode":"A1","VendorName":"Aurora"},{"VendorCode":"BAD"}]}`
	got := decode[record](t, c.call("POST", vendors, body).body)
	if summary := got["RequestRunSummary"]; summary != "2 records processed, 1 succeeded, 1 failed" {
		t.Errorf("POST = %v", got)
	}
	if got := c.call("PUT", vendors, `{"Vendor":[{"VendorCode":"NEW","AddressCode":"A1","Approved":"N"}]}`); got.status != http.StatusOK {
		t.Errorf("PUT = %d %s", got.status, got.body)
	}
	c.call("PUT", "/api/v3.0/invoice/vendor/banks", `{"VendorBank":[{"VendorCode":"NEW","AddressCode":"A1","AccountNumber":"42","AccountType":"CHCK"}]}`)
	group := "/api/v3.0/invoice/vendor/groups?vendorCode=NEW&addressCode=A1"
	c.call("PUT", group, `{"VendorGroup":[{"Name":"Paper"}]}`)
	one := func() record { return listings["vendors"].read(c, "&vendorCode=NEW")[0] }
	if v := one(); v["Approved"] != "N" || len(v["VendorBankList"].([]any)) != 1 || len(v["VendorGroupList"].([]any)) != 1 {
		t.Errorf("vendor = %v, want it not approved, with a bank and a group", v)
	}
	if got := c.call("DELETE", group+"&groupName=Paper", ""); got.status != http.StatusOK || len(one()["VendorGroupList"].([]any)) != 0 {
		t.Errorf("DELETE of the group = %d %s", got.status, got.body)
	}
	if got := c.call("DELETE", group+"&groupName=Paper", ""); got.status != http.StatusBadRequest {
		t.Errorf("DELETE of no group = %d, want 400", got.status)
	}
	if got := c.call("DELETE", vendors+"?vendorCode=NEW&addressCode=A1", ""); got.status != http.StatusOK || len(listings["vendors"].read(c, "&vendorCode=NEW")) != 0 {
		t.Errorf("DELETE = %d %s", got.status, got.body)
	}
	if got := c.call("DELETE", vendors+"?vendorCode=NEW", ""); got.status != http.StatusBadRequest {
		t.Errorf("DELETE without an address = %d, want 400", got.status)
	}
}

func TestAFinishedTaxRequestLeavesTheQueue(t *testing.T) {
	c := serve(t, concursim.Options{})
	l := listings["sales tax requests"]
	before := l.read(c, "")
	body := fmt.Sprintf(`{"TaxReferenceID":%q,"StatusCode":"CMPLT","CalculatedTaxAmount":"4.00"}`, before[0]["TaxReferenceID"])
	if got := c.call("PUT", "/api/v3.0/invoice/salestaxvalidationrequest", body); !strings.Contains(got.body, `"Status":"SUCCESS"`) {
		t.Errorf("PUT = %d %s", got.status, got.body)
	}
	if after := l.read(c, ""); len(after) != len(before)-1 {
		t.Errorf("%d requests are left, want %d", len(after), len(before)-1)
	}
}
