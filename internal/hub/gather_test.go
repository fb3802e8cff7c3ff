package hub_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"turnstone"
	"turnstone/internal/hub"
)

// warehouse answers as the vendor of the goods, the orders and the lines of orders,
// of which each is a list of these records. It counts the requests.
type warehouse struct {
	records []string
	asked   int
}

func (w *warehouse) ServeHTTP(reply http.ResponseWriter, r *http.Request) {
	w.asked++
	query := r.URL.Query()
	number := func(name string, otherwise int) int {
		if n, err := strconv.Atoi(query.Get(name)); err == nil {
			return n
		}
		return otherwise
	}
	switch r.URL.Path {
	case "/goods":
		size := number("size", 3)
		w.list(reply, (number("page", 1)-1)*size, size, "")
	case "/orders":
		w.list(reply, number("start", 0), number("limit", 2), "")
	default: // two lines a page
		from := number("from", 0)
		w.list(reply, from, 2, fmt.Sprintf("%s?from=%d", r.URL.Path, from+2))
	}
}

func (w *warehouse) list(reply http.ResponseWriter, from, size int, next string) {
	from = min(from, len(w.records))
	to := min(from+size, len(w.records))
	if to == len(w.records) {
		next = ""
	}
	text := fmt.Sprintf(`{"items": [%s], "total": %d, "next": %q}`, strings.Join(w.records[from:to], ","), len(w.records), next)
	_, _ = reply.Write([]byte(text))
}

// goods returns so many records: their numbers go round from 0 to 6.
func goods(n int) []string {
	records := make([]string, n)
	for i := range records {
		records[i] = fmt.Sprintf(`{"id":%d,"n":%d}`, i, i%7)
	}
	return records
}

func numbered(from, to int) []string { return goods(to)[from:] }

func TestWhatTheVendorCannotFilterIsEvaluatedHere(t *testing.T) {
	h, in := newHub(t, "shop", script(t, map[string]string{
		"GET /orders?limit=10&start=0&status=open": `{"total":3,"items":[{"id":1,"to":{"city":"Rome"}},{"id":2,"to":{"city":"Paris"}},{"id":3,"to.city":"Bonn","to":{}}]}`,
	}))
	tests := map[string]struct{ where, want string }{
		"OR":                 {"status = 'open' AND (id = 1 OR id = 3.0)", "1 3"},
		"NOT":                {"status = 'open' AND NOT id = 1", "2 3"},
		"IN":                 {"status = 'open' AND id IN (2, 9)", "2"},
		"LIKE on a path":     {"status = 'open' AND to.city LIKE '%R%'", "1 2"},
		"a name with a dot":  {"status = 'open' AND `to.city` = 'Bonn'", "3"},
		"IS NULL":            {"status = 'open' AND to.city IS NULL", ""},
		"IS NOT NULL":        {"status = 'open' AND to IS NOT NULL", "1 2 3"},
		"a field without it": {"status = 'open' AND colour != 'red'", "1 2 3"},
		"STARTS WITH":        {"status = 'open' AND to.city STARTS WITH 'b'", "3"},
		"an order":           {"id > 1 AND status = 'open' AND id < 3", "2"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			page, err := h.List(t.Context(), in, hub.Request{Resource: "orders", PageSize: 10, Where: tt.where})
			if got := ids(page.Records); err != nil || got != tt.want || page.Next != "" {
				t.Errorf("List = %s, %v, want %s", got, err, tt.want)
			}
		})
	}
}

