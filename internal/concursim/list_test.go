package concursim_test

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"turnstone/internal/concursim"
)

func TestReportHasTheDocumentedMembersInOrder(t *testing.T) {
	c := serve(t, concursim.Options{})
	body := c.call("GET", reports+"?user=ALL&limit=1", "").body
	names := regexp.MustCompile(`[{,]"(\w+)":`).FindAllStringSubmatch(body, -1)
	var got []string
	for _, n := range names {
		if !slices.Contains([]string{"Items", "NextPage", "Type", "Value", "Code", "ListItemID"}, n[1]) {
			got = append(got, n[1])
		}
	}
	want := strings.Fields(`Name Total CurrencyCode Country CountrySubdivision CreateDate SubmitDate
		ProcessingPaymentDate PaidDate ReceiptsReceived UserDefinedDate LastComment OwnerLoginID OwnerName
		ApproverLoginID ApproverName ApprovalStatusName ApprovalStatusCode PaymentStatusName PaymentStatusCode
		LastModifiedDate PersonalAmount AmountDueEmployee AmountDueCompanyCard TotalClaimedAmount
		TotalApprovedAmount LedgerName PolicyID EverSentBack HasException WorkflowActionUrl
		OrgUnit1 OrgUnit2 OrgUnit3 OrgUnit4 OrgUnit5 OrgUnit6
		Custom1 Custom2 Custom3 Custom4 Custom5 Custom6 Custom7 Custom8 Custom9 Custom10 Custom11 Custom12
		Custom13 Custom14 Custom15 Custom16 Custom17 Custom18 Custom19 Custom20 ID URI`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
}

func TestTimestampsAndAmountsAreTrimmed(t *testing.T) {
	c := serve(t, concursim.Options{Reports: 300})
	body := c.call("GET", reports+"?user=ALL&limit=100", "").body
	for _, stamp := range regexp.MustCompile(`Date":"([^"]*)"`).FindAllStringSubmatch(body, -1) {
		if !regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,2}[1-9])?$`).MatchString(stamp[1]) {
			t.Errorf("timestamp %q is not trimmed", stamp[1])
		}
	}
	for _, amount := range regexp.MustCompile(`(?:Total|Amount\w*)":([^,]*)`).FindAllStringSubmatch(body, -1) {
		if !regexp.MustCompile(`^\d+(\.\d?[1-9])?$`).MatchString(amount[1]) {
			t.Errorf("amount %s is not a trimmed decimal", amount[1])
		}
	}
}

func TestNextPageKeepsTheQueryAndEndsWithTheOffset(t *testing.T) {
	c := serve(t, concursim.Options{})
	query := "limit=10&user=ALL&modifiedDateAfter=2020-01-01T00:00:00.000"
	first := c.list(reports + "?" + query)
	if want := c.url + reports + "?" + query + "&offset=gW"; !strings.HasPrefix(*first.NextPage, want) {
		t.Errorf("NextPage = %s, want it to start with %s", *first.NextPage, want)
	}
	second := c.list(*first.NextPage)
	if n := strings.Count(*second.NextPage, "offset="); n != 1 {
		t.Errorf("NextPage = %s has %d offsets, want 1", *second.NextPage, n)
	}
	if third := c.list(*second.NextPage); len(third.Items) != 5 || third.NextPage != nil {
		t.Errorf("last page has %d items and NextPage %v, want 5 and null", len(third.Items), third.NextPage)
	}
}

func TestListIsInTheOrderOfCreation(t *testing.T) {
	c := serve(t, concursim.Options{})
	before := field(c.sweep("user=ALL&limit=7", nothing), "ID")
	c.change(concursim.Order{Count: 40, Kind: concursim.Updated})
	if diff := cmp.Diff(before, field(c.sweep("user=ALL&limit=7", nothing), "ID")); diff != "" {
		t.Errorf("order after updates (-before +after):\n%s", diff)
	}
	c.turn(`{"order":"id"}`)
	if got := field(c.sweep("user=ALL&limit=7", nothing), "ID"); !slices.IsSorted(got) || len(got) != len(before) {
		t.Errorf("ids are not sorted or not all there: %v", got)
	}
}

