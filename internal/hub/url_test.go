package hub_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"turnstone/internal/hub"
)

func TestURLsAreReadEncodedOrNot(t *testing.T) {
	tests := map[string]struct {
		url  string
		want hub.Request
	}{
		"the seed's": {
			"/hubs/expense/reports?where=modifiedDateAfter='2024-05-02T11:45:00.000'",
			hub.Request{Resource: "reports", Where: "modifiedDateAfter='2024-05-02T11:45:00.000'"},
		},
		"encoded": {
			"/hubs/expense/reports?where=modifiedDateAfter%3D%272024-05-02T11%3A45%3A00%2B02%3A00%27&pageSize=50",
			hub.Request{Resource: "reports", Where: "modifiedDateAfter='2024-05-02T11:45:00+02:00'", PageSize: 50},
		},
		"form-encoded":             {"/hubs/x/a?where=b%3D%27c+d%27", hub.Request{Resource: "a", Where: "b='c d'"}},
		"half encoded":             {"/hubs/x/a?where=b>'c%20d'", hub.Request{Resource: "a", Where: "b>'c d'"}},
		"plus in a plain zone":     {"/hubs/x/a?where=b>='12:00+02:00'", hub.Request{Resource: "a", Where: "b>='12:00+02:00'"}},
		"plain with spaces":        {"/hubs/x/a?where=b > '1+1' and c like '%20%'", hub.Request{Resource: "a", Where: "b > '1+1' and c like '%20%'"}},
		"plain percent":            {"/hubs/x/a?where=b='100%'", hub.Request{Resource: "a", Where: "b='100%'"}},
		"plain name with space":    {"/hubs/crm/Accounts?where='Modified Time'>'x'", hub.Request{Resource: "Accounts", Where: "'Modified Time'>'x'"}},
		"ampersand in quotes":      {"/hubs/x/a?where=b='c&d'&pageSize=5", hub.Request{Resource: "a", Where: "b='c&d'", PageSize: 5}},
		"quotes that do not pair":  {"/hubs/x/a?where=b=\"it's\"&pageSize=5", hub.Request{Resource: "a", Where: "b=\"it's\"", PageSize: 5}},
		"question mark in a value": {"/hubs/x/a?where=b='c?d'", hub.Request{Resource: "a", Where: "b='c?d'"}},
		"number sign":              {"/hubs/x/a?where=b='#1'", hub.Request{Resource: "a", Where: "b='#1'"}},
		"letters beyond ASCII":     {"/hubs/x/a?where=b='Köln%20Süd'", hub.Request{Resource: "a", Where: "b='Köln Süd'"}},
		"no hub":                   {"/invoices", hub.Request{Resource: "invoices"}},
		"the platform's prefix":    {"/elements/api-v2/hubs/crm/contacts?", hub.Request{Resource: "contacts"}},
		"the prefix, no hub":       {"/elements/api-v2/contacts/", hub.Request{Resource: "contacts"}},
		"a path for a name":        {"/hubs/social/direct-messages/received%20messages", hub.Request{Resource: "direct-messages/received messages"}},
		"everything": {
			"/hubs/x/a?fields=ID,%20Name&orderBy=Name%20desc&nextPage=eyJ2Ijox&page=1&&pageSize=2",
			hub.Request{Resource: "a", Fields: []string{"ID", "Name"}, OrderBy: "Name desc", Next: "eyJ2Ijox", PageSize: 2},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := hub.ParseURL(tt.url)
			if err != nil {
				t.Fatalf("ParseURL: %v", err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("ParseURL differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBadURLsSayWhatToWrite(t *testing.T) {
	tests := map[string]struct{ url, param, text string }{
		"another host":       {"https://api.example.com/hubs/expense/reports", "url", "names a host"},
		"a host in disguise": {"//api.example.com/reports", "url", "names a host"},
		"no slash":           {"hubs/expense/reports", "url", "does not begin with /; write it like /hubs/expense/reports?where=..."},
		"nothing":            {"", "url", "does not begin with /"},
		"only a slash":       {"/", "url", "names no resource"},
		"only a hub":         {"/hubs/expense?where=a='b'", "url", "names no resource"},
		"no hub even":        {"/elements/api-v2/hubs", "url", "names no resource"},
		"a step up":          {"/hubs/expense/../instances", "url", `has ".."`},
		"an escaped step":    {"/hubs/expense/%2e%2e/instances", "url", `has "%2e%2e"`},
		"an empty segment":   {"/hubs/expense/reports//x", "url", `has ""`},
		"a bad escape":       {"/hubs/expense/%zz", "url", `has "%zz"`},
		"a line break":       {"/hubs/expense/a%0Ab", "url", `has "a%0Ab"`},
		"a slash":            {"/hubs/expense/a%2F..", "url", `has "a%2F.."`},
		"where twice":        {"/hubs/x/a?where=a='b'&where=c='d'", "where", "twice"},
		"page size a word":   {"/hubs/x/a?pageSize=all", "pageSize", "whole number from 1"},
		"page size zero":     {"/hubs/x/a?pageSize=0", "pageSize", "whole number from 1"},
		"page size huge":     {"/hubs/x/a?pageSize=99999999999999999999", "pageSize", "whole number from 1"},
		"page a word":        {"/hubs/x/a?page=last", "page", "whole number from 1"},
		"page too far":       {"/hubs/x/a?page=1000000001", "page", "whole number from 1"},
		"an empty field":     {"/hubs/x/a?fields=a,,b", "fields", "empty name"},
		"too long":           {"/hubs/x/a?where=" + strings.Repeat("x", 256<<10), "url", "shorter where clause"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := hub.ParseURL(tt.url)
			if problem := requestError(t, err); problem.Param != tt.param || !strings.Contains(problem.Problem, tt.text) {
				t.Errorf("ParseURL = %v, want %s: ...%s...", problem, tt.param, tt.text)
			}
		})
	}
}

// TestEncodingDoesNotChangeAWhereClause encodes clauses as the standard
// libraries of clients do.
func TestEncodingDoesNotChangeAWhereClause(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringOf(rapid.RuneFrom([]rune("ab +%&='?#\"/ü20"))).Draw(t, "value")
		where := "a = '" + value + "'"
		percent := strings.ReplaceAll(url.QueryEscape(where), "+", "%20")
		for _, encoded := range []string{url.QueryEscape(where), percent, strings.ReplaceAll(percent, "%27", "'")} {
			got, err := hub.ParseURL("/hubs/x/a?where=" + encoded)
			if err != nil || got.Where != where {
				t.Errorf("ParseURL(%s) = %q, %v, want %q", encoded, got.Where, err, where)
			}
		}
	})
}

func FuzzParseURL(f *testing.F) {
	f.Add("/hubs/expense/reports?where=modifiedDateAfter='2024-05-02T11:45:00.000'&pageSize=50")
	f.Add("/elements/api-v2/a%20b/c?fields=a,b&nextPage=x&orderBy=y&page=1")
	f.Add("/a?where=%zz'&'")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := hub.ParseURL(text)
		if err != nil {
			_ = requestError(t, err)
			return
		}
		if r.Resource == "" || r.PageSize < 0 {
			t.Errorf("ParseURL(%q) = %+v, want a resource and no negative size", text, r)
		}
		for segment := range strings.SplitSeq(r.Resource, "/") {
			if segment == "" || segment == "." || segment == ".." {
				t.Errorf("ParseURL(%q) = %+v, want no steps", text, r)
			}
		}
	})
}
