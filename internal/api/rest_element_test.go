package api_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
)

func TestAnInstanceOfRestDeclaresItsAPI(t *testing.T) {
	w := newWorld(t)
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Shop-Key") != "shop-secret" {
			http.Error(w, `{"error":{"message":"who are you?"}}`, http.StatusForbidden)
			return
		}
		_, _ = w.Write([]byte(`{"data":[{"no":7,"total":1.50}]}`))
	}))
	defer vendor.Close()
	declare := func(resources, key string) string {
		return `{"element":{"key":"rest"},"name":"shop","configuration":{"base.url":"` + vendor.URL + `","rest.key":"` + key + `","rest.key.name":"X-Shop-Key",
			"event.notification.enabled":"false","rest.resources":` + resources + `}}`
	}
	created := w.ok("POST", "/instances", declare(`[{"name":"orders","records":"data","id":"no"}]`, "shop-secret"))
	if strings.Contains(created.body, "shop-secret") {
		t.Errorf("POST /instances = %s, which shows the key", created.body)
	}
	in := decode[view](t, created)
	read := w.ok("GET", "/hubs/general/orders?where=total>1", "", "Authorization", "User user-secret-1, Element "+in.Token)
	if read.body != `[{"no":7,"total":1.50}]` {
		t.Errorf("GET /hubs/general/orders = %s, want the order as it came", read.body)
	}
	bad := w.call("POST", "/instances", declare(`[{"name":"orders","recrods":"data"},{"name":"lines","paging":{"type":"cursor"}}]`, "k"))
	for _, want := range []string{"configuration.rest.resources", "[0].recrods is no member of a resource; did you mean records?", "[1].paging.next is missing", "[1].paging.token is missing"} {
		if bad.status != http.StatusBadRequest || !strings.Contains(bad.body, want) {
			t.Errorf("POST /instances of a wrong declaration = %d %s, want 400 ...%s...", bad.status, bad.body, want)
		}
	}
	if got := w.call("PATCH", "/instances/"+strconv.FormatInt(in.ID, 10), `{"configuration":{"rest.resources":"[]"}}`); got.status != http.StatusBadRequest || !strings.Contains(got.body, "is an empty list") {
		t.Errorf("PATCH to no resources = %d %s, want 400", got.status, got.body)
	}
	if got := w.call("GET", "/elements/rest", ""); got.status != http.StatusOK || !strings.Contains(got.body, "rest.resources") {
		t.Errorf("GET /elements/rest = %d %s, want its configuration", got.status, got.body)
	}
	preview := w.ok("POST", "/instances/"+strconv.FormatInt(in.ID, 10)+"/pollers/orders/preview", `{"configuration":{"url":"/hubs/general/orders","idField":"no"}}`)
	if !strings.Contains(preview.body, "1.50") {
		t.Errorf("preview = %s, want the order", preview.body)
	}
}