func TestFilters(t *testing.T) {
	c := serve(t, concursim.Options{Reports: 400})
	all := c.sweep("user=ALL&limit=100", nothing)
	bound := "2026-02-01T12:00:00"
	middle, _ := time.Parse("2006-01-02T15:04:05", bound)
	date := func(name string, keep func(time.Time) bool) func(record) bool {
		return func(r record) bool {
			text, _ := r[name].(string)
			at, err := time.Parse("2006-01-02T15:04:05", text)
			return err == nil && keep(at)
		}
	}
	after := func(at time.Time) bool { return at.After(middle) }
	before := func(at time.Time) bool { return at.Before(middle) }
	is := func(name string, values ...string) func(record) bool {
		return func(r record) bool { text, _ := r[name].(string); return slices.Contains(values, text) }
	}
	admin := c.Companies()[0].Login
	tests := map[string]struct {
		query string
		keep  func(record) bool
	}{
		"approval status":              {"approvalStatusCode=A_NOTF,A_APPR", is("ApprovalStatusCode", "A_NOTF", "A_APPR")},
		"payment status":               {"paymentStatusCode=P_PAID", is("PaymentStatusCode", "P_PAID")},
		"currency":                     {"currencyCode=" + all[0]["CurrencyCode"].(string), is("CurrencyCode", all[0]["CurrencyCode"].(string))},
		"country":                      {"countryCode=" + all[0]["Country"].(string), is("Country", all[0]["Country"].(string))},
		"approver":                     {"approverLoginID=" + admin, is("ApproverLoginID", admin)},
		"created after":                {"createDateAfter=" + bound, date("CreateDate", after)},
		"created before":               {"createDateBefore=" + bound, date("CreateDate", before)},
		"submitted after":              {"submitDateAfter=" + bound, date("SubmitDate", after)},
		"submitted before":             {"submitDateBefore=" + bound, date("SubmitDate", before)},
		"processed after":              {"processingPaymentDateAfter=" + bound, date("ProcessingPaymentDate", after)},
		"paid before":                  {"paidDateBefore=" + bound, date("PaidDate", before)},
		"user-defined after":           {"userDefinedDateAfter=" + bound, date("UserDefinedDate", after)},
		"modified after":               {"modifiedDateAfter=" + bound, date("LastModifiedDate", after)},
		"modified before":              {"modifiedDateBefore=" + bound, date("LastModifiedDate", before)},
		"unknown, and ignored":         {"modifiedafter=" + bound, func(record) bool { return true }},
		"empty, and without an effect": {"currencyCode=", func(record) bool { return true }},
		"two at once": {"paymentStatusCode=P_PAID&modifiedDateAfter=" + bound, func(r record) bool {
			return is("PaymentStatusCode", "P_PAID")(r) && date("LastModifiedDate", after)(r)
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var want []string
			for _, r := range all {
				if tt.keep(r) {
					want = append(want, r["ID"].(string))
				}
			}
			if len(want) == 0 {
				t.Fatal("the data holds no example; choose another seed")
			}
			if diff := cmp.Diff(want, field(c.sweep("user=ALL&limit=30&"+tt.query, nothing), "ID")); diff != "" {
				t.Errorf("ids (-want +got):\n%s", diff)
			}
		})
	}
}

func TestModifiedDateAfterIsTheSameByIndexAndByScan(t *testing.T) {
	c := serve(t, concursim.Options{Reports: 6000})
	for _, query := range []string{"modifiedDateAfter=2026-01-02", "modifiedDateAfter=2026-02-27"} {
		got := len(c.sweep("user=ALL&limit=100&"+query, nothing))
		want := 0
		bound := strings.TrimPrefix(query, "modifiedDateAfter=")
		for _, v := range c.Versions(concursim.VersionFilter{}) {
			if v.LastModified > bound {
				want++
			}
		}
		if got != want || want == 0 {
			t.Errorf("%s finds %d reports, want %d", query, got, want)
		}
	}
}

func TestBadQueriesAreRefusedWithAReason(t *testing.T) {
	c := serve(t, concursim.Options{})
	tests := map[string]struct {
		query  string
		status int
		says   string
	}{
		"limit of zero":         {"user=ALL&limit=0", 400, "limit"},
		"limit of words":        {"user=ALL&limit=many", 400, "limit"},
		"bad date":              {"user=ALL&modifiedDateAfter=yesterday", 400, "yyyy-MM-dd"},
		"made-up offset":        {"user=ALL&offset=100", 400, "NextPage"},
		"forged offset":         {"user=ALL&offset=gWAAAAAAAAAAAAAAAAAAAAAA", 400, "NextPage"},
		"filter not simulated":  {"user=ALL&hasVAT=true", 400, "hasVAT"},
		"user of another world": {"user=nobody@nowhere.test", 400, "invalid User"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := c.call("GET", reports+"?"+tt.query, "")
			answer := decode[struct {
				Error struct {
					Message string
					ID      string `json:"Id"`
				}
			}](t, got.body)
			if got.status != tt.status || !strings.Contains(answer.Error.Message, tt.says) || answer.Error.ID == "" {
				t.Errorf("GET ?%s = %d %s, want %d and %q", tt.query, got.status, got.body, tt.status, tt.says)
			}
		})
	}
}

