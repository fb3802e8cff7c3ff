package hub_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/hub"
)

// TestTheSeedsURLBecomesOneRequestLine is the contract with the real vendor:
// the request for the default poller of the element concur, in full.
func TestTheSeedsURLBecomesOneRequestLine(t *testing.T) {
	want, err := os.ReadFile("testdata/reports.request")
	if err != nil {
		t.Fatalf("ReadFile: %v", err)
	}
	var got string
	h, in := newHub(t, "concur", func(w http.ResponseWriter, r *http.Request) {
		got = r.Method + " " + r.RequestURI + "\nAccept: " + r.Header.Get("Accept") + "\nAuthorization: " + r.Header.Get("Authorization") + "\n"
		_, _ = w.Write([]byte(`{"Items":[{"ID":"7C1E","Total":1284.350,"PaidDate":null}],"NextPage":null}`))
	})
	h.Provider.Credentials = token{}
	r, err := hub.ParseURL("/hubs/expense/reports?where=modifiedDateAfter='2024-05-02T11:45:00.000'")
	if err != nil {
		t.Fatalf("ParseURL: %v", err)
	}
	page, err := h.List(t.Context(), in, r)
	if err != nil {
		t.Fatalf("List: %v", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("request differs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{`{"ID":"7C1E","Total":1284.350}`}, texts(page.Records)); diff != "" || page.Next != "" {
		t.Errorf("Next = %q, records differ (-want +got):\n%s", page.Next, diff)
	}
}

func TestAForeignNextPageIsReadAtTheVendor(t *testing.T) {
	evil := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the foreign host saw %s with Authorization %q", r.RequestURI, r.Header.Get("Authorization"))
	}))
	t.Cleanup(evil.Close)
	h, in := newHub(t, "concur", script(t, map[string]string{
		"GET /api/v3.0/expense/reports?limit=100&user=ALL":             `{"Items":[{"ID":"1"}],"NextPage":"` + evil.URL + `/api/v3.0/expense/reports?user=ALL&limit=100&offset=gW$p"}`,
		"GET /api/v3.0/expense/reports?user=ALL&limit=100&offset=gW$p": `{"Items":[{"ID":"2"}],"NextPage":"` + evil.URL + `/api/v3.0/expense/reports?user=ALL"}`,
	}))
	h.Provider.Credentials = token{}
	got := readAll(t, h, in, hub.Request{Resource: "reports"})
	if diff := cmp.Diff([][]string{{`{"ID":"1"}`}, {`{"ID":"2"}`}}, got); diff != "" {
		t.Errorf("pages differ (-want +got):\n%s", diff)
	}
}

func TestAClauseWinsOverADeclaredParameter(t *testing.T) {
	h, in := newHub(t, "concur", script(t, map[string]string{
		"GET /api/v3.0/expense/reports?limit=5&user=ann%40example.test": `{"Items":[],"NextPage":null}`,
	}))
	h.Provider.Credentials = token{}
	if _, err := h.List(t.Context(), in, hub.Request{Resource: "reports", Where: "user='ann@example.test'", PageSize: 5}); err != nil {
		t.Errorf("List: %v", err)
	}
}

// token is a credential that the vendor takes.
type token struct{}

func (token) Credential(context.Context, turnstone.Instance) (turnstone.Credential, error) {
	return turnstone.Credential{AccessToken: "t0ken"}, nil
}

func (token) Renew(context.Context, turnstone.Instance, turnstone.Credential) (turnstone.Credential, error) {
	return turnstone.Credential{}, turnstone.ErrUnauthenticated
}

func texts(records []json.RawMessage) []string {
	var all []string
	for _, r := range records {
		all = append(all, string(r))
	}
	return all
}

