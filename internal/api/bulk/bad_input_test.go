package bulk_test

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestBadBulkRequestsSayWhatToDo(t *testing.T) {
	w := newWorld(t, `{"ID":1}`)
	w.ok(t, "POST "+query, "")
	w.carryOut(t)
	w.ok(t, "POST "+query, "", "Authorization", "other")
	tests := map[string]struct {
		request, body string
		headers       []string
		status        int
		want          string
	}{
		"no token":           {"POST " + query, "", []string{"Authorization", "account"}, 401, "add Element <element token>"},
		"a disabled one":     {"POST " + query, "", []string{"Authorization", "off"}, 403, "is disabled; enable it with PUT"},
		"no query":           {"POST /bulk/query", "", nil, 400, "q is missing; write the query"},
		"an empty query":     {"POST /bulk/query?q=", "", nil, 400, "q is missing"},
		"two queries":        {"POST " + query + "&q=x", "", nil, 400, `"q" is given 2 times`},
		"another parameter":  {"POST " + query + "&from=2026-01-01", "", nil, 400, `"from" is not known here; write what limits the records into the where clause`},
		"another member":     {"POST /bulk/query", `{"query":"x"}`, nil, 400, `not known here: "query"`},
		"no text":            {"POST /bulk/query", `{"q":7}`, nil, 400, "q: is a number; write text"},
		"no JSON":            {"POST /bulk/query", `select`, nil, 400, "the body is no JSON"},
		"another body":       {"POST /bulk/query", `q`, []string{"Content-Type", "text/plain"}, 415, "send JSON"},
		"a bad form":         {"POST /bulk/query", `q=%zz`, []string{"Content-Type", "application/x-www-form-urlencoded"}, 400, "the body is no form"},
		"a large form":       {"POST /bulk/query", "q=" + strings.Repeat("x", 300<<10), []string{"Content-Type", "application/x-www-form-urlencoded"}, 400, "at most 256 KB"},
		"a wrong query":      {"POST /bulk/query?q=select+*+from+x+where+a", "", nil, 400, "q, column 24"},
		"an unknown one":     {"POST /bulk/query?q=select+*+from+unknown", "", nil, 400, "q: resource: Concur has no resource unknown"},
		"a bad callback":     {"POST " + query, "", []string{"Elements-Async-Callback-Url", "ftp://x"}, 400, "Elements-Async-Callback-Url: is no URL that can be posted to"},
		"a private callback": {"POST " + query, "", []string{"Elements-Async-Callback-Url", "http://10.0.0.1"}, 400, "Elements-Async-Callback-Url: is private"},
		"no number":          {"GET /bulk/first/status", "", nil, 404, `there is no bulk job "first"`},
		"an unknown job":     {"GET /bulk/99/status", "", nil, 404, "there is no bulk job 99 of this instance"},
		"somebody else's":    {"GET /bulk/2/status", "", nil, 404, "there is no bulk job 2"},
		"errors of theirs":   {"GET /bulk/2/errors", "", nil, 404, "there is no bulk job 2"},
		"records of theirs":  {"GET /bulk/2/reports", "", nil, 404, "there is no bulk job 2"},
		"removing theirs":    {"DELETE /bulk/2", "", nil, 404, "there is no bulk job 2"},
		"another object":     {"GET /bulk/1/items", "", nil, 404, "bulk job 1 is of reports; fetch it with GET /elements/api-v2/bulk/1/reports"},
		"another form":       {"GET /bulk/1/reports", "", []string{"Accept", "application/xml"}, 406, "write application/json or text/csv"},
		"a wrong page size":  {"GET /bulk?pageSize=none", "", nil, 400, "pageSize"},
		"a wrong token":      {"GET /bulk?nextPage=none", "", nil, 400, "nextPage"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := w.call(t, tt.request, tt.body, tt.headers...)
			var failure struct{ RequestID, Message string }
			if err := json.Unmarshal(got.Body.Bytes(), &failure); err != nil || failure.RequestID == "" {
				t.Errorf("%s = %s, want a requestId", tt.request, got.Body)
			}
			if got.Code != tt.status || !strings.Contains(failure.Message, tt.want) {
				t.Errorf("%s = %d %q, want %d %q", tt.request, got.Code, failure.Message, tt.status, tt.want)
			}
		})
	}
}