func TestAFieldThatNoRecordHasIsNamed(t *testing.T) {
	tests := map[string]struct {
		records     int
		where, want string
	}{
		"one that all have":             {3, "n >= 0", ""},
		"one that none has":             {3, "id >= 0 AND m > '2026-01-01'", "m"},
		"in an empty list":              {0, "m > 3", ""},
		"in a list of several pages":    {9, "m < 3", "m"},
		"compared with what it must be": {3, "m = 3", ""},
		"that may be missing":           {3, "m IS NULL", ""},
		"as one way of two":             {3, "m > 3 OR n > 3", ""},
	}
	for name, tt := range tests {
		for _, background := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", by a poll ", background), func(t *testing.T) {
				h, in := newHub(t, "shop", (&warehouse{records: goods(tt.records)}).ServeHTTP)
				page, err := h.List(t.Context(), in, hub.Request{Resource: "goods", Where: tt.where, Background: background})
				if err != nil || page.Lacks != tt.want {
					t.Errorf("List = lacks %q, %v, want %q", page.Lacks, err, tt.want)
				}
			})
		}
	}
}

func ids(records []json.RawMessage) string {
	var all []string
	for _, r := range records {
		var fields struct{ ID json.Number }
		_ = json.Unmarshal(r, &fields)
		all = append(all, fields.ID.String())
	}
	return strings.Join(all, " ")
}

// Whatever is evaluated here, and in whatever pages it is read: nothing is left out,
// nothing comes twice, and no page is larger than was asked for.
func TestPagesOfWhatIsEvaluatedHereAddUpToTheList(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := &warehouse{records: goods(rapid.IntRange(0, 38).Draw(rt, "records"))} // of notes, in the nineteen pages that are read for one
		h, in := newHub(t, "shop", w.ServeHTTP)
		r := hub.Request{
			Resource: rapid.SampledFrom([]string{"goods", "orders", "orders/7/notes"}).Draw(rt, "resource"),
			PageSize: rapid.IntRange(0, 5).Draw(rt, "pageSize"),
			Where:    rapid.SampledFrom([]string{"", "n = 3 OR n = 5", "NOT n IN (0, 1)", "n > 6"}).Draw(rt, "where"),
			OrderBy:  rapid.SampledFrom([]string{"", "n desc", "n, id desc"}).Draw(rt, "orderBy"),
		}
		r.Background = r.OrderBy == "" && rapid.Bool().Draw(rt, "background")
		var got []string
		for pages := 0; ; pages++ {
			page, err := h.List(t.Context(), in, r)
			if err != nil || pages > 100 {
				rt.Fatalf("page %d of %+v: %v", pages, r, err)
			}
			if r.PageSize > 0 && !r.Background && len(page.Records) > r.PageSize {
				rt.Fatalf("a page of %+v has %d records", r, len(page.Records))
			}
			got = append(got, texts(page.Records)...)
			if r.Next = page.Next; r.Next == "" {
				break
			}
		}
		if want := expected(w.records, r); !slices.Equal(got, want) {
			rt.Errorf("%+v gives %v, want %v", r, got, want)
		}
	})
}

// expected returns what the clauses and orders of the test above mean.
func expected(records []string, r hub.Request) []string {
	n := func(text string) (id, n int) {
		_, _ = fmt.Sscanf(text, `{"id":%d,"n":%d}`, &id, &n)
		return id, n
	}
	var kept []string
	for _, text := range records {
		_, n := n(text)
		if map[string]bool{"": true, "n = 3 OR n = 5": n == 3 || n == 5, "NOT n IN (0, 1)": n > 1, "n > 6": false}[r.Where] {
			kept = append(kept, text)
		}
	}
	slices.SortStableFunc(kept, func(a, b string) int {
		ida, na := n(a)
		idb, nb := n(b)
		switch r.OrderBy {
		case "n desc":
			return nb - na
		case "n, id desc":
			return (na-nb)*1000 + idb - ida
		}
		return 0
	})
	return kept
}

