package telemetry_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/provider"
	"turnstone/internal/telemetry"
)

func TestWhatIsReportedIsCounted(t *testing.T) {
	complete := turnstone.Poll{Outcome: turnstone.PollComplete, Pages: 2, Records: 150, Created: 3, Updated: 4, Events: 1}
	tests := map[string]struct {
		report func(m *telemetry.Metrics)
		want   []string
	}{
		"complete poll": {
			func(m *telemetry.Metrics) { m.Poll(polled("concur", complete, nil)) },
			[]string{
				`turnstone_polls_total{element="concur",outcome="complete"} 1`,
				`turnstone_polls_total{element="concur",outcome="failed"} 0`,
				`turnstone_poll_duration_seconds_bucket{element="concur",le="1"} 0`,
				`turnstone_poll_duration_seconds_bucket{element="concur",le="2.5"} 1`,
				`turnstone_poll_duration_seconds_sum{element="concur"} 1.5`,
				`turnstone_poll_lateness_seconds_sum 0.25`,
				`turnstone_pages_total{element="concur"} 2`,
				`turnstone_records_total{element="concur"} 150`,
				`turnstone_changes_total{element="concur",type="created"} 3`,
				`turnstone_changes_total{element="concur",type="updated"} 4`,
				`turnstone_events_total{element="concur"} 1`,
				`turnstone_lease_losses_total{kind="poller"} 0`,
			},
		},
		"throttled poll": {
			func(m *telemetry.Metrics) {
				m.Poll(polled("concur", turnstone.Poll{Outcome: turnstone.PollThrottled}, nil))
			},
			[]string{`turnstone_polls_total{element="concur",outcome="throttled"} 1`},
		},
		"poll whose lease was lost": {
			func(m *telemetry.Metrics) { m.Poll(polled("concur", turnstone.Poll{Pages: 2}, errLost)) },
			[]string{
				`turnstone_polls_total{element="concur",outcome="lost"} 1`,
				`turnstone_lease_losses_total{kind="poller"} 1`,
				`turnstone_pages_total{element="concur"} 2`,
			},
		},
		"poll that could not be settled": {
			func(m *telemetry.Metrics) { m.Poll(polled("concur", turnstone.Poll{}, errElse)) },
			[]string{`turnstone_polls_total{element="concur",outcome="failed"} 1`},
		},
		"poll of an element that is gone": {
			func(m *telemetry.Metrics) { m.Poll(polled("bygone", complete, nil)) },
			[]string{`turnstone_polls_total{element="other",outcome="complete"} 1`},
		},
		"delivery": {
			func(m *telemetry.Metrics) { m.Attempt(attempted(204)) },
			[]string{
				`turnstone_attempts_total{outcome="delivered",status="2xx"} 1`,
				`turnstone_attempt_duration_seconds_sum 0.02`,
				`turnstone_event_age_seconds_sum 0.04`,
				`turnstone_delivered_bytes_total 1000`,
			},
		},
		"failed attempt": {
			func(m *telemetry.Metrics) { m.Attempt(attempted(503)) },
			[]string{
				`turnstone_attempts_total{outcome="failed",status="5xx"} 1`,
				`turnstone_attempt_duration_seconds_count 1`,
				`turnstone_event_age_seconds_count 0`,
				`turnstone_delivered_bytes_total 0`,
			},
		},
		"attempt that ended a destination": {
			func(m *telemetry.Metrics) { r := attempted(410); r.Gone = true; m.Attempt(r) },
			[]string{`turnstone_attempts_total{outcome="gone",status="4xx"} 1`},
		},
		"attempt we cut off": {
			func(m *telemetry.Metrics) { r := attempted(0); r.Cut = true; m.Attempt(r) },
			[]string{`turnstone_attempts_total{outcome="cut",status="none"} 1`},
		},
		"lost destination": {
			func(m *telemetry.Metrics) { m.LostDestination(turnstone.DestinationLease{}) },
			[]string{`turnstone_lease_losses_total{kind="destination"} 1`},
		},
		"answer of a vendor": {
			func(m *telemetry.Metrics) { m.Exchange(asked(200, provider.Success)) },
			[]string{
				`turnstone_vendor_requests_total{element="concur",status="2xx"} 1`,
				`turnstone_vendor_request_duration_seconds_sum{element="concur"} 0.3`,
				`turnstone_vendor_received_bytes_total{element="concur"} 2000`,
				`turnstone_vendor_wait_seconds_total{element="concur"} 0.5`,
				`turnstone_vendor_throttled_total{element="concur"} 0`,
			},
		},
		"throttling by a status of the vendor's own": {
			func(m *telemetry.Metrics) { m.Exchange(asked(400, provider.RateLimited)) },
			[]string{
				`turnstone_vendor_requests_total{element="concur",status="4xx"} 1`,
				`turnstone_vendor_throttled_total{element="concur"} 1`,
			},
		},
		"no answer of a vendor": {
			func(m *telemetry.Metrics) { m.Exchange(asked(0, "")) },
			[]string{`turnstone_vendor_requests_total{element="concur",status="none"} 1`},
		},
		"status of no class": {
			func(m *telemetry.Metrics) { m.Exchange(asked(999, provider.Fail)) },
			[]string{`turnstone_vendor_requests_total{element="concur",status="none"} 1`},
		},
		"nothing": {
			func(*telemetry.Metrics) {},
			[]string{`turnstone_build_info{version="v1.2.3"} 1`},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m, _ := newMetrics()
			tt.report(m)
			got := ours(t, m)
			for _, want := range tt.want {
				if !slices.Contains(got, want) {
					t.Errorf("scrape has no line %s:\n%s", want, strings.Join(got, "\n"))
				}
			}
		})
	}
}

