package concursim_test

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone/internal/concursim"
)

// listing says how the pages of a list are read: what to ask first, where the records
// are, and how to ask for the next page.
type listing struct {
	first, items, id string
	next             func(page record) string
	limit            string // asks for a page of three, behind first
	total            int    // records of the company that the tests start with
}

// byNextPage follows NextPage.
func byNextPage(page record) string {
	next, _ := page["NextPage"].(string)
	return next
}

// byOperation follows the link named next.
func byOperation(page record) string {
	for _, o := range page["operations"].([]any) {
		if o.(record)["rel"] == "next" {
			return o.(record)["href"].(string)
		}
	}
	return ""
}

func v3(path, id string, total int) listing {
	return listing{first: "/api/v3.0/" + path + "?user=ALL", items: "Items", id: id, next: byNextPage, limit: "&limit=3", total: total}
}

// listings are all lists that answer with JSON; entries depend on the reports.
var listings = map[string]listing{
	"entries":                      v3("expense/entries", "ID", 0),
	"itemizations":                 v3("expense/itemizations", "ID", 0),
	"allocations":                  v3("expense/allocations", "ID", 0),
	"attendees":                    v3("expense/attendees", "ID", 30),
	"attendee types":               v3("expense/attendeetypes", "ID", 3),
	"associations":                 v3("expense/entryattendeeassociations", "ID", 0),
	"expense group configurations": v3("expense/expensegroupconfigurations", "ID", 4),
	"receipt images":               v3("expense/receiptimages", "ID", 20),
	"digital tax invoices":         v3("expense/digitaltaxinvoices", "ID", 12),
	"lists":                        v3("common/lists", "ID", 5),
	"list items":                   v3("common/listitems", "ID", 60),
	"locations":                    v3("common/locations", "ID", 48),
	"users":                        v3("common/users", "LoginID", 17),
	"sales tax requests":           v3("invoice/salestaxvalidationrequest", "ID", 8),
	"invoice digests": {
		first: "/api/v3.0/invoice/paymentrequestdigests?user=ALL", items: "PaymentRequestDigest", id: "PaymentRequestId", next: byNextPage, limit: "&limit=3", total: 30,
	},
	"vendors":         {first: "/api/v3.1/invoice/vendors?", items: "Vendor", id: "ID", next: byNextPage, limit: "&limit=3", total: 40},
	"travel requests": {first: "/travelrequest/v4/requests?view=ALL", items: "data", id: "id", next: byOperation, limit: "&limit=3", total: 35},
}

func (l listing) read(c *concur, query string) []record {
	c.t.Helper()
	var all []record
	for next := l.first + query; next != ""; {
		page := decode[record](c.t, c.call("GET", next, "").body)
		items, ok := page[l.items].([]any)
		if !ok {
			c.t.Fatalf("%s holds no %s: %v", next, l.items, page)
		}
		for _, item := range items {
			all = append(all, item.(record))
		}
		next = l.next(page)
	}
	return all
}

func (l listing) ids(c *concur, query string) []string {
	c.t.Helper()
	return field(l.read(c, query), l.id)
}

func TestPagesAddUpToTheList(t *testing.T) {
	c := serve(t, concursim.Options{})
	for name, l := range listings {
		whole := l.ids(c, "")
		if paged := l.ids(c, l.limit); !cmp.Equal(whole, paged) {
			t.Errorf("%s: pages of three hold %d records, in one list are %d", name, len(paged), len(whole))
		}
		slices.Sort(whole)
		if distinct := slices.Compact(slices.Clone(whole)); len(whole) == 0 || len(distinct) != len(whole) || whole[0] == "" {
			t.Errorf("%s: the ids are %v, want some, all different", name, whole)
		}
		if l.total != 0 && len(whole) != l.total {
			t.Errorf("%s: %d records, want %d", name, len(whole), l.total)
		}
	}
}

func TestTheTruthIsWhatListsShow(t *testing.T) {
	c := serve(t, concursim.Options{OtherRate: 40, Rate: 5, Switches: concursim.Switches{LateShare: 0.2}})
	live(c.Simulator, c.clock, 100)
	now := c.clock.Now()
	for name, l := range listings {
		resource := l.first[strings.LastIndex(l.first, "/")+1 : strings.Index(l.first, "?")]
		shown := map[string]bool{}
		for _, v := range c.Versions(concursim.VersionFilter{Resource: resource, Company: 1}) {
			if !v.VisibleAt.After(now) && (v.ShownUntil.IsZero() || v.ShownUntil.After(now)) && v.Kind != concursim.Deleted {
				shown[v.ReportID] = true
			}
		}
		listed := l.ids(c, "")
		for _, id := range listed {
			if !shown[id] {
				t.Errorf("%s lists %s, which the truth does not show", name, id)
			}
		}
		if len(listed) != len(shown) {
			t.Errorf("%s lists %d records, the truth shows %d", name, len(listed), len(shown))
		}
	}
}