func TestAPageIsFilledWithinABudget(t *testing.T) {
	w := &warehouse{records: goods(400)}
	h, in := newHub(t, "shop", w.ServeHTTP)
	first, err := h.List(t.Context(), in, hub.Request{Resource: "goods", PageSize: 2, Where: "n = 9 OR id = 100"})
	if err != nil || w.asked != 20 || len(first.Records) != 0 || first.Next == "" {
		t.Fatalf("List = %v, %v after %d requests, want an empty page with a next one after 20", first.Records, err, w.asked)
	}
	second, err := h.List(t.Context(), in, hub.Request{Resource: "goods", Next: first.Next})
	if got := ids(second.Records); err != nil || got != "100" {
		t.Errorf("List = %s, %v, want record 100", got, err)
	}
}

func TestWhoKeepsFewOfManyAsksForMany(t *testing.T) {
	h, in := newHub(t, "shop", script(t, map[string]string{
		"GET /goods?kind=tea&page=1&size=4": `{"items":[{"id":1,"n":1},{"id":2,"n":2},{"id":3,"n":2},{"id":4,"n":2}]}`,
		"GET /goods?kind=tea&page=2&size=4": `{"items":[{"id":5,"n":2}]}`,
	}))
	got := readAll(t, h, in, hub.Request{Resource: "goods", PageSize: 2, Where: "kind = 'tea' AND n IN (2)"})
	want := [][]string{{`{"id":2,"n":2}`, `{"id":3,"n":2}`}, {`{"id":4,"n":2}`, `{"id":5,"n":2}`}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pages differ (-want +got):\n%s", diff)
	}
}

func TestInTheBackgroundAPageIsOneOfTheVendors(t *testing.T) {
	w := &warehouse{records: goods(9)}
	h, in := newHub(t, "shop", w.ServeHTTP)
	r := hub.Request{Resource: "goods", Where: "n IN (0, 8)", Background: true}
	var listed []turnstone.Fingerprint
	var counts []int
	for {
		page, err := h.List(t.Context(), in, r)
		if err != nil {
			t.Fatal(err)
		}
		listed, counts = append(listed, page.Listed), append(counts, len(page.Records))
		if r.Next = page.Next; r.Next == "" {
			break
		}
	}
	// The vendor gives three at a time, and does not say that the third page is full.
	if want := []int{1, 0, 1, 0}; !slices.Equal(counts, want) || w.asked != 4 {
		t.Errorf("pages have %v records after %d requests, want %v after 4", counts, w.asked, want)
	}
	if listed[0] == listed[1] || listed[1] == listed[2] || listed[0] == (turnstone.Fingerprint{}) {
		t.Errorf("Listed = %x, want another for each page", listed)
	}
}

func TestAPageIsFoundByItsNumber(t *testing.T) {
	tests := map[string]struct {
		request  hub.Request
		want     []string
		requests int
	}{
		"the vendor counts pages":        {hub.Request{Resource: "goods", Page: 3}, numbered(6, 9), 1},
		"the vendor counts records":      {hub.Request{Resource: "orders", Page: 4, PageSize: 5}, numbered(15, 20), 1},
		"nobody counts":                  {hub.Request{Resource: "orders/7/notes", Page: 3, PageSize: 2}, numbered(4, 6), 3},
		"pages of another size":          {hub.Request{Resource: "orders/7/notes", Page: 4, PageSize: 1}, numbered(3, 4), 4},
		"evaluated here":                 {hub.Request{Resource: "goods", Page: 2, PageSize: 2, Where: "n IN (0)"}, []string{`{"id":14,"n":0}`, `{"id":21,"n":0}`}, 6},
		"sorted here":                    {hub.Request{Resource: "orders", Page: 2, PageSize: 3, OrderBy: "id desc"}, []string{`{"id":26,"n":5}`, `{"id":25,"n":4}`, `{"id":24,"n":3}`}, 3},
		"behind the end":                 {hub.Request{Resource: "orders/7/notes", Page: 20, PageSize: 2}, nil, 15},
		"of a list without pages":        {hub.Request{Resource: "stores", Page: 2}, nil, 0},
		"the first":                      {hub.Request{Resource: "goods", Page: 1}, numbered(0, 3), 1},
		"behind the end, and sorted too": {hub.Request{Resource: "orders", Page: 9, PageSize: 9, OrderBy: "id"}, nil, 3},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := &warehouse{records: goods(30)}
			h, in := newHub(t, "shop", w.ServeHTTP)
			page, err := h.List(t.Context(), in, tt.request)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, texts(page.Records)); diff != "" || w.asked != tt.requests {
				t.Errorf("List asked %d times, want %d; records differ (-want +got):\n%s", w.asked, tt.requests, diff)
			}
		})
	}
}