func TestBacklogIsToldAsOfTheScrape(t *testing.T) {
	m, c := newMetrics()
	if got := strings.Join(ours(t, m), "\n"); strings.Contains(got, "turnstone_deliveries_owed") {
		t.Errorf("scrape tells of a backlog nobody has measured:\n%s", got)
	}
	m.Backlog(waiting, noon)
	c.now = noon.Add(30 * time.Second)
	got := ours(t, m)
	for _, want := range []string{
		"turnstone_pollers_due 1", "turnstone_pollers_due_age_seconds 90", "turnstone_pollers_awaiting 2", "turnstone_pollers_parked 3",
		"turnstone_deliveries_owed 4", "turnstone_deliveries_owed_age_seconds 3630", "turnstone_destinations_waiting 5",
		"turnstone_destinations_failing 6", "turnstone_destinations_inactive 7", "turnstone_deliveries_held 8", "turnstone_deliveries_queued 9",
		"turnstone_backlog_age_seconds 30",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("scrape has no line %s:\n%s", want, strings.Join(got, "\n"))
		}
	}
	m.Backlog(turnstone.Backlog{}, c.now)
	if got := ours(t, m); !slices.Contains(got, "turnstone_deliveries_owed_age_seconds 0") {
		t.Errorf("scrape has an age where nothing is owed:\n%s", strings.Join(got, "\n"))
	}
}

func TestRequestsAreCountedByRouteAndNeverByPath(t *testing.T) {
	m, c := newMetrics()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /instances/{id}", func(w http.ResponseWriter, _ *http.Request) {
		c.now = c.now.Add(2 * time.Second)
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusTeapot)
	})
	mux.HandleFunc("GET /silent", func(http.ResponseWriter, *http.Request) {})
	h := m.Requests(mux)
	for _, path := range []string{"/instances/1", "/instances/secret", "/silent", "/nothing/here", "/nor/there"} {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
	}
	got := ours(t, m)
	for _, want := range []string{
		`turnstone_http_requests_total{route="GET /instances/{id}",status="4xx"} 2`,
		`turnstone_http_requests_total{route="GET /silent",status="2xx"} 1`,
		`turnstone_http_requests_total{route="other",status="4xx"} 2`,
		`turnstone_http_request_duration_seconds_sum{route="GET /instances/{id}"} 4`,
	} {
		if !slices.Contains(got, want) {
			t.Errorf("scrape has no line %s:\n%s", want, strings.Join(got, "\n"))
		}
	}
	if strings.Contains(strings.Join(got, "\n"), "secret") {
		t.Error("scrape shows a path")
	}
}

func TestHandlersCanStillFlush(t *testing.T) {
	m, _ := newMetrics()
	w := httptest.NewRecorder()
	m.Requests(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Errorf("Flush = %v, want nil", err)
		}
	})).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if !w.Flushed {
		t.Error("the answer was not flushed")
	}
}

func TestSeriesAreBounded(t *testing.T) {
	m, _ := newMetrics()
	flood := func(from int) {
		for i := range 100 {
			stranger := fmt.Sprintf("element-%d", from+i)
			m.Poll(polled(stranger, turnstone.Poll{Outcome: turnstone.PollComplete}, nil))
			e := asked(100+from+i, provider.Success)
			e.Element = stranger
			m.Exchange(e)
			m.Attempt(attempted(100 + from + i))
		}
	}
	flood(0)
	before := len(ours(t, m))
	flood(100)
	if after := len(ours(t, m)); after != before {
		t.Errorf("%d series after more elements and statuses, want %d as before", after, before)
	}
}

func TestObservingAllocatesNothing(t *testing.T) {
	m, _ := newMetrics()
	p := polled("concur", turnstone.Poll{Outcome: turnstone.PollComplete, Pages: 1, Records: 100}, nil)
	lost := polled("concur", turnstone.Poll{}, errLost)
	a, e := attempted(200), asked(429, provider.RateLimited)
	for name, observe := range map[string]func(){
		"poll":      func() { m.Poll(p) },
		"lost poll": func() { m.Poll(lost) },
		"attempt":   func() { m.Attempt(a) },
		"exchange":  func() { m.Exchange(e) },
	} {
		observe() // resolves the labels
		if got := testing.AllocsPerRun(100, observe); got != 0 {
			t.Errorf("observing a %s makes %v allocations, want none", name, got)
		}
	}
}

func TestObserversAndScrapersMayMeet(t *testing.T) {
	m, _ := newMetrics()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 50 {
				m.Poll(polled("concur", turnstone.Poll{Outcome: turnstone.PollComplete}, nil))
				m.Attempt(attempted(200))
				m.Exchange(asked(200, provider.Success))
				m.Backlog(waiting, noon)
			}
		})
	}
	for range 5 {
		scrape(t, m)
	}
	all.Wait()
	for _, want := range []string{
		`turnstone_polls_total{element="concur",outcome="complete"} 200`,
		`turnstone_attempts_total{outcome="delivered",status="2xx"} 200`,
	} {
		if got := ours(t, m); !slices.Contains(got, want) {
			t.Errorf("scrape has no line %s:\n%s", want, strings.Join(got, "\n"))
		}
	}
}

// BenchmarkObserve shows what a report costs those who make it.
func BenchmarkObserve(b *testing.B) {
	m, _ := newMetrics()
	p := polled("concur", turnstone.Poll{Outcome: turnstone.PollComplete, Pages: 1, Records: 100}, nil)
	a, e := attempted(200), asked(200, provider.Success)
	for name, observe := range map[string]func(){
		"poll":     func() { m.Poll(p) },
		"attempt":  func() { m.Attempt(a) },
		"exchange": func() { m.Exchange(e) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				observe()
			}
		})
	}
}
