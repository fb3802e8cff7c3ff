package provider_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone/internal/element"
	"turnstone/internal/provider"
)

func TestRecordsKeepTheirText(t *testing.T) {
	tests := map[string]struct {
		paths []string
		body  string
		want  []string
	}{
		"array":                {nil, `[{"a": 1.50} , {"b":"\u00e4"}]`, []string{`{"a": 1.50}`, `{"b":"\u00e4"}`}},
		"path":                 {[]string{"data.items"}, `{"data":{"items":[{"a":0E-8}]}}`, []string{`{"a":0E-8}`}},
		"first present path":   {[]string{"Items", "Digest"}, `{"Digest":[{"a":1}],"n":2}`, []string{`{"a":1}`}},
		"object for an array":  {[]string{"item"}, `{"item":{"a":1}}`, []string{`{"a":1}`}},
		"empty array":          {[]string{"Items"}, `{"Items":[]}`, nil},
		"null":                 {[]string{"Items"}, `{"Items":null}`, nil},
		"null wins":            {[]string{"Items", "Digest"}, `{"Items":null,"Digest":[{}]}`, nil},
		"empty XML list":       {[]string{"R.Items.Report"}, `{"R":{"Items":"","NextPage":null}}`, nil},
		"empty parent":         {[]string{"data.items"}, `{"data":{}}`, nil},
		"ignored answer":       {[]string{"Items"}, ``, nil},
		"large array in place": {[]string{"i"}, `{"i":[` + strings.Repeat(`{},`, 999) + `{}]}`, repeated("{}", 1000)},
		"larger than noted":    {[]string{"i"}, `{"i":[` + strings.Repeat(`{},`, 10_000) + `{}]}`, repeated("{}", 10_001)},
		"two arrays":           {[]string{"b"}, `{"a":[{"n":1}],"b":[{"n":2}]}`, []string{`{"n":2}`}},
		"array in an array":    {[]string{"a.0"}, `{"a":[[{"n":1}]]}`, []string{`{"n":1}`}},
		"name with an escape":  {[]string{"Items"}, `{"It\u0065ms":[{"n":1}, {"n":2}]}`, []string{`{"n":1}`, `{"n":2}`}},
		"brackets in a text":   {[]string{"Items"}, `{"Items":[ {"n":"]}\""} , "[" ]}`, []string{`{"n":"]}\""}`, `"["`}},
	}
	for name, tt := range tests {
		for how, answer := range map[string]provider.Answer{"as read": provider.Read([]byte(tt.body)), "by hand": {Body: []byte(tt.body)}} {
			t.Run(name+" "+how, func(t *testing.T) {
				records, err := answer.Records(element.RecordSelector{FieldPath: tt.paths})
				if err != nil {
					t.Fatalf("Records: %v", err)
				}
				var got []string
				for _, r := range records {
					got = append(got, string(r))
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("Records differ (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func repeated(text string, n int) []string {
	return strings.Fields(strings.Repeat(text+" ", n))
}

func TestAnAnswerWithoutRecordsIsNotAnEmptyPage(t *testing.T) {
	tests := map[string]struct{ body, text string }{
		"no path":             {`{"Error":"x"}`, "the answer has no Items or data.items"},
		"path half there":     {`{"data":{"n":1}}`, "the answer has no Items or data.items"},
		"text for an array":   {`{"Items":"none"}`, "holds a String"},
		"number for an array": {`{"Items":0}`, "holds a Number"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			records, err := provider.Answer{Body: []byte(tt.body)}.Records(element.RecordSelector{FieldPath: []string{"Items", "data.items"}})
			if err == nil || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("Records = %s, %v, want ...%s...", records, err, tt.text)
			}
		})
	}
}

func ExampleAnswer_Records() {
	answer := provider.Answer{Body: []byte(`{"Items":[{"ID":"A1","Total":1284.350}]}`)}
	records, err := answer.Records(element.RecordSelector{FieldPath: []string{"Items"}})
	fmt.Printf("%s %v\n", records, err)
	// Output: [{"ID":"A1","Total":1284.350}] <nil>
}

// FuzzRecords looks for records in any page: each that is found is JSON, and stands in
// the page, at every path that an element may name.
func FuzzRecords(f *testing.F) {
	for _, page := range []string{
		`[]`, `[{"a":1}]`, `{"Items":[{"a":1},null,"x",[]],"Digest":{}}`, `{"a":{"b":[{"c":[1]}]}}`, `{"It\u0065ms":[{}]}`, `{"Items":{"Items":[1]}}`,
		`{"Items":[],"Items":[{}]}`, `[[[]]]`, `{"":[{}]}`, `{"Items":"]"}`, "[1,\n2]",
	} {
		f.Add([]byte(page), "Items")
		f.Add([]byte(page), "a.b")
	}
	f.Fuzz(func(t *testing.T, page []byte, path string) {
		if !provider.IsJSON(page) {
			return // is no page
		}
		for _, paths := range [][]string{nil, {path}, {"Items", path}} {
			records, err := provider.Read(page).Records(element.RecordSelector{FieldPath: paths})
			if err != nil {
				continue
			}
			for _, record := range records {
				if !json.Valid(record) || !bytes.Contains(page, record) {
					t.Errorf("Records(%s) at %q has %s, which is no JSON of the page", page, paths, record)
				}
			}
		}
	})
}
