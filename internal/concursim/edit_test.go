package concursim_test

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone/internal/concursim"
)

// own logs in as somebody with reports and returns one of them.
func (c *concur) own() record {
	c.t.Helper()
	owner := c.list(reports + "?user=ALL").Items[0]["OwnerLoginID"].(string)
	c.token = c.logIn(owner).AccessToken
	return c.list(reports).Items[0]
}

func path(r record) string { return reports + "/" + r["ID"].(string) }

func TestGetAnswersWithTheReport(t *testing.T) {
	c := serve(t, concursim.Options{})
	admin := c.token
	want := c.own()
	if got := decode[record](t, c.call("GET", path(want), "").body); !cmp.Equal(got, want) {
		t.Errorf("get differs from list:\n%s", cmp.Diff(want, got))
	}
	var got struct {
		XMLName xml.Name `xml:"Report"`
		ID      string
	}
	answer := c.call("GET", path(want), "", "Accept", "")
	if err := xml.Unmarshal([]byte(answer.body), &got); err != nil || got.ID != want["ID"] {
		t.Errorf("without Accept: %s (%v), want the report in XML", answer.body, err)
	}
	c.token = admin
	owner := want["OwnerLoginID"].(string)
	if got := c.call("GET", path(want)+"?user="+url.QueryEscape(owner), ""); !strings.Contains(got.body, `"ID":"`+want["ID"].(string)) {
		t.Errorf("get by the administrator = %s", got.body)
	}
	if got := c.call("GET", path(want)+"?user=ALL", ""); got.status != http.StatusBadRequest {
		t.Errorf("get with user=ALL = %d, want 400", got.status)
	}
	for name, where := range map[string]string{"unknown report": reports + "/0000?user=" + owner, "another's report": path(want)} {
		got := c.call("GET", where, "")
		if got.status != http.StatusOK || got.body != `{"Error":{"Message":"No report found with the specified ID"}}` {
			t.Errorf("%s = %d %s, want 200 with an Error", name, got.status, got.body)
		}
	}
}

func TestPostCreatesAReport(t *testing.T) {
	bodies := map[string][2]string{
		"JSON": {"application/json", `{"Name":"Trip & more","Comment":"soon","OrgUnit1":"West","Custom20":"x","Purpose":"visit","Total":100,"CurrencyCode":"XXX","UserDefinedDate":"2026-02-27","Custom1":null}`},
		"XML":  {"application/xml; charset=utf-8", `<Report><Name>Trip &amp; more</Name><Comment>soon</Comment><OrgUnit1>West</OrgUnit1><Custom20>x</Custom20><UserDefinedDate>2026-02-27</UserDefinedDate></Report>`},
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			c := serve(t, concursim.Options{})
			c.own()
			got := c.call("POST", reports, body[1], "Content-Type", body[0])
			made := decode[struct{ ID, URI string }](t, got.body)
			if got.status != http.StatusOK || made.URI != c.url+reports+"/"+made.ID {
				t.Fatalf("POST = %d %s", got.status, got.body)
			}
			r := decode[record](t, c.call("GET", reports+"/"+made.ID, "").body)
			custom := r["Custom20"].(map[string]any)
			want := []any{"Trip & more", "soon", "x", "2026-02-27T00:00:00", 0.0, "A_NOTF", "P_NOTP", nil}
			if diff := cmp.Diff(want, []any{r["Name"], r["LastComment"], custom["Value"], r["UserDefinedDate"], r["Total"], r["ApprovalStatusCode"], r["PaymentStatusCode"], r["Custom1"]}); diff != "" {
				t.Errorf("created report (-want +got):\n%s", diff)
			}
			if r["CreateDate"].(string) >= r["LastModifiedDate"].(string) {
				t.Errorf("CreateDate %v is not before LastModifiedDate %v", r["CreateDate"], r["LastModifiedDate"])
			}
			versions := c.Versions(concursim.VersionFilter{Since: start})
			if len(versions) != 1 || versions[0].Kind != concursim.Created || versions[0].ReportID != made.ID {
				t.Errorf("truth = %+v, want the creation", versions)
			}
		})
	}
}

