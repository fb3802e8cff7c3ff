package script_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone/internal/element"
	"turnstone/internal/script"
)

func runner() *script.Runner {
	return script.New(func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) })
}

// call is a list of contacts, with a where clause.
func call() script.Call {
	return script.Call{
		Method: "GET", Path: "/contacts", Parameters: map[string]string{"where": "a='1'", "nextPage": "p2"},
		Where:     []script.Comparison{{Attribute: "a", Operator: "=", Value: "1"}},
		Variables: map[string]string{}, Config: map[string]string{"api.key": "k"}, Root: "data.items",
	}
}

// hooked is call with hooks, before and after it.
func hooked(hooks ...element.Hook) script.Call {
	c := call()
	c.Hooks = &element.Hooks{Before: hooks, After: hooks}
	return c
}

func request() script.Request {
	return script.Request{
		Method: "GET", Path: "/people", Query: map[string]string{"limit": "2"}, Headers: map[string]string{"Accept": "application/json"},
	}
}

func TestHooksChangeTheRequest(t *testing.T) {
	tests := map[string]struct {
		hook element.Hook
		want script.Request
	}{
		"nothing": {
			element.Hook{Script: "done();"},
			request(),
		},
		"a query of its own": {
			element.Hook{Script: "done({request_vendor_parameters: {q: request_expression[0].attribute + request_expression[0].value, page: request_parameters.nextPage, none: null, n: 3}, continue: true});"},
			script.Request{Method: "GET", Path: "/people", Query: map[string]string{"q": "a1", "page": "p2", "n": "3"}, Headers: request().Headers},
		},
		"a header that is found in any case": {
			element.Hook{Script: "var h = request_vendor_headers; h['X-Was'] = h['aCCept']; delete h.Accept; done({request_vendor_headers: h});"},
			script.Request{Method: "GET", Path: "/people", Query: request().Query, Headers: map[string]string{"X-Was": "application/json"}},
		},
		"another request altogether": {
			element.Hook{Script: "done({request_vendor_method: 'post', request_vendor_path: '/search', request_vendor_body: {key: configuration['api.key']}});"},
			script.Request{Method: "POST", Path: "/search", Query: request().Query, Headers: request().Headers, Body: []byte(`{"key":"k"}`)},
		},
		"a legacy hook": {
			element.Hook{Script: "forgotten = 1; return {request_vendor_path: '/old'};", Legacy: true},
			script.Request{Method: "GET", Path: "/old", Query: request().Query, Headers: request().Headers},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, answered, err := runner().Before(t.Context(), hooked(tt.hook), request())
			if err != nil || answered != nil {
				t.Fatalf("Before = %v, %v, want a request", answered, err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Before (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAHookAnswersInTheVendorsPlace(t *testing.T) {
	hook := element.Hook{Script: "done({continue: false, response_body: [{id: 1}], response_status_code: 203});"}
	_, answered, err := runner().Before(t.Context(), hooked(hook), request())
	want := &script.Answer{Status: 203, Body: []byte(`{"data":{"items":[{"id":1}]}}`)}
	if diff := cmp.Diff(want, answered); err != nil || diff != "" {
		t.Errorf("Before = %v (-want +got):\n%s", err, diff)
	}
}

func TestHooksChangeTheAnswer(t *testing.T) {
	answer := script.Answer{
		Status: 200, Headers: map[string]string{"Content-Type": "application/json"}, Body: []byte(`{"next": "n1", "data": {"items": [ {"id":12345678901234567890} ], "of": 1}}`),
	}
	with := func(body string) script.Answer { a := answer; a.Body = []byte(body); return a }
	refused := with(string(answer.Body))
	refused.Status, refused.Problem = 404, "no such thing"
	paged := answer
	paged.Headers, paged.Next = map[string]string{"Elements-Next-Page-Token": "eyJ9"}, "eyJ9"
	tests := map[string]struct {
		script string
		want   script.Answer
	}{
		"nothing":                        {"done();", answer},
		"the records, and nothing else":  {"response_body[0].name = 'a'; response_body[0].id = 7; done({response_body: response_body});", with(`{"next": "n1", "data": {"items": [{"id":7,"name":"a"}], "of": 1}}`)},
		"a text that is JSON":            {"done({response_body: JSON.stringify([{id: 7}])});", with(`{"next": "n1", "data": {"items": [{"id":7}], "of": 1}}`)},
		"the whole answer":               {"done({response_body_raw: '{\"data\":{\"items\":[]}}'});", with(`{"data":{"items":[]}}`)},
		"a failure":                      {"if (!response_iserror) done({response_error_message: 'no such thing', response_status_code: 404});", refused},
		"the next page":                  {"done({response_headers: {'Elements-Next-Page-Token': 'eyJ9'}});", paged},
		"what it read of the whole body": {"done({response_body: [{id: response_body_raw_map.next}]});", with(`{"next": "n1", "data": {"items": [{"id":"n1"}], "of": 1}}`)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := runner().After(t.Context(), hooked(element.Hook{Script: tt.script}), request(), answer)
			if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
				t.Errorf("After = %v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestHooksRunInTheirOrder(t *testing.T) {
	hooks := []element.Hook{
		{Script: "done({request_vendor_path: request_vendor_path + '/a'});"}, {Script: "done({request_vendor_path: request_vendor_path + '/b'});"},
	}
	got, _, err := runner().Before(t.Context(), hooked(hooks...), request())
	if err != nil || got.Path != "/people/a/b" {
		t.Errorf("Before = %q, %v, want /people/a/b", got.Path, err)
	}
}

func TestAFailingHookSaysWhichItIs(t *testing.T) {
	tests := map[string]struct{ script, says string }{
		"it throws":            {"throw new Error('no idea');", "hook before the request: line 1: Error: no idea"},
		"it is no program":     {"if (", "hook before the request"},
		"it answers a list":    {"done([1]);", "write done({...})"},
		"its query is no map":  {"done({request_vendor_parameters: 'a=b'});", "request_vendor_parameters is no object"},
		"it asks for a module": {"require('axios');", "require is not available"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, _, err := runner().Before(t.Context(), hooked(element.Hook{Script: tt.script}), request())
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("Before = %v, want ...%s...", err, tt.says)
			}
		})
	}
}

func TestAHookThatIsNotWantedAnyMoreEnds(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, _, err := runner().Before(ctx, hooked(element.Hook{Script: "for (;;) {}"}), request())
	if err == nil {
		t.Error("Before of a hook that does not end = nil, want an error")
	}
}

func ExampleRunner_After() {
	hook := element.Hook{Script: `done({response_body: response_body.map(function (c) { return {id: c.no}; })});`}
	call := script.Call{Hooks: &element.Hooks{After: []element.Hook{hook}}, Root: "contacts"}
	answer := script.Answer{Status: 200, Body: []byte(`{"contacts": [{"no": 7}], "total": 1}`)}
	changed, err := runner().After(context.Background(), call, script.Request{}, answer)
	fmt.Println(string(changed.Body), err)
	// Output: {"contacts": [{"id":7}], "total": 1} <nil>
}

func FuzzAfter(f *testing.F) {
	for _, hook := range []string{"done({response_body: 1});", "done({response_body_raw: '{'});", "done({response_headers: 7});", "done({response_status_code: 'x'});"} {
		f.Add(hook, []byte(`{"data":{"items":[]}}`))
	}
	r := runner()
	f.Fuzz(func(t *testing.T, hook string, body []byte) {
		a, err := r.After(t.Context(), hooked(element.Hook{Script: hook}), request(), script.Answer{Status: 200, Body: body})
		if err == nil && (a.Status < 100 || a.Status > 599) {
			t.Errorf("After = status %d, want one of HTTP", a.Status)
		}
	})
}
