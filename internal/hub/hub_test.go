package hub_test

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/hub"
	"turnstone/internal/provider"
)

// shop is an element with one resource for each way to list and to filter.
const shop = `
version: 1
key: shop
id: 7
name: Shop
hub: commerce
description: Orders of a shop.
configuration:
  - {key: base.url, name: Base URL}
authenticator: {type: NoAuth}
requester:
  url_base: ["{{ config['base.url'] }}"]
  error_handler: {message_paths: [error.text]}
resources:
  - name: orders
    primary_key: id
    retriever:
      requester: {path: /orders}
      record_selector: {field_paths: [items]}
      paginator:
        type: OffsetIncrement
        page_size: 2
        max_page_size: 10
        total_records: total
        page_size_option: {field_name: limit}
        page_token_option: {field_name: start}
      filter: {type: parameters, attributes: [status, createdAfter]}
    operations:
      retrieve: {path: "/orders/{{ id }}"}
      create: {path: /orders, http_method: POST, request_parameters: {user: "{{ where['user'] }}"}}
      delete: {path: "/orders/{{ id }}", http_method: DELETE, request_parameters: {user: "{{ where['user'] }}"}}
  - name: people
    primary_key: id
    retriever:
      requester: {path: /people/search, http_method: POST, request_body_json: '{"schema": "x"}'}
      record_selector: {}
      paginator:
        type: CursorPagination
        next: cursor
        repeat_filters: false
        page_token_option: {field_name: cursor, inject_into: body_json}
      filter:
        type: search
        attributes: [name, age]
        search: {option: {field_name: filter, inject_into: body_json}, operators: {"=": eq, ">": gt}}
  - name: lines
    primary_key: id
    retriever:
      requester: {path: "/orders/{{ parent.key }}/lines"}
      record_selector: {field_paths: [items]}
      paginator: {type: NextURL, next: next}
      partition_router: {parent: orders, parent_key: id}
  - name: orders/{orderId}/notes
    primary_key: id
    retriever:
      requester: {path: "/orders/{{ path.orderId }}/notes"}
      record_selector: {field_paths: [items]}
      paginator: {type: NextURL, next: next}
    operations:
      retrieve: {path: "/orders/{{ path.orderId }}/notes/{{ id }}"}
    incremental_sync: {cursor_field: at, cursor_datetime_formats: yyyy-MM-dd, deleted_field: gone}
  - name: orders/all/notes
    primary_key: id
    retriever:
      requester: {path: /notes}
      record_selector: {}
  - name: stores
    primary_key: id
    fields: [name, size]
    retriever:
      requester: {path: /stores}
      record_selector: {}
      conditional_requests: true
      filter: {type: parameters, attributes: [city]}
  - name: goods
    primary_key: id
    retriever:
      requester: {path: /goods}
      record_selector: {field_paths: [items]}
      paginator:
        type: PageIncrement
        page_size: 3
        max_page_size: 4
        start_from_page: 1
        page_size_option: {field_name: size}
        page_token_option: {field_name: page}
      filter: {type: parameters, attributes: [kind]}
      sort:
        attributes: [name]
        option: {field_name: sortBy}
        direction_option: {field_name: direction}
        descending: down
    operations:
      update: {path: /goods, http_method: PUT}
      delete: {path: /goods, http_method: DELETE, required: [name], request_parameters: {name: "{{ where['name'] }}"}}
  - name: settings
    primary_key: id
    operations:
      retrieve:
        path: "/settings/{{ id }}"
        error_handler:
          response_filters:
            - {action: IGNORE, http_codes: [200], path: error.code, values: [unknown]}
            - {action: NOT_FOUND, http_codes: [200], path: error.code, values: [missing]}
            - {action: FAIL, http_codes: [200], path: error}
            - {action: RETRY, http_codes: [410]}
      update: {path: "/settings/{{ id }}", http_method: PUT}
`

// newHub returns a hub with the catalogue, and an instance whose vendor answers
// as the handler does.
func newHub(t *testing.T, elementKey string, answer http.HandlerFunc) (*hub.Hub, turnstone.Instance) {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	h := &hub.Hub{Elements: catalogue(t), Provider: &provider.Client{HTTP: server.Client(), Now: time.Now}}
	return h, turnstone.Instance{ID: 12, Element: elementKey, Configuration: turnstone.Configuration{"base.url": server.URL}}
}

func catalogue(t testing.TB) *element.Catalogue {
	t.Helper()
	files, err := withConcur(fstest.MapFS{"shop/element.yaml": {Data: []byte(shop)}})
	if err != nil {
		t.Fatal(err)
	}
	elements, err := element.Load(files)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	return elements
}

// withConcur adds the files of the element concur.
func withConcur(files fstest.MapFS) (fstest.MapFS, error) {
	for _, pattern := range []string{"concur/*.yaml", "concur/resources/*.yaml"} {
		names, err := fs.Glob(os.DirFS("../../elements"), pattern)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			data, err := fs.ReadFile(os.DirFS("../../elements"), name)
			if err != nil {
				return nil, err
			}
			files[name] = &fstest.MapFile{Data: data}
		}
	}
	return files, nil
}

