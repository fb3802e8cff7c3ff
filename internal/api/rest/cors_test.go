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
func served(t *testing.T, s *rest.Server, method, path string) (status int, h http.Header) {
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
	return recorder.Code, recorder.Header()
}

func TestBrowsersAreToldWhatTheyMayDo(t *testing.T) {
	for path, want := range map[string]string{
		"/elements/api-v2/things":          "GET, POST, OPTIONS",
		"/elements/api-v2/things/":         "GET, POST, OPTIONS",
		"/elements/api-v2/things/1":        "DELETE, OPTIONS",
		"/elements/api-v2/instances/count": "GET, OPTIONS",
	} {
		status, h := served(t, &rest.Server{}, http.MethodOptions, path)
		if status != http.StatusOK || h.Get("Allow") != want || h.Get("Access-Control-Allow-Methods") != want {
			t.Errorf("OPTIONS %s = %d, Allow %q, want 200, %q", path, status, h.Get("Allow"), want)
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
	status, h := served(t, &rest.Server{}, http.MethodOptions, "/elements/api-v2/nowhere")
	if status != http.StatusNotFound || h.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("OPTIONS = %d %v, want 404 that a script can read", status, h)
	}
	open := &rest.Server{Fallback: func(*rest.Call) (any, error) { return nil, nil }}
	if _, h := served(t, open, http.MethodOptions, "/elements/api-v2/accounts"); h.Get("Allow") != "GET, POST, PUT, PATCH, DELETE, OPTIONS" {
		t.Errorf("OPTIONS of what a vendor may have = %q, want everything", h.Get("Allow"))
	}
}

func TestOnlyTheAPIIsReadableFromElsewhere(t *testing.T) {
	for path, want := range map[string]string{"/elements/api-v2/things": "*", "/healthz": "", "/elements/api-v2x": "", "/": ""} {
		if _, h := served(t, &rest.Server{}, http.MethodGet, path); h.Get("Access-Control-Allow-Origin") != want {
			t.Errorf("GET %s allows the origin %q, want %q", path, h.Get("Access-Control-Allow-Origin"), want)
		}
	}
	if status, _ := served(t, &rest.Server{}, http.MethodOptions, "/healthz"); status != http.StatusMethodNotAllowed {
		t.Errorf("OPTIONS /healthz = %d, want 405", status)
	}
}
