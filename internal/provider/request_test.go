package provider_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/provider"
)

// echo answers with the line, a header and the body of the request.
func echo(header string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = w.Write([]byte(`["` + r.Method + " " + r.RequestURI + `","` + r.Header.Get(header) + `",` + string(body) + `]`))
	}
}

func TestRequestsAreBuiltAsDeclared(t *testing.T) {
	tests := map[string]struct {
		change func(*provider.Call)
		want   string
	}{
		"an id is one segment": {func(c *provider.Call) {
			c.Requester.Path = template(t, "/orders/{{ id }}")
			c.Values.ID = "gW$s1/../ü"
		}, `["GET /orders/gW%24s1%2F..%2F%C3%BC","",null]`},
		"the call's parameters win": {func(c *provider.Call) {
			c.Requester.Parameters = map[string]element.Template{"user": template(t, "ALL"), "a": template(t, "{{ where['a'] }}")}
			c.Parameters = map[string]string{"user": "ann", "limit": "5"}
		}, `["GET /orders?limit=5&user=ann","",null]`},
		"headers are expanded": {func(c *provider.Call) {
			c.Requester.Headers = map[string]element.Template{"X-Test": template(t, "{{ config['name'] }}")}
			c.Instance.Configuration["name"] = "Ann"
		}, `["GET /orders","Ann",null]`},
		"a body is sent": {func(c *provider.Call) {
			c.Requester.Method = http.MethodPut
			c.Body = []byte(`{"a": 1.50}`)
		}, `["PUT /orders","",{"a": 1.50}]`},
		"members join the declared body": {func(c *provider.Call) {
			c.Requester.Method = http.MethodPost
			c.Requester.Body = template(t, `{"q": "{{ where['q'] }}", "n": 10}`)
			c.Values.Where = map[string]string{"q": `say "hi"`}
			c.SetNumber(element.Option{InjectInto: "body_json", FieldName: "n"}, 5)
			c.SetText(element.Option{InjectInto: "body_json", FieldName: "t"}, "x\"y")
		}, `["POST /orders","",{"q":"say \"hi\"","n":5,"t":"x\"y"}]`},
		"the next page keeps the base's path": {func(c *provider.Call) {
			c.Instance.Configuration["base.url"] += "/proxy/"
			c.Next = "/orders?page=2"
		}, `["GET /proxy/orders?page=2","",null]`},
		"the next page may have that path": {func(c *provider.Call) {
			c.Instance.Configuration["base.url"] += "/proxy"
			c.Next = "/proxy/orders?page=2"
		}, `["GET /proxy/orders?page=2","",null]`},
		"the next page's query is as it came": {func(c *provider.Call) {
			c.Parameters = map[string]string{"user": "ALL"}
			c.Next = "/orders?a=x y&offset=gW$p%2f+:é"
		}, `["GET /orders?a=x%20y&offset=gW$p%2f+:%C3%A9","",null]`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			client, call := vendor(t, func(w http.ResponseWriter, r *http.Request) {
				if r.ContentLength == 0 {
					r.Body = io.NopCloser(strings.NewReader("null"))
				}
				echo("X-Test")(w, r)
			})
			tt.change(&call)
			got, err := client.Do(t.Context(), call)
			if err != nil {
				t.Fatalf("Do: %v", err)
			}
			if !sameJSON(t, string(got.Body), tt.want) {
				t.Errorf("vendor saw %s, want %s", got.Body, tt.want)
			}
		})
	}
}

func TestEachRequestHasItsOwnUUID(t *testing.T) {
	client, call := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(`"` + r.Header.Get("X-Correlation") + `"`))
	})
	call.Requester.Headers = map[string]element.Template{"X-Correlation": template(t, "{{ uuid }}")}
	seen := make(map[string]bool)
	for range 3 {
		got, err := client.Do(t.Context(), call)
		if err != nil {
			t.Fatalf("Do: %v", err)
		}
		if !regexp.MustCompile(`^"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"$`).Match(got.Body) {
			t.Errorf("uuid = %s, want one of version 4", got.Body)
		}
		seen[string(got.Body)] = true
	}
	if len(seen) != 3 {
		t.Errorf("3 requests had %d UUIDs, want 3", len(seen))
	}
}

func TestImpossibleRequestsAreNotSent(t *testing.T) {
	tests := map[string]struct {
		change func(*provider.Call)
		text   string
	}{
		"no base": {func(c *provider.Call) { c.Instance.Configuration = nil }, "none is set; configure base.url"},
		"foreign base": {func(c *provider.Call) {
			c.Requester.URLBase = []element.Template{template(t, "https://evil.example")}
		}, "must not go to https://evil.example"},
		"no id":           {func(c *provider.Call) { c.Requester.Path = template(t, "/orders/{{ id }}") }, "give it a value"},
		"line break":      {func(c *provider.Call) { c.Headers = map[string]string{"X-Name": "a\r\nHost: b"} }, "X-Name would hold a line break"},
		"name of header":  {func(c *provider.Call) { c.Headers = map[string]string{"X Name": "a"} }, `"X Name" is no name`},
		"body no object":  {func(c *provider.Call) { c.Body = []byte("[]"); c.Members = map[string][]byte{"a": nil} }, "no JSON object"},
		"page at nowhere": {func(c *provider.Call) { c.Next = "http://[::1" }, "no URL"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			client, call := vendor(t, func(http.ResponseWriter, *http.Request) { t.Error("the vendor was asked") })
			tt.change(&call)
			_, err := client.Do(t.Context(), call)
			var problem *provider.CallError
			if !errors.As(err, &problem) || problem.Element != "shop" || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("Do = %v, want a CallError with ...%s...", err, tt.text)
			}
		})
	}
}

// TestATokenNeverReachesAnotherHost names another host in every way a vendor
// or the maker of a page token could.
func TestATokenNeverReachesAnotherHost(t *testing.T) {
	evil := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("another host saw %s with Authorization %q", r.RequestURI, r.Header.Get("Authorization"))
	}))
	t.Cleanup(evil.Close)
	host := strings.TrimPrefix(evil.URL, "http://")
	for _, next := range []string{evil.URL + "/orders?offset=2", "//" + host + "/orders", "http://good@" + host + "/", "HTTP://" + host, `/\` + host + "/"} {
		t.Run(next, func(t *testing.T) {
			client, call := vendor(t, answers(http.StatusOK, "{}"))
			call.Next = next
			_, err := client.Do(t.Context(), call)
			if strings.HasPrefix(next, `/\`) {
				return // a path, which the vendor itself may answer
			}
			var problem *turnstone.VendorError
			if !errors.As(err, &problem) || !strings.Contains(err.Error(), host) {
				t.Errorf("Do = %v, want an error that names %s", err, host)
			}
		})
	}
}

func TestABaseThatTheCredentialMayNotSeeIsSkipped(t *testing.T) {
	evil := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the foreign geolocation was asked") }))
	t.Cleanup(evil.Close)
	client, call := vendor(t, answers(http.StatusOK, "{}"))
	call.Requester.URLBase = append([]element.Template{template(t, ""), template(t, evil.URL)}, call.Requester.URLBase...)
	got, err := client.Do(t.Context(), call)
	if want := call.Instance.Configuration["base.url"] + "/orders"; err != nil || got.URL != want {
		t.Errorf("Do = %s, %v, want %s", got.URL, err, want)
	}
}
