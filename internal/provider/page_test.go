package provider_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone/internal/element"
	"turnstone/internal/provider"
)

func TestEachPaginatorReadsToTheEnd(t *testing.T) {
	limit, start := &element.Option{FieldName: "limit"}, &element.Option{FieldName: "start"}
	tests := map[string]struct {
		paginator element.Paginator
		bodies    []string // of three full pages
		want      []string // the requests for them
	}{
		"NextURL": {
			element.Paginator{Type: "NextURL", Next: "next", SizeOption: limit},
			[]string{`{"next":"https://old.example/v3/orders?limit=2&offset=a"}`, `{"next":"/v3/orders?offset=b"}`, `{"next":null}`},
			[]string{"GET /orders?limit=2", "GET /v3/orders?limit=2&offset=a", "GET /v3/orders?offset=b"},
		},
		"NextURL relative to the page": {
			element.Paginator{Type: "NextURL", Next: `links.#(rel=="next").href`},
			[]string{`{"links":[{"rel":"next","href":"?p=2"}]}`, `{"links":[{"rel":"self","href":"x"},{"rel":"next","href":"orders?p=3"}]}`, `{"links":[]}`},
			[]string{"GET /orders", "GET /orders?p=2", "GET /orders?p=3"},
		},
		"NextURL that needs an offset": {
			element.Paginator{Type: "NextURL", Next: "next", NextNeeds: "offset"},
			[]string{`{"next":"/orders?offset=1"}`, `{"next":"/orders?offset=2"}`, `{"next":"/orders?user=ALL&offset=%20"}`},
			[]string{"GET /orders", "GET /orders?offset=1", "GET /orders?offset=2"},
		},
		"CursorPagination": {
			element.Paginator{Type: "CursorPagination", Next: "cursor", TokenOption: &element.Option{FieldName: "after"}, SizeOption: limit},
			[]string{`{"cursor":"a&b"}`, `{"cursor":7}`, `{"cursor":""}`},
			[]string{"GET /orders?limit=2", "GET /orders?after=a%26b&limit=2", "GET /orders?after=7&limit=2"},
		},
		"OffsetIncrement with a total": {
			element.Paginator{Type: "OffsetIncrement", TotalRecords: "total", TokenOption: start},
			[]string{`{"total":6}`, `{"total":"6"}`, `{"total":6}`},
			[]string{"GET /orders?start=0", "GET /orders?start=2", "GET /orders?start=4"},
		},
		"PageIncrement with a total": {
			element.Paginator{Type: "PageIncrement", TotalPages: "page.of", TokenOption: start, Start: 1},
			[]string{`{"page":{"of":3}}`, `{"page":{"of":3}}`, `{"page":{"of":3}}`},
			[]string{"GET /orders?start=1", "GET /orders?start=2", "GET /orders?start=3"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			lines := readAll(t, tt.paginator, tt.bodies)
			if diff := cmp.Diff(tt.want, lines); diff != "" {
				t.Errorf("requests differ (-want +got):\n%s", diff)
			}
		})
	}
}

// readAll reads pages of two records until there is no next, and returns the
// requests. A page is kept as JSON in between, as a token is.
func readAll(t *testing.T, p element.Paginator, bodies []string) []string {
	t.Helper()
	var lines []string
	client, call := vendor(t, echo(""))
	for page, more := (provider.Page{}), true; more; {
		asking := call
		page.Ask(&p, 2, &asking)
		asking.Body = []byte("null")
		got, err := client.Do(t.Context(), asking)
		if err != nil {
			t.Fatalf("Do: %v", err)
		}
		var echoed []any
		if err := json.Unmarshal(got.Body, &echoed); err != nil {
			t.Fatalf("Unmarshal(%s): %v", got.Body, err)
		}
		lines = append(lines, fmt.Sprint(echoed[0]))
		if len(lines) > len(bodies) {
			t.Fatalf("asked for more than %d pages: %q", len(bodies), lines)
		}
		got.Body = []byte(bodies[len(lines)-1])
		page, more, err = page.After(&p, provider.Listed{Answer: got, Records: 2, Size: 2})
		if err != nil {
			t.Fatalf("After: %v", err)
		}
		page = thawed(t, page)
	}
	return lines
}