func TestAPageTooFarToWalkIsRefused(t *testing.T) {
	h, in := newHub(t, "shop", (&warehouse{records: goods(100)}).ServeHTTP)
	_, err := h.List(t.Context(), in, hub.Request{Resource: "orders/7/notes", Page: 30, PageSize: 2})
	if problem := requestError(t, err); problem.Param != "page" || !strings.Contains(problem.Problem, "page 30 lies further into the list than 20 requests") {
		t.Errorf("List = %v, want the page refused", problem)
	}
}

func TestTheVendorSortsWhereItCan(t *testing.T) {
	h, in := newHub(t, "shop", script(t, map[string]string{
		"GET /goods?direction=down&page=1&size=3&sortBy=name": `{"items":[{"id":3},{"id":2},{"id":1}]}`,
		"GET /goods?direction=down&page=2&size=3&sortBy=name": `{"items":[{"id":0}]}`,
		"GET /goods?direction=asc&page=1&size=3&sortBy=name":  `{"items":[]}`,
	}))
	got := readAll(t, h, in, hub.Request{Resource: "goods", OrderBy: "name DESC"})
	if diff := cmp.Diff([][]string{{`{"id":3}`, `{"id":2}`, `{"id":1}`}, {`{"id":0}`}}, got); diff != "" {
		t.Errorf("pages differ (-want +got):\n%s", diff)
	}
	if _, err := h.List(t.Context(), in, hub.Request{Resource: "goods", OrderBy: "name"}); err != nil {
		t.Errorf("List: %v", err)
	}
}

func TestAShortListIsSortedHere(t *testing.T) {
	h, in := newHub(t, "shop", script(t, map[string]string{
		"GET /goods?page=1&size=4": `{"items":[{"id":1,"v":10},{"id":2,"v":"b"},{"id":3},{"id":4,"v":9.50}]}`,
		"GET /goods?page=2&size=4": `{"items":[{"id":5,"v":9.5},{"id":6,"v":"B"},{"id":7,"v":true}]}`,
	}))
	for orderBy, want := range map[string]string{"v": "4 5 1 6 2 7 3", "v desc": "3 7 2 6 1 4 5", "v, id desc": "5 4 1 6 2 7 3"} {
		page, err := h.List(t.Context(), in, hub.Request{Resource: "goods", PageSize: 100, OrderBy: orderBy})
		next, err2 := h.List(t.Context(), in, hub.Request{Resource: "goods", Next: page.Next, OrderBy: orderBy})
		if got := ids(append(page.Records, next.Records...)); got != want || err != nil || err2 != nil {
			t.Errorf("List by %s = %s, %v, %v, want %s", orderBy, got, err, err2, want)
		}
	}
}

func TestAListTooLongToSortIsRefused(t *testing.T) {
	h, in := newHub(t, "shop", (&warehouse{records: goods(400)}).ServeHTTP)
	_, err := h.List(t.Context(), in, hub.Request{Resource: "goods", OrderBy: "id"})
	if problem := requestError(t, err); problem.Param != "orderBy" || !strings.Contains(problem.Problem, "narrow the list with where") {
		t.Errorf("List = %v, want the order refused", problem)
	}
}

