package hub_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"
	"time"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/hub"
	"turnstone/internal/provider"
)

// silent returns a client whose vendors answer everything with an order, and
// need no network to do so.
func silent(testing.TB) *provider.Client {
	return &provider.Client{Now: time.Now, HTTP: &http.Client{Transport: roundTrip(func(*http.Request) string {
		return `{"total":3,"items":[{"id":"1","total":12.50,"paid":null},{"id":"2"}]}`
	})}}
}

// roundTrip answers requests without a network.
type roundTrip func(*http.Request) string

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	_, err := w.WriteString(f(r))
	return w.Result(), err
}

func shopInstance() turnstone.Instance {
	return turnstone.Instance{ID: 12, Element: "shop", Configuration: turnstone.Configuration{"base.url": "https://shop.example"}}
}

func ExampleParseURL() {
	r, err := hub.ParseURL("/hubs/expense/reports?where=modifiedDateAfter='2024-05-02T11:45:00.000'&pageSize=50")
	fmt.Println(r.Resource, r.Where, r.PageSize, err)

	_, err = hub.ParseURL("https://api.example.com/hubs/expense/reports")
	fmt.Println(err)
	// Output:
	// reports modifiedDateAfter='2024-05-02T11:45:00.000' 50 <nil>
	// url: names a host, but polling and calls go to the instance's own vendor; write it like /hubs/expense/reports?where=...
}

func ExampleHub_List() {
	elements, err := element.Load(fstest.MapFS{"shop/element.yaml": {Data: []byte(shop)}})
	if err != nil {
		fmt.Println(err)
		return
	}
	h := &hub.Hub{Elements: elements, Provider: silent(nil)}
	page, err := h.List(context.Background(), shopInstance(), hub.Request{Resource: "orders", Where: "status='open'"})
	fmt.Println(page.URL, err)
	fmt.Printf("%s, and there are more: %t\n", page.Records, page.Next != "")
	// Output:
	// https://shop.example/orders?limit=2&start=0&status=open <nil>
	// [{"id":"1","total":12.50} {"id":"2"}], and there are more: true
}