func thawed(t *testing.T, p provider.Page) provider.Page {
	t.Helper()
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatalf("Marshal: %v", err)
	}
	var again provider.Page
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatalf("Unmarshal: %v", err)
	}
	return again
}

func TestTheLastPageIsTold(t *testing.T) {
	tests := map[string]struct {
		paginator *element.Paginator
		listed    provider.Listed
		more      bool
	}{
		"no paginator":              {nil, listed(`{"next":"/a"}`, 2), false},
		"ignored answer":            {&element.Paginator{Type: "NextURL", Next: "next"}, listed(``, 0), false},
		"no URL":                    {&element.Paginator{Type: "NextURL", Next: "next"}, listed(`{}`, 2), false},
		"blank URL":                 {&element.Paginator{Type: "NextURL", Next: "next"}, listed(`{"next":" "}`, 2), false},
		"full page":                 {&element.Paginator{Type: "OffsetIncrement"}, listed(`{}`, 2), true},
		"page that is not full":     {&element.Paginator{Type: "OffsetIncrement"}, listed(`{}`, 1), false},
		"more than asked for":       {&element.Paginator{Type: "PageIncrement"}, listed(`{}`, 9), true},
		"empty page below total":    {&element.Paginator{Type: "OffsetIncrement", TotalRecords: "n"}, listed(`{"n":9}`, 0), false},
		"short page below total":    {&element.Paginator{Type: "OffsetIncrement", TotalRecords: "n"}, listed(`{"n":9}`, 1), true},
		"total that is missing":     {&element.Paginator{Type: "PageIncrement", TotalPages: "n"}, listed(`{"n":null}`, 2), true},
		"empty page with a next":    {&element.Paginator{Type: "NextURL", Next: "next"}, listed(`{"next":"/a"}`, 0), true},
		"URL with a blank offset":   {&element.Paginator{Type: "NextURL", Next: "next", NextNeeds: "o"}, listed(`{"next":"/a?o="}`, 2), false},
		"URL with the offset of it": {&element.Paginator{Type: "NextURL", Next: "next", NextNeeds: "o"}, listed(`{"next":"/a?o=1"}`, 2), true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if next, more, err := (provider.Page{}).After(tt.paginator, tt.listed); more != tt.more || err != nil {
				t.Errorf("After = %+v, %t, %v, want %t", next, more, err, tt.more)
			}
		})
	}
}

func listed(body string, records int) provider.Listed {
	return provider.Listed{
		Answer:  provider.Answer{Body: []byte(body), URL: "https://api.shop.example/orders?limit=2"},
		Records: records, Size: 2,
	}
}

