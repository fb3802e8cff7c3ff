package hub_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/hub"
)

func TestAListIsAskedForOnlyIfItChanged(t *testing.T) {
	tag := `"v1"`
	h, in := newHub(t, "shop", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write([]byte(`[{"id":1}]`))
	})
	first, err := h.List(t.Context(), in, hub.Request{Resource: "stores"})
	want := turnstone.Validator{URL: in.Configuration["base.url"] + "/stores", ETag: tag}
	if err != nil || first.Validator != want || first.Unmodified {
		t.Fatalf("List = %+v, %v, want %+v", first, err, want)
	}
	r := hub.Request{Resource: "stores", Validator: first.Validator}
	again, err := h.List(t.Context(), in, r)
	if err != nil || again.Date.IsZero() {
		t.Fatalf("List = %+v, %v, want a date", again, err)
	}
	again.Date, again.Elapsed = time.Time{}, 0
	if diff := cmp.Diff(hub.Page{URL: want.URL, Validator: want, Unmodified: true}, again); diff != "" {
		t.Errorf("an unmodified page differs (-want +got):\n%s", diff)
	}
	tag = `"v2"`
	changed, err := h.List(t.Context(), in, r)
	if err != nil || changed.Unmodified || changed.Validator.ETag != tag || len(changed.Records) != 1 {
		t.Errorf("List = %+v, %v, want the changed list", changed, err)
	}
}

func TestOnlyListsThatSaySoAreConditional(t *testing.T) {
	h, in := newHub(t, "shop", func(w http.ResponseWriter, r *http.Request) {
		if tag := r.Header.Get("If-None-Match"); tag != "" {
			t.Errorf("%s was asked for with %s", r.URL, tag)
		}
		w.Header().Set("ETag", `"v1"`)
		_, _ = w.Write([]byte(`{"items":[{"id":1}],"total":9}`))
	})
	base := in.Configuration["base.url"]
	for resource, url := range map[string]string{"orders": "/orders?limit=2&start=0", "orders/7/notes": "/orders/7/notes", "lines": "/orders?limit=2&start=0"} {
		page, err := h.List(t.Context(), in, hub.Request{Resource: resource, Validator: turnstone.Validator{URL: base + url, ETag: `"v1"`}})
		if err != nil || page.Validator != (turnstone.Validator{}) {
			t.Errorf("List of %s = %+v, %v, want no validator", resource, page.Validator, err)
		}
	}
}

func TestAResourceIsListedWithTheValuesInItsName(t *testing.T) {
	h, in := newHub(t, "shop", script(t, map[string]string{
		"GET /orders/a%24%201/notes":        `{"items":[{"id":1}],"next":"/orders/a%24%201/notes?page=2"}`,
		"GET /orders/a%24%201/notes?page=2": `{"items":[{"id":2}]}`,
		"GET /orders/a%24%201/notes/7":      `{"id":7}`,
		"GET /notes":                        `[{"id":3}]`,
	}))
	got := readAll(t, h, in, hub.Request{Resource: "orders/a$ 1/notes"})
	if diff := cmp.Diff([][]string{{`{"id":1}`}, {`{"id":2}`}}, got); diff != "" {
		t.Errorf("pages differ (-want +got):\n%s", diff)
	}
	got = readAll(t, h, in, hub.Request{Resource: "orders/all/notes"})
	if diff := cmp.Diff([][]string{{`{"id":3}`}}, got); diff != "" {
		t.Errorf("pages of the resource with a name of its own differ (-want +got):\n%s", diff)
	}
	record, err := h.Retrieve(t.Context(), in, hub.Ref{Resource: "orders/a$ 1/notes", ID: "7"})
	if string(record) != `{"id":7}` || err != nil {
		t.Errorf("Retrieve = %s, %v, want the note", record, err)
	}
}

func TestATokenIsGoodForOneValue(t *testing.T) {
	h, in := newHub(t, "shop", script(t, map[string]string{"GET /orders/1/notes": `{"items":[],"next":"/orders/1/notes?page=2"}`}))
	page, err := h.List(t.Context(), in, hub.Request{Resource: "orders/1/notes"})
	if err != nil || page.Next == "" {
		t.Fatalf("List = %+v, %v, want a next page", page, err)
	}
	_, err = h.List(t.Context(), in, hub.Request{Resource: "orders/2/notes", Next: page.Next})
	if problem := requestError(t, err); problem.Param != "nextPage" {
		t.Errorf("List = %v, want the token of another order to be refused", err)
	}
}

// Polling trap 9: whether a page was the last is told by the page as it came.
func TestAFullPageIsFollowedWhateverBecomesOfItsRecords(t *testing.T) {
	h, in := newHub(t, "shop", script(t, map[string]string{
		"GET /orders?limit=2&start=0": `{"items":[{"id":null},null]}`,
		"GET /orders?limit=2&start=2": `{"items":[{"id":3}]}`,
	}))
	r := hub.Request{Resource: "orders", Fields: []string{"absent"}}
	page, err := h.List(t.Context(), in, r)
	if err != nil || page.Next == "" {
		t.Fatalf("List = %s, %q, %v, want a next page", page.Records, page.Next, err)
	}
	r.Next = page.Next
	if page, err = h.List(t.Context(), in, r); err != nil || page.Next != "" {
		t.Errorf("List = %s, %q, %v, want the last page", page.Records, page.Next, err)
	}
}
