package hub_test

import (
	"net/http"
	"strings"
	"testing"

	"turnstone"
	"turnstone/internal/hub"
)

func TestARecordExistsIfTheVendorSaysSo(t *testing.T) {
	tests := map[string]struct {
		resource string
		status   int
		body     string
		want     bool
		problem  string
	}{
		"200":                           {"orders", 200, `{"id":"7"}`, true, ""},
		"200 with nothing in it":        {"orders", 200, `{}`, true, ""},
		"404":                           {"orders", 404, `{"message":"none"}`, false, ""},
		"410":                           {"orders", 410, ``, false, ""},
		"410 that is to be retried":     {"settings", 410, ``, false, "answered 410"},
		"403":                           {"orders", 403, `{"message":"no"}`, false, "answered 403"},
		"401":                           {"orders", 401, `{}`, false, "answered 401"},
		"400":                           {"orders", 400, `{}`, false, "answered 400"},
		"429":                           {"orders", 429, `{}`, false, "answered 429"},
		"500":                           {"orders", 500, `{}`, false, "answered 500"},
		"204":                           {"orders", 204, ``, false, "does not tell whether the record exists"},
		"302":                           {"orders", 302, ``, false, "answered 302"},
		"a page for people":             {"orders", 200, `<html>Not found</html>`, false, "no JSON"},
		"200 with an error":             {"settings", 200, `{"error":{"code":"down"}}`, false, "answered 200"},
		"200 that says there is none":   {"settings", 200, `{"error":{"code":"unknown"}}`, false, ""},
		"a record marked as deleted":    {"orders/5/notes", 200, `{"id":"7","gone":true}`, false, ""},
		"a record not marked":           {"orders/5/notes", 200, `{"id":"7","gone":false}`, true, ""},
		"a resource that has no record": {"stores", 200, `{}`, false, "stores has no retrieve"},
		"no such resource":              {"shops", 200, `{}`, false, `no resource "shops"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h, in := newHub(t, "shop", func(w http.ResponseWriter, r *http.Request) {
				if want := "/" + strings.Replace(tt.resource, "{", "", 1) + "/7"; r.URL.Path != want {
					t.Errorf("the vendor was asked for %s, want %s", r.URL.Path, want)
				}
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(tt.body))
			})
			got, err := h.Exists(t.Context(), in, hub.Ref{Resource: tt.resource, ID: "7"})
			if got != tt.want || (err == nil) != (tt.problem == "") || err != nil && !strings.Contains(err.Error(), tt.problem) {
				t.Errorf("Exists = %t, %v, want %t, ...%s...", got, err, tt.want, tt.problem)
			}
		})
	}
}

func TestARetrieveThatNeedsMoreThanAnIDConfirmsNothing(t *testing.T) {
	h, in := newHub(t, "concur", func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the vendor was asked for %s", r.URL)
	})
	_, err := h.Exists(t.Context(), in, hub.Ref{Resource: "reports", ID: "7"})
	if problem := requestError(t, err); !strings.Contains(problem.Problem, "needs more than an id") {
		t.Errorf("Exists = %v, want that the retrieve needs more", err)
	}
}

func TestConfirmationsWaitWithThePollers(t *testing.T) {
	left := "1"
	h, in := newHub(t, "shop", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-RateLimit-Limit", "100")
		w.Header().Set("X-RateLimit-Remaining", left)
		w.Header().Set("X-RateLimit-Reset", "600")
		_, _ = w.Write([]byte(`{"total":0,"items":[]}`))
	})
	r := hub.Request{Resource: "orders", Background: true}
	page, err := h.List(t.Context(), in, r)
	if want := (turnstone.RateLimit{Limit: 100, Remaining: 1, Reset: 600e9}); page.RateLimit != want || err != nil {
		t.Fatalf("List = %+v, %v, want %+v", page.RateLimit, err, want)
	}
	if _, err := h.List(t.Context(), in, r); err != nil {
		t.Fatalf("List in the background: %v, want the first of what is left not to wait", err)
	}
	for name, ask := range map[string]func() error{
		"list": func() error { _, err := h.List(t.Context(), in, r); return err },
		"exists": func() error {
			_, err := h.Exists(t.Context(), in, hub.Ref{Resource: "orders", ID: "7", Background: true})
			return err
		},
	} {
		if err := ask(); err == nil || !strings.Contains(err.Error(), "not asked, to keep to the 1 of 100 requests") {
			t.Errorf("%s in the background: %v, want to wait", name, err)
		}
	}
	if _, err := h.Retrieve(t.Context(), in, hub.Ref{Resource: "orders", ID: "7"}); err != nil {
		t.Errorf("Retrieve of a client: %v", err)
	}
}
