package element_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone/internal/element"
)

// named returns an element with resources of these names, each with its path.
func named(t *testing.T, names ...string) *element.Element {
	t.Helper()
	text, _, _ := strings.Cut(minimal(t), "resources:")
	text += "resources:\n"
	for _, name := range names {
		path := strings.NewReplacer("{", "{{ path.", "}", " }}").Replace(name)
		text += fmt.Sprintf("  - {name: %q, primary_key: id, retriever: {requester: {path: \"/%s\"}, record_selector: {}}}\n", name, path)
	}
	return parse(t, text)
}

func TestAResourceIsFoundByItsName(t *testing.T) {
	e := named(t, "reports", "reports/{report}/entries", "reports/all/entries", "reports/{report}/entries/{entry}/tags", "reports/{report}/entries/new/tags", "reports/x/{y}/{z}/tags")
	tests := map[string]string{ // the name of the resource, or nothing
		"reports":                         "reports",
		"Reports":                         "",
		"reports/7C1E":                    "",
		"reports/7C1E/entries":            "reports/{report}/entries",
		"reports/7 C/entries":             "reports/{report}/entries",
		"reports/{report}/entries":        "reports/{report}/entries",
		"reports/all/entries":             "reports/all/entries",
		"reports//entries":                "",
		"reports/7C1E/Entries":            "",
		"reports/7C1E/entries/9":          "",
		"reports/7C1E/entries/9/tags":     "reports/{report}/entries/{entry}/tags",
		"reports/7C1E/entries/new/tags":   "reports/{report}/entries/new/tags",
		"reports/x/entries/new/tags":      "reports/x/{y}/{z}/tags",
		"reports/7C1E/entries/9/tags/all": "",
		"":                                "",
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			got, known := e.Resource(name)
			if known != (want != "") || known && got.Name != want {
				t.Errorf("Resource(%q) = %+v, %t, want %q", name, got, known, want)
			}
		})
	}
}

func TestTheOrderOfTheFileDoesNotDecideWhichResourceIsFound(t *testing.T) {
	names := []string{"a/{x}/{y}/d", "a/{x}/c/d", "a/b/{y}/d"}
	for range names {
		names = append(names[1:], names[0])
		if got, _ := named(t, names...).Resource("a/b/c/d"); got == nil || got.Name != "a/b/{y}/d" {
			t.Errorf("Resource = %+v of %q, want a/b/{y}/d", got, names)
		}
	}
}

func TestANameGivesTheParametersTheirValues(t *testing.T) {
	e := named(t, "reports", "reports/{report}/entries/{entry}/tags")
	tests := map[string]map[string]string{
		"reports":                               {},
		"reports/7C1E/entries/9/tags":           {"report": "7C1E", "entry": "9"},
		"reports/{report}/entries/9/tags":       {"entry": "9"},
		"reports/{report}/entries/{entry}/tags": {},
	}
	for name, want := range tests {
		r, known := e.Resource(name)
		if !known {
			t.Fatalf("Resource(%q) is not known", name)
		}
		if diff := cmp.Diff(want, r.Values(name)); diff != "" {
			t.Errorf("Values(%q) differ (-want +got):\n%s", name, diff)
		}
	}
	r, _ := e.Resource("reports/1/entries/2/tags")
	if diff := cmp.Diff([]string{"report", "entry"}, r.Parameters()); diff != "" {
		t.Errorf("Parameters differ (-want +got):\n%s", diff)
	}
}

func TestAResourceSaysHowItIsPolled(t *testing.T) {
	r := parse(t, string(read(t, "testdata/notes.yaml"))).Resources[0]
	if !r.Retriever.Conditional || r.Incremental.Order != element.NewestFirst || !r.Incremental.Deleted([]byte(`{"deleted":true}`)) {
		t.Errorf("Resource = %+v, %+v, want one that is asked for conditionally, newest first, and marks deletions", r.Retriever, r.Incremental)
	}
	unsaid := named(t, "notes").Resources[0].Retriever
	if unsaid.Conditional {
		t.Error("a list is asked for conditionally though nothing says so")
	}
}

func TestARetrieveThatNeedsMoreThanTheIDConfirmsNothing(t *testing.T) {
	tests := map[string]struct {
		operations string
		want       bool
	}{
		"none":                      {"create: {path: /v1/contacts}", false},
		"by the id alone":           {`retrieve: {path: "/v1/contacts/{{ id }}", request_headers: {X-Id: "{{ uuid }}"}}`, true},
		"with the owner's name too": {`retrieve: {path: "/v1/contacts/{{ id }}", request_parameters: {user: "{{ where['user'] }}"}}`, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := parse(t, minimal(t)+"    operations:\n      "+tt.operations+"\n")
			if got := e.Resources[0].Confirms(); got != tt.want {
				t.Errorf("Confirms = %t, want %t", got, tt.want)
			}
		})
	}
}

func TestRecordsThatTheVendorMarksAreDeleted(t *testing.T) {
	flag := &element.Incremental{DeletedField: "meta.gone", DeletedValues: []string{"true", "1", "x 1"}}
	tests := map[string]struct {
		incremental *element.Incremental
		record      string
		want        bool
	}{
		"a truth value":        {flag, `{"meta":{"gone":true}}`, true},
		"a text":               {flag, `{"meta":{"gone":"true"}}`, true},
		"a text with a space":  {flag, `{"meta":{"gone":"x 1"}}`, true},
		"a number":             {flag, `{"meta":{"gone":1}}`, true},
		"another number":       {flag, `{"meta":{"gone":1.0}}`, false},
		"false":                {flag, `{"meta":{"gone":false}}`, false},
		"null":                 {flag, `{"meta":{"gone":null}}`, false},
		"nothing":              {flag, `{"meta":{}}`, false},
		"no mark":              {&element.Incremental{DeletedValues: []string{"true"}}, `{"":true}`, false},
		"no incremental sync":  {nil, `{"meta":{"gone":true}}`, false},
		"a record of no shape": {flag, `[]`, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.incremental.Deleted([]byte(tt.record)); got != tt.want {
				t.Errorf("Deleted(%s) = %t, want %t", tt.record, got, tt.want)
			}
		})
	}
}