// readAll lists page by page, and returns the records of each.
func readAll(t *testing.T, h *hub.Hub, in turnstone.Instance, r hub.Request) [][]string {
	t.Helper()
	var pages [][]string
	for range 20 {
		page, err := h.List(t.Context(), in, r)
		if err != nil {
			t.Fatalf("List, page %d: %v", len(pages)+1, err)
		}
		pages = append(pages, texts(page.Records))
		if page.Next == "" {
			return pages
		}
		r = hub.Request{Resource: r.Resource, Next: page.Next}
	}
	t.Fatalf("List has no end: %v", pages)
	return nil
}

func TestATokenCarriesTheWholeList(t *testing.T) {
	h, in := newHub(t, "shop", script(t, map[string]string{
		"GET /orders?limit=3&start=0&status=a%2Bb%20100%25": `{"total":7,"items":[{"id":1},{"id":2},{"id":3}]}`,
		"GET /orders?limit=3&start=3&status=a%2Bb%20100%25": `{"total":7,"items":[{"id":4},{"id":5},{"id":6}]}`,
		"GET /orders?limit=3&start=6&status=a%2Bb%20100%25": `{"total":7,"items":[{"id":7}]}`,
	}))
	got := readAll(t, h, in, hub.Request{Resource: "orders", PageSize: 3, Where: "status = 'a+b 100%'"})
	want := [][]string{{`{"id":1}`, `{"id":2}`, `{"id":3}`}, {`{"id":4}`, `{"id":5}`, `{"id":6}`}, {`{"id":7}`}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pages differ (-want +got):\n%s", diff)
	}
}

func TestAPageLargerThanTheVendorGivesIsThatLarge(t *testing.T) {
	h, in := newHub(t, "shop", script(t, map[string]string{
		"GET /orders?limit=10&start=0":  `{"total":11,"items":[{"id":1},{"id":2},{"id":3},{"id":4},{"id":5},{"id":6},{"id":7},{"id":8},{"id":9},{"id":10}]}`,
		"GET /orders?limit=10&start=10": `{"total":11,"items":[{"id":11}]}`,
	}))
	got := readAll(t, h, in, hub.Request{Resource: "orders", PageSize: 10_000})
	if len(got) != 2 || len(got[0]) != 10 || len(got[1]) != 1 {
		t.Errorf("List gave %v, want a page of 10 and a page of 1", got)
	}
}

func TestASearchGoesIntoTheBody(t *testing.T) {
	h, in := newHub(t, "shop", script(t, map[string]string{
		`POST /people/search {"schema":"x","filter":"name eq \"O'Neil \\\"x\\\"\" and age gt 17.50"}`: `[{"id":1}]`,
	}))
	got := readAll(t, h, in, hub.Request{Resource: "people", Where: `name = 'O''Neil "x"' and age > 17.50`})
	if diff := cmp.Diff([][]string{{`{"id":1}`}}, got); diff != "" {
		t.Errorf("pages differ (-want +got):\n%s", diff)
	}
}

func TestFiltersAreRepeatedOnlyWhereDeclared(t *testing.T) {
	h, in := newHub(t, "shop", script(t, map[string]string{
		`POST /people/search {"schema":"x","filter":"name eq \"a\""}`: `{"cursor":"c2","id":1}`,
		`POST /people/search {"schema":"x","cursor":"c2"}`:            `{"id":2}`,
	}))
	got := readAll(t, h, in, hub.Request{Resource: "people", Where: "name = 'a'", Fields: []string{"id"}})
	if diff := cmp.Diff([][]string{{`{"id":1}`}, {`{"id":2}`}}, got); diff != "" {
		t.Errorf("pages differ (-want +got):\n%s", diff)
	}
}

func TestAPartitionedResourceIsListedForEachParent(t *testing.T) {
	h, in := newHub(t, "shop", script(t, map[string]string{
		"GET /orders?limit=2&start=0":   `{"total":3,"items":[{"id":"a$"},{"id":"b"}]}`,
		"GET /orders/a%24/lines":        `{"items":[{"id":1}],"next":"/orders/a%24/lines?page=2"}`,
		"GET /orders/a%24/lines?page=2": `{"items":[{"id":2}]}`,
		"GET /orders/b/lines":           `{"items":[]}`,
		"GET /orders?limit=2&start=2":   `{"total":3,"items":[{"id":3}]}`,
		"GET /orders/3/lines":           `{"items":[{"id":4}],"next":"/orders/3/lines?page=2"}`,
		"GET /orders/3/lines?page=2":    `{"items":[{"id":5}],"next":null}`,
	}))
	got := readAll(t, h, in, hub.Request{Resource: "lines"})
	want := [][]string{{`{"id":1}`}, {`{"id":2}`}, nil, {`{"id":4}`}, {`{"id":5}`}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pages differ (-want +got):\n%s", diff)
	}
}

