package pollerconfig_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"turnstone/internal/pollerconfig"
)

// entries looks placeholders up in a configuration.
func entries(c map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := c[name]
		return value, ok
	}
}

func TestPlaceholdersInThePathAreFilledIn(t *testing.T) {
	lookup := entries(map[string]string{
		"reportId": "7C1E", "calendar.id": " a b@c ", "tricky": "${date}?x#y%2F{reportId}", "empty": " ", "slash": "a/b", "up": "..", "line": "a\nb",
	})
	tests := map[string]struct {
		url  string
		want string // empty: an error
		says string // of the error
	}{
		"none":                   {"/reports?where=a='b'", "/reports?where=a='b'", ""},
		"one":                    {"/hubs/expense/reports/{reportId}/entries?pageSize=5", "/hubs/expense/reports/7C1E/entries?pageSize=5", ""},
		"two":                    {"/{reportId}/{calendar.id}", "/7C1E/a%20b@c", ""},
		"beside macros":          {"/from/${date:yyyy'?'MM}/{reportId}?at=${epoch}", "/from/${date:yyyy'?'MM}/7C1E?at=${epoch}", ""},
		"a value is never read":  {"/{tricky}/x", "/$%7Bdate%7D%3Fx%23y%252F%7BreportId%7D/x", ""},
		"a brace in the query":   {"/a?where=b='{ x }'", "/a?where=b='{ x }'", ""},
		"not configured":         {"/{listId}/items", "", `has the placeholder {listId}, and the configuration has no entry of that name; add "listId"`},
		"configured as nothing":  {"/{empty}/items", "", "{empty}"},
		"several parts":          {"/{slash}/items", "", "write one without slashes"},
		"a step up":              {"/{up}/items", "", "{up}, and the value of that configuration entry is no part of a path"},
		"a line break":           {"/{line}/items", "", "{line}"},
		"never closed":           {"/{reportId/items", "", `has "{reportId/items" in its path; write a placeholder as`},
		"in the query":           {"/a?where=list='{listId}'", "", "has the placeholder {listId} in its query"},
		"several things at once": {"/{a}/{b}", "", "{b}"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := pollerconfig.Fill(tt.url, lookup)
			if got != tt.want || (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("Fill = %q, %v, want %q and an error with %q", got, err, tt.want, tt.says)
			}
		})
	}
}

func ExampleFill() {
	configuration := map[string]string{"reportId": "7C1E"}
	lookup := func(name string) (string, bool) {
		value, ok := configuration[name]
		return value, ok
	}
	fmt.Println(pollerconfig.Fill("/hubs/expense/reports/{reportId}/entries?where=at>'${date:yyyy-MM-dd}'", lookup))
	// Output: /hubs/expense/reports/7C1E/entries?where=at>'${date:yyyy-MM-dd}' <nil>
}

// FuzzFill fills whatever value in: it is one part of the path, and nothing else of
// the URL changes.
func FuzzFill(f *testing.F) {
	f.Add("/reports/{id}/x?where=a='{ }'", "7C1E")
	f.Add("/a/${date:yyyy}/{id}", "${epoch}")
	f.Add("/{id}{id}?${", "a/../b")
	f.Add("/${a?}/{id}", "?")
	f.Fuzz(func(t *testing.T, polled, value string) {
		got, err := pollerconfig.Fill(polled, func(name string) (string, bool) { return value, name == "id" })
		if err != nil {
			if got != "" || len(value) > 6 && !strings.Contains(polled, value) && strings.Contains(err.Error(), value) {
				t.Fatalf("Fill(%q) of %q = %q, %v, want nothing, and no value told", polled, value, got, err)
			}
			return
		}
		want := strings.ReplaceAll(polled, "{id}", url.PathEscape(strings.TrimSpace(value)))
		if got != want && !strings.Contains(polled, "${id}") {
			t.Fatalf("Fill(%q) of %q = %q, want %q", polled, value, got, want)
		}
	})
}
