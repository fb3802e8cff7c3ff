package api_test

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
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
		if recorder.Code == 500 || !json.Valid(recorder.Body.Bytes()) || recorder.Header().Get("Elements-Request-Id") == "" {
			t.Errorf("%s %s = %d %s", method, path, recorder.Code, recorder.Body)
		}
	})
}