func TestPostInXMLAnswersInXML(t *testing.T) {
	c := serve(t, concursim.Options{})
	c.own()
	got := c.call("POST", reports, `<Report><Name>Trip</Name></Report>`, "Content-Type", "application/xml", "Accept", "")
	var made struct {
		XMLName xml.Name `xml:"Response"`
		ID, URI string
	}
	if err := xml.Unmarshal([]byte(got.body), &made); err != nil || made.ID == "" || !strings.HasSuffix(made.URI, made.ID) {
		t.Errorf("POST = %s (%v), want a Response", got.body, err)
	}
}

func TestPutChangesOnlyWhatItNames(t *testing.T) {
	c := serve(t, concursim.Options{})
	old := c.own()
	c.clock.Advance(time.Minute)
	if got := c.call("PUT", path(old), `{"Name":"Renamed","Custom2":"new","OrgUnit1":""}`, "Content-Type", "application/json"); got.status != http.StatusNoContent || got.body != "" {
		t.Fatalf("PUT = %d %q, want 204 without a body", got.status, got.body)
	}
	now := decode[record](t, c.call("GET", path(old), "").body)
	var changed []string
	for name := range now {
		if !cmp.Equal(now[name], old[name]) {
			changed = append(changed, name)
		}
	}
	v := c.Versions(concursim.VersionFilter{Since: start.Add(time.Second)})
	if len(v) != 1 || v[0].Kind != concursim.Updated || v[0].Number != 2 {
		t.Fatalf("truth = %+v, want one update", v)
	}
	if diff := cmp.Diff([]string{"Name", "OrgUnit1", "Custom2"}, v[0].Changed); diff != "" {
		t.Errorf("changed fields (-want +got):\n%s", diff)
	}
	if len(changed) != 4 { // LastModifiedDate, too
		t.Errorf("fields that differ = %v, want 4", changed)
	}
}

func TestBadBodiesAreRefusedAndChangeNothing(t *testing.T) {
	c := serve(t, concursim.Options{})
	old := c.own()
	tests := map[string]struct{ method, path, contentType, body, says string }{
		"no JSON":         {"POST", reports, "application/json", `{`, "as JSON"},
		"no XML":          {"POST", reports, "application/xml", `<Report>`, "as XML"},
		"no name":         {"POST", reports, "application/json", `{"Comment":"x"}`, "name"},
		"bad date":        {"PUT", path(old), "application/json", `{"UserDefinedDate":"soon"}`, "UserDefinedDate"},
		"long custom":     {"PUT", path(old), "application/json", `{"Custom1":"` + strings.Repeat("é", 49) + `"}`, "at most 48"},
		"no body":         {"PUT", path(old), "application/json", ``, "as JSON"},
		"enormous body":   {"PUT", path(old), "application/json", `{"Name":"` + strings.Repeat("x", 2<<20) + `"}`, "too large"},
		"list, no object": {"PUT", path(old), "application/json", `[]`, "as JSON"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := c.call(tt.method, tt.path, tt.body, "Content-Type", tt.contentType)
			if answer := decode[struct{ Message string }](t, got.body); got.status != 400 || !strings.Contains(answer.Message, tt.says) {
				t.Errorf("%s = %d %s, want 400 and %q", tt.method, got.status, got.body, tt.says)
			}
		})
	}
	if made := c.Versions(concursim.VersionFilter{Since: start}); len(made) != 0 {
		t.Errorf("refused bodies made versions: %+v", made)
	}
}

func FuzzReportBodies(f *testing.F) {
	f.Add("application/json", `{"Name":"x","Custom1":"y"}`)
	f.Add("application/xml", `<Report><Name>x</Name></Report>`)
	f.Fuzz(func(t *testing.T, contentType, body string) {
		c := serve(t, concursim.Options{Reports: -1})
		c.token = c.logIn(c.Companies()[0].Users[1]).AccessToken
		got, err := c.try("POST", reports, body, "Content-Type", strings.Map(printable, contentType))
		if err != nil {
			t.Fatal(err)
		}
		if got.status == http.StatusOK {
			c.list(reports)
			return
		}
		if decode[struct{ Message string }](t, got.body).Message == "" {
			t.Errorf("refusal without a message: %d %s", got.status, got.body)
		}
	})
}

func printable(r rune) rune {
	if r < ' ' || r > '~' {
		return -1
	}
	return r
}
