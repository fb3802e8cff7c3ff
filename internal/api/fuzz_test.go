package api_test

import (
	"encoding/json"
	"math"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"turnstone/internal/api/rest"
)

// FuzzBody sends any body to the most complicated endpoint: whatever comes is
// created or refused, in JSON, and what is no JSON is never created.
func FuzzBody(f *testing.F) {
	text, err := os.ReadFile(filepath.Join("testdata", "seed.json"))
	if err != nil {
		f.Fatal(err)
	}
	for _, body := range []string{
		string(text), "", "{}", "[", `{"name":"\ud800"}`, `{"element":{"key":"concur"},"name":"x","configuration":{"a":{}}}`,
		`{"tags":[{"name":1}]}`, `{"configuration":{"event.notification.callback.headers":"a:b"}}`, `{"element":{"id":1e400}}`,
	} {
		f.Add(body)
	}
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/elements/api-v2/instances", strings.NewReader(body))
		r.Header.Set("Authorization", w.auth)
		recorder := httptest.NewRecorder()
		w.handler.ServeHTTP(recorder, r)
		if !slices.Contains([]int{200, 400, 413}, recorder.Code) {
			t.Errorf("status = %d %s", recorder.Code, recorder.Body)
		}
		if !json.Valid(recorder.Body.Bytes()) {
			t.Errorf("answer %s is no JSON", recorder.Body)
		}
		if recorder.Code == 200 && (!json.Valid([]byte(body)) || !utf8.ValidString(body)) {
			t.Errorf("%q was taken for JSON", body)
		}
	})
}

// FuzzPath sends requests to any path: whatever comes is answered in JSON and is
// no error of ours.
func FuzzPath(f *testing.F) {
	for _, path := range []string{
		"/instances", "/instances/1/configuration/2", "/hubs/a/reports/x%2Fy?where=a='b'", "/elements/concur/instances/1/pollers/reports/polls",
		"/hubs/expense/reports/%", "//", "/..", "/instances/-", "/instances/%2e%2e", "/hubs/a/b?%", "/hubs/0", "/instances?page=9999999999",
		"/instances/1/pollers/a%2Fb/objects/%3F%2f", "/instances/pollers/reports/preview", "/instances/1/destinations/1", "/instances/1/events/AXz0123456789abcdefg",
		"/notifications/1/subscriptions/1/deliveries?hydrate=1", "/notifications/subscriptions/deliveries?where=status='queued'&nextPage=a", "/accounts/1/settings",
		"/instances/events?format=csv", "/instances/events/analytics?interval=second", "/instances/events/dispositions?status=NEW", "/instances/events/1",
		"/notifications?topics[]=instance-1-concur-events", "/notifications/1/acknowledge", "/instances/count", "/instances/polling-disabled", "/jobs?nextPage=e30",
	} {
		f.Add("GET", path)
		f.Add("PUT", path)
	}
	w := newWorld(f)
	w.auth += ", Element " + w.create().Token
	f.Fuzz(func(t *testing.T, method, path string) {
		if method == "DELETE" || strings.ContainsFunc(method, func(r rune) bool { return r < 'A' || r > 'Z' }) {
			return // would delete the only instance, or is no request
		}
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", strings.NewReader("{}"))
		r.Method = method
		address, err := r.URL.Parse("/elements/api-v2" + path)
		if err != nil || address.Host != "" {
			return
		}
		r.URL = address
		r.Header.Set("Authorization", w.auth)
		recorder := httptest.NewRecorder()
		w.handler.ServeHTTP(recorder, r)
		isTable := strings.HasPrefix(recorder.Header().Get("Content-Type"), "text/csv")
		if recorder.Code == 500 || !isTable && !json.Valid(recorder.Body.Bytes()) || recorder.Header().Get("Elements-Request-Id") == "" {
			t.Errorf("%s %s = %d %s", method, path, recorder.Code, recorder.Body)
		}
	})
}

// FuzzPageTokens reads any token: what is taken for one is what we would have given.
func FuzzPageTokens(f *testing.F) {
	for _, token := range []string{
		"", "1", "aWQ6MQ", "aWQ6MQ==", "aWQ6LTE", "aWQ6MDE", "aWQ6OTk5OTk5OTk5OTk5OTk5OTk5OTk", "eyJhdCI6MX0", rest.PlaceToken(map[string]int{"at": 1}),
		rest.PageToken(math.MaxInt64),
	} {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if id, err := rest.ParseToken(token); err == nil && (id < 1 || rest.PageToken(id) != token) {
			t.Errorf("ParseToken(%q) = %d, want an error: its own token is %q", token, id, rest.PageToken(id))
		}
		var place struct {
			At       int64  `json:"at"`
			Resource string `json:"resource"`
		}
		if err := rest.ParsePlace(token, &place); err == nil && rest.PlaceToken(place) != token {
			t.Errorf("ParsePlace(%q) = %v, want an error: its own token is %q", token, place, rest.PlaceToken(place))
		}
	})
}