func TestWhatIsEvaluatedHereIsAskedForWithoutACondition(t *testing.T) {
	h, in := newHub(t, "shop", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-None-Match") != "" {
			t.Error("the list was asked for under the condition that it changed")
		}
		w.Header().Set("ETag", `"1"`)
		_, _ = w.Write([]byte(`[{"name":"a"},{"name":"b"}]`))
	})
	r := hub.Request{Resource: "stores", Background: true}
	page, err := h.List(t.Context(), in, r)
	if err != nil || page.Validator == (turnstone.Validator{}) {
		t.Fatalf("List = %+v, %v, want a validator", page, err)
	}
	r.Validator, r.Where = page.Validator, "name like 'b'"
	if page, err = h.List(t.Context(), in, r); err != nil || len(page.Records) != 1 || page.Validator != (turnstone.Validator{}) {
		t.Errorf("List = %+v, %v, want one record and no validator", page, err)
	}
}

func TestNoSuchRecordIs404HoweverTheVendorSaysSo(t *testing.T) {
	h, in := newHub(t, "shop", script(t, map[string]string{"GET /settings/9": `{"error":{"code":"missing","text":"No such setting"}}`}))
	_, err := h.Retrieve(t.Context(), in, hub.Ref{Resource: "settings", ID: "9"})
	vendor, ok := errors.AsType[*turnstone.VendorError](err)
	if !ok || vendor.Status != http.StatusNotFound || !strings.Contains(vendor.Message, "No such setting") {
		t.Errorf("Retrieve = %v, want 404 and the vendor's words", err)
	}
	if exists, err := h.Exists(t.Context(), in, hub.Ref{Resource: "settings", ID: "9"}); exists || err != nil {
		t.Errorf("Exists = %v, %v, want false", exists, err)
	}
}

// Whatever number a vendor or a client writes, the other gets it digit by digit.
func TestNumbersKeepTheirText(t *testing.T) {
	digits := rapid.StringMatching(`-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?`)
	rapid.Check(t, func(rt *rapid.T) {
		number := digits.Draw(rt, "number")
		record := fmt.Sprintf(`{"id":1,"n":%s,"deep":{"n":[%[1]s]}}`, number)
		h, in := newHub(t, "shop", func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet && !strings.HasSuffix(r.URL.Path, "/1") {
				_, _ = fmt.Fprintf(w, `{"items":[{"gone":null,%s],"total":1}`, record[1:])
				return
			}
			if body := make([]byte, len(record)+1); r.Method != http.MethodGet {
				if n, _ := r.Body.Read(body); string(body[:n]) != record {
					rt.Errorf("the vendor got %s, want %s", body[:n], record)
				}
			}
			_, _ = w.Write([]byte(record))
		})
		list := func(r hub.Request) string {
			r.Resource = "orders"
			page, err := h.List(t.Context(), in, r)
			if err != nil || len(page.Records) != 1 {
				rt.Fatalf("List(%+v) = %s, %v", r, page.Records, err)
			}
			return string(page.Records[0])
		}
		ref := hub.Ref{Resource: "orders", ID: "1"}
		retrieved, err := h.Retrieve(t.Context(), in, ref)
		created, err2 := h.Create(t.Context(), in, hub.Ref{Resource: "orders"}, []byte(record))
		updated, err3 := h.Update(t.Context(), in, hub.Ref{Resource: "settings", ID: "1"}, []byte(record))
		for what, got := range map[string]string{
			"list": list(hub.Request{}), "evaluated here": list(hub.Request{Where: "n = " + number + " OR id = 2"}),
			"sorted here": list(hub.Request{OrderBy: "n"}), "fields": list(hub.Request{Fields: []string{"id", "n", "deep"}}),
			"retrieve": string(retrieved), "create": string(created), "update": string(updated),
		} {
			if got != record {
				rt.Errorf("%s gives %s, want %s", what, got, record)
			}
		}
		if err := errors.Join(err, err2, err3); err != nil {
			rt.Error(err)
		}
	})
}