func TestPagesThatCannotFollowAreRefused(t *testing.T) {
	tests := map[string]struct {
		page      provider.Page
		paginator element.Paginator
		body      string
		text      string
	}{
		"the same URL":     {provider.Page{Next: "/orders?o=2"}, element.Paginator{Type: "NextURL", Next: "next"}, `{"next":"https://x/orders?o=2"}`, "just read"},
		"the same token":   {provider.Page{Token: "t"}, element.Paginator{Type: "CursorPagination", Next: "next"}, `{"next":"t"}`, "just read"},
		"no URL":           {provider.Page{}, element.Paginator{Type: "NextURL", Next: "next"}, `{"next":"http://[::1"}`, "is no URL"},
		"another scheme":   {provider.Page{}, element.Paginator{Type: "NextURL", Next: "next"}, `{"next":"mailto:x@y"}`, `of "mailto", and pages are asked for over https`},
		"a scheme of ours": {provider.Page{}, element.Paginator{Type: "NextURL", Next: "next"}, `{"next":"file:///etc/passwd"}`, `at next, for the next page, is a URL of "file"`},
		"a host alone":     {provider.Page{}, element.Paginator{Type: "NextURL", Next: "next"}, `{"next":"https:x"}`, "no URL with a host"},
		"a fragment":       {provider.Page{}, element.Paginator{Type: "NextURL", Next: "next"}, `{"next":"/orders?o=2#page"}`, "has a fragment"},
		"a long URL":       {provider.Page{}, element.Paginator{Type: "NextURL", Next: "next"}, `{"next":"/orders?o=` + strings.Repeat("x", 8200) + `"}`, "is 8210 bytes long, and no server takes more than 8192"},
		"a long token":     {provider.Page{}, element.Paginator{Type: "CursorPagination", Next: "next"}, `{"next":"` + strings.Repeat("x", 8193) + `"}`, "is 8193 bytes long"},
		"unknown type":     {provider.Page{}, element.Paginator{Type: "Magic"}, `{}`, `unknown type "Magic"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			next, more, err := tt.page.After(&tt.paginator, listed(tt.body, 2))
			if err == nil || more || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("After = %+v, %t, %v, want ...%s...", next, more, err, tt.text)
			}
		})
	}
}

func FuzzNextURL(f *testing.F) {
	for _, next := range []string{"/orders?o=2", "https://b.example//c.example/x", "?p=%zz", "//b.example", "https:x", "\x00", "#a"} {
		f.Add(next)
	}
	paginator := &element.Paginator{Type: "NextURL", Next: "next"}
	f.Fuzz(func(t *testing.T, next string) {
		body, err := json.Marshal(map[string]string{"next": next})
		if err != nil {
			t.Skip()
		}
		got, more, err := provider.Page{}.After(paginator, listed(string(body), 2))
		if err != nil || !more {
			return
		}
		if !strings.HasPrefix(got.Next, "/") || strings.HasPrefix(got.Next, "//") || len(got.Next) > 8<<10 || strings.ContainsAny(got.Next, " \r\n#") {
			t.Errorf("After = %q for %q, want a short path that cannot be taken for a host", got.Next, next)
		}
	})
}

func TestAListedHostIsKeptInThePage(t *testing.T) {
	p := element.Paginator{Type: "NextURL", Next: "next", NextHost: "listed"}
	got, _, err := (provider.Page{}).After(&p, listed(`{"next":"https://ann:pw@b.shop.example/orders?o=2"}`, 2))
	if want := (provider.Page{Next: "https://b.shop.example/orders?o=2"}); got != want || err != nil {
		t.Errorf("After = %+v, %v, want %+v", got, err, want)
	}
}

func TestAPathIsNeverTakenForAHost(t *testing.T) {
	paginator := &element.Paginator{Type: "NextURL", Next: "next"}
	answer := provider.Answer{URL: "https://a.example/orders", Body: []byte(`{"next":"https://a.example//evil.example/x?o=2"}`)}
	got, _, err := provider.Page{}.After(paginator, provider.Listed{Answer: answer, Records: 1})
	if want := (provider.Page{Next: "/evil.example/x?o=2"}); got != want || err != nil {
		t.Errorf("After = %+v, %v, want %+v", got, err, want)
	}
}

func ExamplePage_After() {
	paginator := &element.Paginator{Type: "NextURL", Next: "NextPage", NextNeeds: "offset"}
	answer := provider.Answer{
		URL:  "https://us2.api.concursolutions.com/api/v3.0/expense/reports?limit=100",
		Body: []byte(`{"Items":[{}],"NextPage":"http://www.concursolutions.com/api/v3.0/expense/reports?limit=100&offset=gWn"}`),
	}
	next, more, err := provider.Page{}.After(paginator, provider.Listed{Answer: answer, Records: 1, Size: 100})
	fmt.Println(next.Next, more, err)
	// Output: /api/v3.0/expense/reports?limit=100&offset=gWn true <nil>
}
