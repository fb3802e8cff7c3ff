package app_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"turnstone"
	"turnstone/internal/app"
	"turnstone/internal/telemetry"
)

// get returns the status and the body of an answer.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestAdminListener(t *testing.T) {
	c := bare(t.TempDir())
	c.AdminListen = "127.0.0.1:0"
	a, err := app.Start(t.Context(), c, quiet())
	if err != nil {
		t.Fatal(err)
	}
	defer stop(t, a)
	tests := map[string]struct {
		path   string
		status int
		want   string // in the body
	}{
		"index":           {"/", http.StatusOK, "/metrics"},
		"metrics":         {"/metrics", http.StatusOK, "turnstone_build_info{"},
		"process":         {"/metrics", http.StatusOK, "go_goroutines "},
		"alive":           {"/healthz", http.StatusOK, "ok"},
		"ready":           {"/readyz", http.StatusOK, "ready"},
		"profiles":        {"/debug/pprof/", http.StatusOK, "goroutine"},
		"heap":            {"/debug/pprof/heap?debug=1", http.StatusOK, "heap profile"},
		"no command line": {"/debug/pprof/cmdline", http.StatusNotFound, ""},
		"no API":          {"/elements/api-v2/elements", http.StatusNotFound, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if status, body := get(t, a.AdminURL+tt.path); status != tt.status || !strings.Contains(body, tt.want) {
				t.Errorf("GET %s = %d, want %d and %q in\n%s", tt.path, status, tt.status, tt.want, body)
			}
		})
	}
	for _, path := range []string{"/metrics", "/debug/pprof/"} {
		if status, _ := get(t, a.URL+path); status != http.StatusNotFound {
			t.Errorf("GET %s of the API = %d, want 404: it is for those who watch alone", path, status)
		}
	}
}

func TestNoAdminListenerUnlessAskedFor(t *testing.T) {
	a := start(t, app.Storage{Data: t.TempDir()})
	if a.AdminURL != "" {
		t.Errorf("AdminURL = %q, want none", a.AdminURL)
	}
	if status, body := get(t, a.URL+"/readyz"); status != http.StatusOK {
		t.Errorf("GET /readyz = %d %s, want 200", status, body)
	}
}

func TestAProfileBeingTakenHoldsNoStopUp(t *testing.T) {
	c := bare(t.TempDir())
	c.AdminListen = "127.0.0.1:0"
	a, err := app.Start(t.Context(), c, quiet())
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.AdminURL+"/debug/pprof/trace?seconds=300", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request) // returns with the header of the trace
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	stop(t, a)
}

// ask returns what a handler answers to a probe.
func ask(h http.Handler) (int, string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	return w.Code, w.Body.String()
}

func TestReadinessFollowsTheLifeOfTheService(t *testing.T) {
	var gate app.Gate
	if status, body := ask(&gate); status != http.StatusServiceUnavailable || !strings.Contains(body, "starting") {
		t.Errorf("before the start: %d %s, want 503 and that it is starting", status, body)
	}
	api := gate.Guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "the API at "+r.URL.Path)
	}))
	for name, h := range map[string]http.Handler{"admin": &gate, "API": api} {
		if status, body := ask(h); status != http.StatusOK || body != "the API at /readyz" {
			t.Errorf("%s while it runs: %d %s, want what the API says", name, status, body)
		}
	}
	gate.Stop()
	for name, h := range map[string]http.Handler{"admin": &gate, "API": api} {
		if status, body := ask(h); status != http.StatusServiceUnavailable || !strings.Contains(body, "stopping") {
			t.Errorf("%s at the end: %d %s, want 503 and that it is stopping", name, status, body)
		}
	}
}

func TestAProbeDoesNotWaitForADatabaseThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var gate app.Gate
		gate.Guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			w.WriteHeader(http.StatusServiceUnavailable)
		}))
		began := time.Now()
		if status, _ := ask(&gate); status != http.StatusServiceUnavailable || time.Since(began) > 10*time.Second {
			t.Errorf("%d after %v, want 503 within seconds", status, time.Since(began))
		}
	})
}

func TestTheBacklogIsMeasuredNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		metrics := telemetry.New(telemetry.Options{Now: time.Now})
		var log bytes.Buffer
		times := 0
		done := make(chan error)
		go func() {
			done <- app.Measure(ctx, func(ctx context.Context) (turnstone.Backlog, error) {
				times++
				switch times {
				case 1:
					return turnstone.Backlog{Owed: 42}, nil
				case 2:
					return turnstone.Backlog{}, errors.New("database is away")
				}
				<-ctx.Done()
				return turnstone.Backlog{}, ctx.Err()
			}, metrics, slog.New(slog.NewTextHandler(&log, nil)))
		}()
		for _, want := range []string{"turnstone_backlog_age_seconds 0", "turnstone_backlog_age_seconds 15", "turnstone_deliveries_owed 42"} {
			synctest.Wait()
			w := httptest.NewRecorder()
			metrics.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("the scrape has no %s", want)
			}
			time.Sleep(app.MeasureEvery) //nolint:forbidigo // virtual time
		}
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Measure = %v, want nil", err)
		}
		if n := strings.Count(log.String(), "measure backlog"); n != 2 {
			t.Errorf("%d warnings, want one that the database is away and one that it took too long:\n%s", n, log.String())
		}
	})
}
