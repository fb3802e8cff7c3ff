package api_test

import (
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"turnstone/elements"
	"turnstone/internal/element"
)

func TestHubCallsThatCannotBeSayWhatToDo(t *testing.T) {
	tests := map[string]struct {
		method, path, body string
		status             int
		message, provider  string
	}{
		"no such record":          {"GET", "/reports/0000000000000000FFFF", "", 404, "the vendor answered 404", "No report found with the specified ID"},
		"delete what stays":       {"DELETE", "/reports/1", "", 405, "reports has no delete; it has create, list, retrieve, update", ""},
		"create what is given":    {"POST", "/locations", "{}", 405, "locations has no create; it has list, retrieve", ""},
		"list what has no list":   {"GET", "/payments", "", 405, "payments cannot be listed; it has create, retrieve, update", ""},
		"retrieve from a list":    {"GET", "/users/1", "", 405, "users has no retrieve; it has list", ""},
		"a list is missing":       {"DELETE", "/items/1", "", 400, "listId: is missing", ""},
		"a group is missing":      {"DELETE", "/vendor-groups?vendorCode=V1&addressCode=A1", "", 400, "groupName: is missing", ""},
		"an id too many":          {"PATCH", "/vendor-banks/1", "{}", 400, `leave "1" out of the path`, ""},
		"no body":                 {"PATCH", "/vendor-banks", "", 400, "", ""},
		"no field":                {"GET", "/reports?where=" + url.QueryEscape("Total > 5 AND Naem = 'x'"), "", 400, "where: column 15, at \"Naem = 'x'\": reports have no field Naem; did you mean Name?", ""},
		"no sentence":             {"GET", "/reports?where=" + url.QueryEscape("Total > 5 AND"), "", 400, "where: column 14", ""},
		"a filter in OR":          {"GET", "/reports?where=" + url.QueryEscape("Total > 5 OR user='ALL'"), "", 400, "where: column 14, at \"user='ALL'\": user is a filter of the vendor", ""},
		"no field to sort by":     {"GET", "/reports?orderBy=Totl", "", 400, "orderBy: reports have no field Totl; did you mean Total?", ""},
		"no number of a page":     {"GET", "/reports?page=-1", "", 400, "page: \"-1\" is no page; write a whole number from 1", ""},
		"a list of no such child": {"GET", "/reports/7C1E/expense", "", 404, "", ""},
	}
	w := newWorld(t)
	token := withToken(w.create())
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := w.call(tt.method, "/hubs/expense"+tt.path, tt.body, "Authorization", token)
			said := decode[struct{ RequestID, Message, ProviderMessage string }](t, got)
			if got.status != tt.status || !strings.Contains(said.Message, tt.message) || said.ProviderMessage != tt.provider || said.RequestID == "" {
				t.Errorf("answer = %d %s, want %d with %q and %q", got.status, got.body, tt.status, tt.message, tt.provider)
			}
		})
	}
}

// named is the part of a report that the tests below look at.
type named struct {
	ID    string
	Total json.Number
}

func TestWhatConcurCannotFilterIsFilteredHere(t *testing.T) {
	w := newWorld(t)
	token := withToken(w.create())
	list := func(query url.Values) []named {
		t.Helper()
		return decode[[]named](t, w.ok("GET", "/hubs/expense/reports?"+query.Encode(), "", "Authorization", token))
	}
	all := list(url.Values{})
	where := "ID = '" + all[1].ID + "' OR ID IN ('" + all[3].ID + "', 'none')"
	if got := list(url.Values{"where": {where}}); !slices.Equal(got, []named{all[1], all[3]}) {
		t.Errorf("%s gives %v, want %v and %v", where, got, all[1], all[3])
	}
	if got := list(url.Values{"where": {where + " AND NOT ID = '" + all[3].ID + "'"}, "page": {"1"}}); !slices.Equal(got, []named{all[1]}) {
		t.Errorf("a further condition gives %v, want %v", got, all[1])
	}
	sorted := slices.SortedFunc(slices.Values(all), func(a, b named) int { return cmp.Compare(b.ID, a.ID) })
	if got := list(url.Values{"orderBy": {"ID desc"}}); !slices.Equal(got, sorted) {
		t.Errorf("orderBy=ID desc gives %v, want %v", got, sorted)
	}
	if got := list(url.Values{"orderBy": {"ID desc"}, "pageSize": {"2"}, "page": {"2"}}); !slices.Equal(got, sorted[2:4]) {
		t.Errorf("its second page is %v, want %v", got, sorted[2:4])
	}
	if got := list(url.Values{"pageSize": {"2"}, "page": {"3"}}); !slices.Equal(got, all[4:]) {
		t.Errorf("page 3 of 2 is %v, want %v", got, all[4:])
	}
}

func TestWhatTheBodyNamesIsUpdatedWithoutAnID(t *testing.T) {
	w := newWorld(t)
	token := withToken(w.create())
	made := w.ok("POST", "/hubs/expense/vendors", `{"Vendor":[{"VendorCode":"V77","AddressCode":"A1","VendorName":"Paper & Co"}]}`, "Authorization", token)
	banks := w.call("PATCH", "/hubs/expense/vendor-banks", `{"VendorBank":[{"VendorCode":"V77","AddressCode":"A1","AccountNumber":"1"}]}`, "Authorization", token)
	if banks.status != 200 || !strings.Contains(banks.body, "V77") {
		t.Errorf("after %s: PATCH of vendor-banks = %d %s, want 200 and V77", made.body, banks.status, banks.body)
	}
}

func TestEveryListOfConcurCanBeRead(t *testing.T) {
	w := newWorld(t)
	token := withToken(w.create())
	el, err := element.Read(elements.FS, "concur")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range el.Resources {
		if r.Retriever == nil || len(r.Parameters()) > 0 {
			continue
		}
		t.Run(r.Name, func(t *testing.T) {
			got := w.call("GET", "/hubs/expense/"+r.Name+"?pageSize=3", "", "Authorization", token)
			if got.status != 200 {
				t.Fatalf("answer = %d %s, want 200", got.status, got.body)
			}
			records := decode[[]map[string]json.RawMessage](t, got)
			if len(records) == 0 || len(records) > 3 {
				t.Errorf("%d records, want 1 to 3", len(records))
			}
			for _, record := range records {
				if len(record[r.PrimaryKey]) == 0 {
					t.Errorf("%s has no %s", record, r.PrimaryKey)
				}
			}
		})
	}
}

// Concur's query says primaryEmail where its records say PrimaryEmail; clients of the
// platform wrote either.
func TestAMemberMayBeFilteredByBesideTheFilterOfItsName(t *testing.T) {
	w := newWorld(t)
	token := withToken(w.create())
	type person struct{ PrimaryEmail string }
	users := func(where string) []person {
		t.Helper()
		return decode[[]person](t, w.ok("GET", "/hubs/expense/users?where="+url.QueryEscape(where), "", "Authorization", token))
	}
	one := users("active='true'")[0]
	for _, where := range []string{"PrimaryEmail='" + one.PrimaryEmail + "'", "primaryEmail='" + one.PrimaryEmail + "'"} {
		if got := users(where); !slices.Equal(got, []person{one}) {
			t.Errorf("%s gives %v, want %v", where, got, one)
		}
	}
}