func TestSameSeedSameTruthOfAllResources(t *testing.T) {
	o := concursim.Options{Seed: 7, Companies: 2, Rate: 4, OtherRate: 30}
	first, _ := lived(t, o, 100)
	second, _ := lived(t, o, 100)
	for _, r := range concursim.Served()[1:] {
		f := concursim.VersionFilter{Resource: r.Name}
		if diff := cmp.Diff(compact(t, first.Versions(f)), compact(t, second.Versions(f))); diff != "" {
			t.Errorf("%s: two runs differ:\n%s", r.Name, diff)
		}
	}
}

func TestEveryResourceChangesWhenOrdered(t *testing.T) {
	c := serve(t, concursim.Options{})
	still := []string{"attendeetypes", "receiptimages", "lists.v4", "items.v4", "users", "Users.v4", "paymentrequestdigests", "summary"}
	kept := []string{"expensegroupconfigurations", "lists", "purchaseorders", "cashadvances"}
	for _, r := range concursim.Served()[1:] {
		for _, kind := range []concursim.Kind{concursim.Created, concursim.Updated, concursim.Deleted} {
			made, err := c.Change(concursim.Order{Count: 2, Resource: r.Name, Kind: kind})
			happens := !slices.Contains(still, r.Name) && (kind != concursim.Deleted || !slices.Contains(kept, r.Name))
			if happens != (err == nil) || happens && len(made) != 2 {
				t.Errorf("%s: %d were %s by order (%v), and that it happens is %v", r.Name, len(made), kind, err, happens)
			}
			changesSomething(t, made)
		}
	}
	if _, err := c.Change(concursim.Order{Count: 1, Resource: "budgets"}); err == nil || !strings.Contains(err.Error(), "entries") {
		t.Errorf("an unknown resource: %v, want an error that names those there are", err)
	}
}

// changesSomething checks that no update is without effect.
func changesSomething(t *testing.T, made []concursim.Version) {
	t.Helper()
	for _, v := range made {
		if v.Kind == concursim.Updated && len(v.Changed) == 0 {
			t.Errorf("the update of %s %s changes nothing", v.Resource, v.ReportID)
		}
	}
}

func TestEntriesAddUpToTheirReports(t *testing.T) {
	c := serve(t, concursim.Options{Rate: 20, OtherRate: 20, Switches: concursim.Switches{DeleteShare: 0.1}})
	live(c.Simulator, c.clock, 200)
	entries := map[string]float64{}
	for _, e := range listings["entries"].read(c, "&limit=100") {
		entries[e["ReportID"].(string)] += e["PostedAmount"].(float64)
	}
	all := c.sweep("user=ALL&limit=100", nothing)
	for _, r := range all {
		if got, want := fmt.Sprintf("%.2f", entries[r["ID"].(string)]), fmt.Sprintf("%.2f", r["Total"]); got != want {
			t.Errorf("the entries of %s add up to %s, its total is %s", r["ID"], got, want)
		}
		delete(entries, r["ID"].(string))
	}
	if len(entries) > 0 {
		t.Errorf("there are entries of reports that are gone: %v", entries)
	}
}

// users searches identities.
func (c *concur) users(filter string) []record {
	c.t.Helper()
	var all []record
	for cursor := ""; ; {
		body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:concur:2.0:SearchRequest"],"filter":%q,"count":5,"cursor":%q}`, filter, cursor)
		got := c.call("POST", "/profile/identity/v4.1/Users/.search", body)
		page := decode[struct {
			Resources  []record
			NextCursor string
		}](c.t, got.body)
		all = append(all, page.Resources...)
		if cursor = page.NextCursor; cursor == "" {
			return all
		}
	}
}