func TestAResourceWithoutParentsIsEmpty(t *testing.T) {
	h, in := newHub(t, "shop", script(t, map[string]string{"GET /orders?limit=2&start=0": `{"items":[]}`}))
	if got := readAll(t, h, in, hub.Request{Resource: "lines"}); len(got) != 1 || len(got[0]) != 0 {
		t.Errorf("pages = %v, want one that is empty", got)
	}
}

func TestAParentWithoutAKeyIsAProblem(t *testing.T) {
	h, in := newHub(t, "shop", script(t, map[string]string{"GET /orders?limit=2&start=0": `{"items":[{"id":1},{}]}`}))
	if _, err := h.List(t.Context(), in, hub.Request{Resource: "lines"}); err == nil || !strings.Contains(err.Error(), "record 2 has no id") {
		t.Errorf("List = %v, want the record without an id", err)
	}
}

func TestAVendorsDateBeginsAPageAtItsFirstRequest(t *testing.T) {
	dates := []string{"Thu, 02 May 2024 11:45:00 GMT", "Thu, 02 May 2024 11:46:00 GMT"}
	h, in := newHub(t, "shop", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", dates[0])
		dates = dates[1:]
		_, _ = w.Write([]byte(`{"items":[{"id":1}]}`))
	})
	now := time.Unix(0, 0)
	h.Provider.Now = func() time.Time { return now }
	page, err := h.List(t.Context(), in, hub.Request{Resource: "lines"})
	if want := time.Date(2024, 5, 2, 11, 45, 0, 0, time.UTC); err != nil || !page.Date.Equal(want) {
		t.Errorf("Date = %v, %v, want %v", page.Date, err, want)
	}
}

func TestNullsStayWhereTheInstanceWantsThem(t *testing.T) {
	tests := map[string]struct{ configured, want string }{
		"by default": {"", `{"a":{},"id":1}`},
		"true":       {"true", `{"a":{},"id":1}`},
		"false":      {"False", `{"a": {"b": null}, "id": 1}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h, in := newHub(t, "shop", script(t, map[string]string{
				"GET /orders?limit=2&start=0": `{"items":[{"a": {"b": null}, "id": 1}]}`,
			}))
			in.Configuration[turnstone.KeyFilterNulls] = tt.configured
			page, err := h.List(t.Context(), in, hub.Request{Resource: "orders"})
			if diff := cmp.Diff([]string{tt.want}, texts(page.Records)); diff != "" || err != nil {
				t.Errorf("List = %v, records differ (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestAnAnswerThatIsNotAsDeclaredIsTheVendorsProblem(t *testing.T) {
	h, in := newHub(t, "shop", script(t, map[string]string{"GET /orders?limit=2&start=0": `{"things":[]}`}))
	_, err := h.List(t.Context(), in, hub.Request{Resource: "orders"})
	var problem *turnstone.VendorError
	if !errors.As(err, &problem) || problem.Action != turnstone.VendorFail || !strings.Contains(err.Error(), "has no items") {
		t.Errorf("List = %v, want a VendorError that names items", err)
	}
}

func TestAnElementThatIsGoneIsNamed(t *testing.T) {
	h, in := newHub(t, "gone", nil)
	if _, err := h.List(t.Context(), in, hub.Request{Resource: "orders"}); err == nil || !strings.Contains(err.Error(), `element "gone"`) {
		t.Errorf("List = %v, want the element's key", err)
	}
}