func TestUserDecidesWhoseReportsAreListed(t *testing.T) {
	c := serve(t, concursim.Options{Companies: 2, Reports: 60})
	owner := c.list(reports + "?user=ALL").Items[0]["OwnerLoginID"].(string)
	if own := c.list(reports).Items; len(own) != 0 {
		t.Errorf("the administrator, who has no reports, sees %d without user=ALL", len(own))
	}
	named := field(c.sweep("user="+owner, nothing), "OwnerLoginID")
	if len(named) == 0 || slices.ContainsFunc(named, func(login string) bool { return login != owner }) {
		t.Errorf("user=%s lists reports of %v", owner, named)
	}
	c.token = c.logIn(owner).AccessToken
	if own := field(c.sweep("limit=50", nothing), "ID"); len(own) != len(named) {
		t.Errorf("the owner sees %d reports, want %d", len(own), len(named))
	}
	if got := c.call("GET", reports+"?user=ALL", ""); got.status != http.StatusForbidden {
		t.Errorf("user=ALL without the role = %d, want 403", got.status)
	}
}

func TestCompaniesAreApart(t *testing.T) {
	c := serve(t, concursim.Options{Companies: 2})
	first := c.list(reports + "?user=ALL&limit=5")
	c.token = c.logIn("admin@company-2.test").AccessToken
	for _, login := range field(c.sweep("user=ALL", nothing), "OwnerLoginID") {
		if !strings.HasSuffix(login, "@company-2.test") {
			t.Errorf("company 2 shows a report of %s", login)
		}
	}
	if got := c.call("GET", *first.NextPage, ""); got.status != http.StatusBadRequest {
		t.Errorf("an offset of company 1 used by company 2 = %d, want 400", got.status)
	}
}

func TestListIsXMLUnlessJSONIsAskedFor(t *testing.T) {
	c := serve(t, concursim.Options{})
	got := c.call("GET", reports+"?user=ALL&limit=2", "", "Accept", "*/*")
	var page struct {
		XMLName xml.Name `xml:"Reports"`
		Items   []struct {
			ID, Name   string
			SubmitDate struct {
				Nil string `xml:"nil,attr"`
			}
			OrgUnit1 struct{ Type, Value string }
		} `xml:"Items>Report"`
		NextPage string
	}
	if err := xml.Unmarshal([]byte(got.body), &page); err != nil {
		t.Fatalf("decoding %s: %v", got.body, err)
	}
	if next, err := url.Parse(page.NextPage); err != nil || next.Query().Get("offset") == "" {
		t.Errorf("NextPage = %q, want an offset in it", page.NextPage)
	}
	want := c.list(reports + "?user=ALL&limit=2").Items
	for i, r := range page.Items {
		if r.ID != want[i]["ID"] || r.Name != want[i]["Name"] || r.OrgUnit1.Type != "List" {
			t.Errorf("XML report %+v differs from %v", r, want[i])
		}
	}
	if len(page.Items) != 2 || got.header.Get("Content-Type") != "application/xml" {
		t.Errorf("%d items as %s, want 2 as XML", len(page.Items), got.header.Get("Content-Type"))
	}
}

func TestWorkflowActionURLRepeatsTheCallersQuery(t *testing.T) {
	c := serve(t, concursim.Options{Reports: 100})
	query := "user=ALL&approvalStatusCode=A_PEND&limit=1"
	got := c.list(reports + "?" + query).Items[0]["WorkflowActionUrl"].(string)
	if !strings.HasSuffix(got, "/WorkFlowAction?"+query) || !strings.HasPrefix(got, c.url) {
		t.Errorf("WorkflowActionUrl = %s, want our host and the query", got)
	}
}

// A sweep may see reports that appear while it runs, but it must see every one
// that was there when it began, whatever happens to it meanwhile.
func TestSweepUnderChurnLosesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := serve(t, concursim.Options{Seed: rapid.Uint64().Draw(rt, "seed"), Reports: 20})
		c.turn(`{"order":"` + rapid.SampledFrom([]string{"creation", "id"}).Draw(rt, "order") + `"}`)
		limit := rapid.SampledFrom([]string{"1", "7", "25"}).Draw(rt, "limit")
		churn := rapid.IntRange(1, 20).Draw(rt, "changes a page")
		there := field(c.sweep("user=ALL&limit=100", nothing), "ID")
		query := "user=ALL&limit=" + limit + rapid.SampledFrom([]string{"", "&modifiedDateAfter=2020-01-01"}).Draw(rt, "filter")
		pages := 0
		seen := field(c.sweep(query, func() {
			if pages++; pages < 20 { // creation must not outrun the sweep
				c.change(concursim.Order{Count: churn})
			}
		}), "ID")
		slices.Sort(seen)
		if len(slices.Compact(slices.Clone(seen))) != len(seen) {
			rt.Errorf("the sweep saw a report twice")
		}
		for _, id := range there {
			if _, found := slices.BinarySearch(seen, id); !found {
				rt.Errorf("the sweep lost %s", id)
			}
		}
	})
}
