package hub_test

import (
	"net/http"
	"testing"

	"turnstone/internal/hub"
)

func TestAParameterOfTheURLIsAnAttributeThatTheVendorKnows(t *testing.T) {
	r, err := hub.ParseURL("/hubs/shop/orders?createdAfter=2024-05-02&status=it's")
	if err != nil {
		t.Fatalf("ParseURL = %v", err)
	}
	asked := ""
	h, in := newHub(t, "shop", func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.RawQuery
		_, _ = w.Write([]byte(`{"items":[]}`))
	})
	if _, err := h.List(t.Context(), in, r); err != nil {
		t.Fatalf("List = %v", err)
	}
	if want := "createdAfter=2024-05-02&limit=2&start=0&status=it%27s"; asked != want {
		t.Errorf("the vendor was asked for %q, want %q", asked, want)
	}
}
