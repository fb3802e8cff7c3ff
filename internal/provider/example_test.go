package provider_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/provider"
)

// roundTrip answers requests without a network.
type roundTrip func(*http.Request) string

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	_, err := w.WriteString(f(r))
	return w.Result(), err
}

func ExampleClient_Do() {
	shop, err := element.Parse("shop/element.yaml", []byte(`
version: 1
key: shop
id: 7
name: Shop
hub: commerce
description: Orders of a shop.
configuration:
  - {key: base.url, name: Base URL}
authenticator: {type: NoAuth}
requester: {url_base: ["{{ config['base.url'] }}"]}
resources:
  - name: orders
    primary_key: id
    operations:
      retrieve: {path: "/orders/{{ id }}"}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	vendor := roundTrip(func(*http.Request) string { return `{"id":"gW$s1","total":12.50}` })
	client := &provider.Client{HTTP: &http.Client{Transport: vendor}, Now: time.Now}
	answer, err := client.Do(context.Background(), provider.Call{
		Element:   shop,
		Instance:  turnstone.Instance{Configuration: turnstone.Configuration{"base.url": "https://shop.example"}},
		Requester: shop.Resources[0].Operations["retrieve"].Over(shop.Requester),
		Values:    element.Values{ID: "gW$s1"},
	})
	fmt.Println(answer.URL, err)
	fmt.Println(string(answer.Body))
	// Output:
	// https://shop.example/orders/gW%24s1 <nil>
	// {"id":"gW$s1","total":12.50}
}