func TestIdentitiesAreSearched(t *testing.T) {
	c := serve(t, concursim.Options{})
	all := c.users("")
	if len(all) != 17 {
		t.Fatalf("%d users by cursor, want 17", len(all))
	}
	newest := slices.Sorted(slices.Values(lastModified(all)))[len(all)-1]
	if got := c.users(`meta.lastModified gt "` + newest + `"`); len(got) != 0 {
		t.Errorf("%d users are newer than the newest", len(got))
	}
	if got := c.users(`meta.lastModified ge "` + newest + `" and active eq true`); len(got) != 1 {
		t.Errorf("%d users are as new as the newest, want 1", len(got))
	}
	id := all[3]["id"].(string)
	patch := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"name.familyName","value":"Hopper"},{"op":"replace","value":{"title":"Admiral"}}]}`
	if got := c.call("PATCH", "/profile/identity/v4.1/Users/"+id, patch); got.status != http.StatusOK {
		t.Fatalf("PATCH = %d %s", got.status, got.body)
	}
	got := c.users(`userName eq "` + all[3]["userName"].(string) + `"`)
	if len(got) != 1 || got[0]["title"] != "Admiral" || got[0]["name"].(record)["familyName"] != "Hopper" {
		t.Errorf("after the patch: %v", got)
	}
	older := decode[record](t, c.call("GET", "/profile/identity/v4/Users?startIndex=16&count=10", "").body)
	if n := len(older["Resources"].([]any)); n != 2 || older["totalResults"] != 17.0 {
		t.Errorf("v4 from 16 shows %d of %v, want 2 of 17", n, older["totalResults"])
	}
	bad := c.call("POST", "/profile/identity/v4.1/Users/.search", `{"filter":"title like \"x\""}`)
	if bad.status != http.StatusBadRequest || !strings.Contains(bad.body, "invalidFilter") {
		t.Errorf("a filter that cannot be read = %d %s, want 400 invalidFilter", bad.status, bad.body)
	}
}

func lastModified(users []record) []string {
	var all []string
	for _, u := range users {
		all = append(all, u["meta"].(record)["lastModified"].(string))
	}
	return all
}

func TestFiltersRestrictLists(t *testing.T) {
	c := serve(t, concursim.Options{})
	entry := listings["entries"].read(c, "")[0]
	for name, tt := range map[string]struct {
		list, query, field string
		matches            func(string) bool
	}{
		"entries of a report":  {"entries", "&reportID=" + entry["ReportID"].(string), "ReportID", func(s string) bool { return s == entry["ReportID"] }},
		"entries by type":      {"entries", "&expenseTypeCode=taxic", "ExpenseTypeCode", func(s string) bool { return s == "TAXIC" }},
		"locations in country": {"locations", "&country=DE", "Country", func(s string) bool { return s == "DE" }},
		"locations by name":    {"locations", "&name=airport", "Name", func(s string) bool { return strings.Contains(s, "Airport") }},
		"digests not filed":    {"invoice digests", "&approvalStatus=R_NOTF", "ApprovalStatusCode", func(s string) bool { return s == "R_NOTF" }},
		"vendors by beginning": {"vendors", "&vendorName=paper&searchType=begins", "VendorName", func(s string) bool { return strings.HasPrefix(s, "Paper") }},
	} {
		got, all := field(listings[tt.list].read(c, tt.query), tt.field), listings[tt.list].read(c, "")
		if len(got) == 0 || len(got) >= len(all) {
			t.Errorf("%s: %d of %d records, want some but not all", name, len(got), len(all))
		}
		for _, value := range got {
			if !tt.matches(value) {
				t.Errorf("%s: lists one with %q", name, value)
			}
		}
	}
}

func TestDigestsCountDays(t *testing.T) {
	c := serve(t, concursim.Options{})
	made, err := c.Change(concursim.Order{Count: 1, Resource: "paymentrequest", Kind: concursim.Deleted})
	if err != nil {
		t.Fatal(err)
	}
	today, l := "&lastModifiedDateAfter=2026-03-02T23:00:00.000", listings["invoice digests"]
	marked := false
	for _, d := range l.read(c, today) {
		if !strings.HasPrefix(d["LastModifiedDate"].(string), "2026-03-02 ") {
			t.Errorf("lists the digest of %s", d["LastModifiedDate"])
		}
		marked = marked || d["ID"] == made[0].ReportID && d["IsDeleted"] == "true" && d["LastModifiedDate"] == "2026-03-02 09:30:00.1"
	}
	if !marked {
		t.Error("the digest that was marked as deleted is not listed, or not marked")
	}
	c.turn(`{"dayFilters":"past"}`)
	if got := l.read(c, today); len(got) != 0 {
		t.Errorf("%d digests past today, want none", len(got))
	}
	if got := c.call("GET", l.first+"&lastModifiedDateAfter=soon", ""); got.status != http.StatusBadRequest {
		t.Errorf("a date that is none = %d, want 400", got.status)
	}
}

func TestFiscalYearsAreOneArray(t *testing.T) {
	c := serve(t, concursim.Options{})
	years := func(query string) []record {
		return decode[[]record](t, c.call("GET", "/budget/v4/fiscalYear?"+query, "").body)
	}
	if _, err := c.Change(concursim.Order{Count: 1, Resource: "fiscalYear", Kind: concursim.Deleted}); err != nil {
		t.Fatal(err)
	}
	if n, all := len(years("")), years("includeRemoved=true"); n != 3 || len(all) != 4 {
		t.Errorf("%d years, %d with those removed, want 3 and 4", n, len(all))
	}
	if got := years("includeRemoved=true&lastModifiedAfter=2026-03-02T09:29:59"); len(got) != 1 || got[0]["lastModified"] != "2026-03-02 09:30:00" {
		t.Errorf("years since = %v, want the one that was removed", got)
	}
}

func TestListV4IsAnotherLookAtLists(t *testing.T) {
	c := serve(t, concursim.Options{})
	lists := decode[record](t, c.call("GET", "/list/v4/lists", "").body)
	if page := lists["page"].(record); page["totalElements"] != 5.0 || page["size"] != 100.0 || page["number"] != 1.0 {
		t.Errorf("page = %v", page)
	}
	id := lists["content"].([]any)[0].(record)["id"].(string)
	children := decode[record](t, c.call("GET", "/list/v4/lists/"+id+"/children", "").body)
	if n := len(children["content"].([]any)); n != 12 {
		t.Errorf("%d children, want 12", n)
	}
	one := c.call("GET", "/list/v4/lists/"+id, "")
	if one.status != http.StatusOK {
		t.Errorf("GET = %d %s", one.status, one.body)
	}
	tag := c.call("GET", "/list/v4/lists", "").header.Get("ETag")
	if got := c.call("GET", "/list/v4/lists", "", "If-None-Match", tag); tag == "" || got.status != http.StatusNotModified {
		t.Errorf("a known list = %d with ETag %s, want 304", got.status, tag)
	}
}

func TestV3ResourcesSpeakXML(t *testing.T) {
	c := serve(t, concursim.Options{})
	var page struct {
		XMLName  xml.Name                        `xml:"Attendees"`
		Items    []struct{ ID, LastName string } `xml:"Items>Attendee"`
		NextPage string
	}
	got := c.call("GET", "/api/v3.0/expense/attendees?user=ALL&limit=2", "", "Accept", "")
	if err := xml.Unmarshal([]byte(got.body), &page); err != nil || len(page.Items) != 2 || !strings.Contains(page.NextPage, "offset=") {
		t.Errorf("attendees in XML = %s (%v)", got.body, err)
	}
	made := c.call("POST", "/api/v3.0/common/lists", `<List><Name>Colours</Name></List>`, "Content-Type", "application/xml", "Accept", "")
	var told struct {
		XMLName xml.Name `xml:"Response"`
		ID, URI string
	}
	if err := xml.Unmarshal([]byte(made.body), &told); err != nil || told.ID == "" {
		t.Errorf("POST in XML = %d %s (%v)", made.status, made.body, err)
	}
}

func TestFaultsBefallAllResources(t *testing.T) {
	c := serve(t, concursim.Options{})
	for _, where := range []string{"/api/v3.0/expense/entries?user=ALL", "/travelrequest/v4/requests", "/budget/v4/fiscalYear", "/api/travel/trip/v1.1/"} {
		c.turn(`{"limitShare":1}`)
		if got := c.call("GET", where, ""); got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") != "5" {
			t.Errorf("%s = %d with Retry-After %q, want 429 and 5", where, got.status, got.header.Get("Retry-After"))
		}
		c.turn(`{"limitShare":0}`)
		if got := c.call("GET", where, "", "Authorization", "Bearer none"); got.status != http.StatusUnauthorized {
			t.Errorf("%s without a token = %d, want 401", where, got.status)
		}
	}
	c.turn(`{"scopes":"strict"}`)
	if got := c.call("GET", "/budget/v4/fiscalYear", ""); got.status != http.StatusForbidden || !strings.Contains(got.body, "fiscalyear.read") {
		t.Errorf("without the scope = %d %s, want 403 that names it", got.status, got.body)
	}
}

func TestListsOfOthersNeedTheRole(t *testing.T) {
	c := serve(t, concursim.Options{})
	user := c.Companies()[0].Users[3]
	c.token = c.logIn(user).AccessToken
	if got := c.call("GET", "/api/v3.0/expense/entries?user=ALL", ""); got.status != http.StatusForbidden {
		t.Errorf("entries of all = %d, want 403", got.status)
	}
	own := listing{first: "/api/v3.0/expense/entries?", items: "Items", id: "ID", next: byNextPage}
	for _, e := range own.read(c, "limit=100") {
		if e["ReportOwnerID"] != user {
			t.Errorf("%s sees an entry of %s", user, e["ReportOwnerID"])
		}
	}
	for _, r := range listings["travel requests"].read(c, "") {
		if login := r["owner"].(record)["lastName"]; login == nil {
			t.Errorf("a request without an owner: %v", r)
		}
	}
}
