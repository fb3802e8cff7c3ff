package rest_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"turnstone/internal/api/rest"
)

// served answers a request to a server with some routes, and another outside of the API.
func served(t *testing.T, s *rest.Server, method, path string) *http.Response {
	t.Helper()
	s.Now, s.Log = time.Now, slog.New(slog.DiscardHandler)
	nothing := func(*rest.Call) (any, error) { return nil, nil }
	handler := s.Handler([]rest.Route{
		{Pattern: "GET /things", Answer: nothing, Access: rest.Public},
		{Pattern: "POST /things", Answer: nothing, Access: rest.Public},
		{Pattern: "DELETE /things/{thing}", Answer: nothing, Access: rest.Public},
		{Pattern: "GET /instances/count", Answer: nothing, Access: rest.Public},
	}, []rest.Route{{Pattern: "GET /healthz", Answer: nothing}})
	recorder := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	r.Header.Set("Origin", "https://app.example")
	r.Header.Set("Access-Control-Request-Headers", "authorization")
	handler.ServeHTTP(recorder, r)
	return recorder.Result()
}

func TestBrowsersAreToldWhatTheyMayDo(t *testing.T) {
	for path, want := range map[string]string{
		"/elements/api-v2/things":          "GET, POST, OPTIONS",
		"/elements/api-v2/things/":         "GET, POST, OPTIONS",
		"/elements/api-v2/things/1":        "DELETE, OPTIONS",
		"/elements/api-v2/instances/count": "GET, OPTIONS",
	} {
		got := served(t, &rest.Server{}, http.MethodOptions, path)
		h := got.Header
		if got.StatusCode != http.StatusOK || h.Get("Allow") != want || h.Get("Access-Control-Allow-Methods") != want {
			t.Errorf("OPTIONS %s = %d, Allow %q, want 200, %q", path, got.StatusCode, h.Get("Allow"), want)
		}
		if h.Get("Access-Control-Allow-Origin") != "*" || !strings.HasPrefix(h.Get("Access-Control-Allow-Headers"), "Authorization") {
			t.Errorf("OPTIONS %s = %v, want any origin with an Authorization", path, h)
		}
		if h.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("OPTIONS %s allows credentials, want cookies kept out", path)
		}
	}
}

func TestAPathWithoutRoutesAllowsNothing(t *testing.T) {
	got := served(t, &rest.Server{}, http.MethodOptions, "/elements/api-v2/nowhere")
	if got.StatusCode != http.StatusNotFound || got.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("OPTIONS = %d %v, want 404 that a script can read", got.StatusCode, got.Header)
	}
	open := &rest.Server{Fallback: func(*rest.Call) (any, error) { return nil, nil }}
	if got := served(t, open, http.MethodOptions, "/elements/api-v2/accounts"); got.Header.Get("Allow") != "GET, POST, PUT, PATCH, DELETE, OPTIONS" {
		t.Errorf("OPTIONS of what a vendor may have = %q, want everything", got.Header.Get("Allow"))
	}
}

func TestOnlyTheAPIIsReadableFromElsewhere(t *testing.T) {
	for path, want := range map[string]string{"/elements/api-v2/things": "*", "/healthz": "", "/elements/api-v2x": "", "/": ""} {
		if got := served(t, &rest.Server{}, http.MethodGet, path).Header.Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("GET %s allows the origin %q, want %q", path, got, want)
		}
	}
	if got := served(t, &rest.Server{}, http.MethodOptions, "/healthz"); got.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("OPTIONS /healthz = %d, want 405", got.StatusCode)
	}
}
