package hub_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"turnstone/internal/hub"
)

func TestTokensOfOtherListsAreRefused(t *testing.T) {
	h, in := newHub(t, "shop", script(t, map[string]string{
		"GET /orders?limit=2&start=0&status=open": `{"total":9,"items":[{},{}]}`,
	}))
	page, err := h.List(t.Context(), in, hub.Request{Resource: "orders", Where: "status='open'"})
	if err != nil || page.Next == "" {
		t.Fatalf("List = %+v, %v, want a next page", page, err)
	}
	forged := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	tests := map[string]struct {
		request hub.Request
		text    string
	}{
		"of another resource":  {hub.Request{Resource: "people", Next: page.Next}, "belongs to a list of orders"},
		"of another where":     {hub.Request{Resource: "orders", Next: page.Next, Where: "status='paid'"}, "another where clause"},
		"of another page size": {hub.Request{Resource: "orders", Next: page.Next, PageSize: 5}, "a pageSize of 2"},
		"cut short":            {hub.Request{Resource: "orders", Next: page.Next[:len(page.Next)-9]}, "no token of this version"},
		"no base64":            {hub.Request{Resource: "orders", Next: "page 2"}, "no token of this version"},
		"of another version":   {hub.Request{Resource: "orders", Next: forged(`{"v":2,"e":"shop","r":"orders","s":2,"p":{}}`)}, "no token of this version"},
		"with new members":     {hub.Request{Resource: "orders", Next: forged(`{"v":1,"e":"shop","r":"orders","s":2,"p":{},"x":1}`)}, "no token of this version"},
		"of a negative page":   {hub.Request{Resource: "orders", Next: forged(`{"v":1,"e":"shop","r":"orders","s":2,"p":{"done":-2}}`)}, "no token of this version"},
		"of another element":   {hub.Request{Resource: "orders", Next: forged(`{"v":1,"e":"store","r":"orders","s":2,"p":{}}`)}, "of store"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := h.List(t.Context(), in, tt.request)
			if problem := requestError(t, err); problem.Param != "nextPage" || !strings.Contains(problem.Problem, tt.text) {
				t.Errorf("List = %v, want nextPage: ...%s...", problem, tt.text)
			}
		})
	}
}

func TestATokenMayComeWithItsOwnParameters(t *testing.T) {
	h, in := newHub(t, "shop", script(t, map[string]string{
		"GET /orders?limit=1&start=0&status=open": `{"total":2,"items":[{}]}`,
		"GET /orders?limit=1&start=1&status=open": `{"total":2,"items":[{}]}`,
	}))
	r := hub.Request{Resource: "orders", Where: "status='open'", PageSize: 1}
	first, err := h.List(t.Context(), in, r)
	if err != nil {
		t.Fatalf("List: %v", err)
	}
	r.Next = first.Next
	if second, err := h.List(t.Context(), in, r); err != nil || second.Next != "" {
		t.Errorf("List = %+v, %v, want the last page", second, err)
	}
}

func TestAForgedTokenCannotLeaveTheVendor(t *testing.T) {
	h, in := newHub(t, "shop", script(t, nil))
	next := base64.RawURLEncoding.EncodeToString([]byte(`{"v":1,"e":"shop","r":"lines","s":2,"k":["1"],"p":{"next":"https://evil.example/x"}}`))
	_, err := h.List(t.Context(), in, hub.Request{Resource: "lines", Next: next})
	if err == nil || !strings.Contains(err.Error(), "evil.example, where the credential must not go") {
		t.Errorf("List = %v, want a refusal that names evil.example", err)
	}
}

func TestAForgedTokenIsOfNoUseToOtherPaginators(t *testing.T) {
	for _, resource := range []string{"stores", "orders"} {
		t.Run(resource, func(t *testing.T) {
			h, in := newHub(t, "shop", script(t, map[string]string{
				"GET /stores":                 `[]`,
				"GET /orders?limit=2&start=0": `{"items":[]}`,
			}))
			next := base64.RawURLEncoding.EncodeToString([]byte(`{"v":1,"e":"shop","r":"` + resource + `","s":2,"p":{"next":"/secret","token":"x"}}`))
			if _, err := h.List(t.Context(), in, hub.Request{Resource: resource, Next: next}); err != nil {
				t.Errorf("List: %v", err)
			}
		})
	}
}

// FuzzToken checks that no token makes the hub panic or ask another host.
func FuzzToken(f *testing.F) {
	f.Add(`{"v":1,"e":"shop","r":"lines","s":2,"p":{"next":"/x"},"k":["a"],"n":"e30"}`)
	f.Add(`{"v":1,"e":"shop","r":"stores","s":2,"p":{"token":"x"}}`)
	h, in := &hub.Hub{Elements: catalogue(f), Provider: silent(f)}, shopInstance()
	f.Fuzz(func(t *testing.T, text string) {
		next := base64.RawURLEncoding.EncodeToString([]byte(text))
		for _, resource := range []string{"lines", "orders", "people", "stores"} {
			page, err := h.List(t.Context(), in, hub.Request{Resource: resource, Next: next})
			if err == nil && !strings.HasPrefix(page.URL, "https://shop.example/") && page.URL != "" {
				t.Errorf("List asked %s", page.URL)
			}
		}
	})
}