func lookup(t testing.TB, key string) *element.Element {
	t.Helper()
	el, known := catalogue(t).Lookup(key)
	if !known {
		t.Fatalf("Lookup(%q) found nothing", key)
	}
	return el
}

// script answers requests by their line and body, and fails the test at any
// other.
func script(t *testing.T, answers map[string]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("ReadAll: %v", err)
		}
		line := strings.TrimSpace(r.Method + " " + r.RequestURI + " " + string(body))
		answer, known := answers[line]
		if !known {
			t.Errorf("the vendor was asked: %s", line)
			w.WriteHeader(http.StatusTeapot)
		}
		_, _ = w.Write([]byte(answer))
	}
}

func requestError(t *testing.T, err error) *hub.RequestError {
	t.Helper()
	var problem *hub.RequestError
	if !errors.As(err, &problem) {
		t.Fatalf("got %v, want a RequestError", err)
	}
	return problem
}

func TestRequestsThatTheVendorWouldNotUnderstandAreRefused(t *testing.T) {
	tests := map[string]struct {
		request hub.Request
		param   string
		text    string
	}{
		"unknown resource":       {hub.Request{Resource: "order"}, "resource", `no resource "order"; did you mean orders? (it has goods, lines, orders, orders/all/notes, orders/{orderId}/notes, people, settings, stores)`},
		"far from any resource":  {hub.Request{Resource: "invoices"}, "resource", `no resource "invoices" (it has`},
		"misspelt beside values": {hub.Request{Resource: "order/7C1E/notes"}, "resource", `no resource "order/7C1E/notes"; did you mean orders/7C1E/notes?`},
		"no value":               {hub.Request{Resource: "orders/{orderId}/notes"}, "resource", "orders/{orderId}/notes has no value for {orderId}; write one in its place"},
		"no list":                {hub.Request{Resource: "settings"}, "method", "settings cannot be listed; it has retrieve, update"},
		"order":                  {hub.Request{Resource: "orders", OrderBy: "id desc"}, "orderBy", "leave orderBy out"},
		"order of three words":   {hub.Request{Resource: "orders", OrderBy: "id desc last"}, "orderBy", "with a comma between two"},
		"order nobody knows":     {hub.Request{Resource: "orders", OrderBy: "id upwards"}, "orderBy", `"upwards" behind id`},
		"no order":               {hub.Request{Resource: "orders", OrderBy: "id,,total"}, "orderBy", `has "" in it`},
		"second page":            {hub.Request{Resource: "orders", Page: 2}, "page", "leave page out"},
		"unknown parameter":      {hub.Request{Resource: "orders", Parameters: map[string]string{"colour": "red"}}, "colour", "where=colour='...'"},
		"bad where":              {hub.Request{Resource: "orders", Where: "status ="}, "where", "column 9"},
		"misspelt attribute":     {hub.Request{Resource: "orders", Where: "createdafter='x'"}, "where", "did you mean createdAfter? (it knows createdAfter, status)"},
		"operator":               {hub.Request{Resource: "orders", Where: "status != 'x'"}, "where", "write status = 'x'"},
		"OR":                     {hub.Request{Resource: "orders", Where: "status='a' or status='b'"}, "where", "column 1, at \"status='a' or status\"…: status is a filter of the vendor"},
		"IN":                     {hub.Request{Resource: "orders", Where: "total > 5 and status in ('a')"}, "where", "column 15, at"},
		"twice":                  {hub.Request{Resource: "orders", Where: "status='a' and status='b'"}, "where", "column 16, at \"status='b'\": status is asked for twice"},
		"empty value":            {hub.Request{Resource: "orders", Where: "status=''"}, "where", "empty value"},
		"no field":               {hub.Request{Resource: "stores", Where: "naem like 'a%'"}, "where", "column 1, at \"naem like 'a%'\": stores have no field naem; did you mean name?"},
		"nothing like a field":   {hub.Request{Resource: "stores", Where: "address is null"}, "where", "stores have no field address (they have city, name, size)"},
		"no field to sort by":    {hub.Request{Resource: "stores", OrderBy: "sise"}, "orderBy", "did you mean size?"},
	}
	el := lookup(t, "shop")
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			problem := requestError(t, (&hub.Hub{}).Check(el, tt.request))
			if problem.Param != tt.param || !strings.Contains(problem.Problem, tt.text) {
				t.Errorf("Check = %v, want %s: ...%s...", problem, tt.param, tt.text)
			}
		})
	}
}

func TestTheDefaultPollerOfConcurIsUnderstood(t *testing.T) {
	r, err := hub.ParseURL("/hubs/expense/reports?where=modifiedDateAfter='2024-05-02T11:45:00.000'")
	if err != nil {
		t.Fatalf("ParseURL: %v", err)
	}
	if err := (&hub.Hub{}).Check(lookup(t, "concur"), r); err != nil {
		t.Errorf("Check: %v", err)
	}
}
