package app_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"turnstone/internal/app"
	"turnstone/internal/concursim"
)

// spans is a collector that keeps what it is sent.
type spans struct {
	mu  sync.Mutex
	got []*otlp.Span
}

// ServeHTTP takes a batch.
func (s *spans) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var sent otlp.TracesData
	if err == nil {
		err = proto.Unmarshal(body, &sent)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, resource := range sent.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			s.got = append(s.got, scope.GetSpans()...)
		}
	}
}

// path returns the names of a span and of those it stands in, from the outside.
func (s *spans) path(span *otlp.Span) string {
	var names []string
	for span != nil {
		names = append(names, span.GetName())
		i := slices.IndexFunc(s.got, func(o *otlp.Span) bool { return string(o.GetSpanId()) == string(span.GetParentSpanId()) })
		if i < 0 {
			break
		}
		span = s.got[i]
	}
	slices.Reverse(names)
	return strings.Join(names, " > ")
}

// watched starts a service that is watched, with all polls traced.
func watched(t *testing.T, endpoint string) *app.App {
	t.Helper()
	c := bare(t.TempDir())
	c.AllowNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	c.MinInterval = time.Second
	c.Bootstrap = app.Bootstrap{UserSecret: "user-secret", OrganizationSecret: "organization-secret"}
	c.AdminListen, c.TraceEndpoint, c.TraceShare = "127.0.0.1:0", endpoint, 1
	a, err := app.Start(t.Context(), c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, a) })
	return a
}

func TestAChangeCanBeFollowedFromThePageToTheReceiver(t *testing.T) {
	got := &spans{}
	server := httptest.NewServer(got)
	defer server.Close()
	a := watched(t, server.URL)
	f := newFleet(t, concursim.Options{Seed: 9, Companies: 1, Rate: 5}, nil)
	connect(t, f, a.URL, 3*time.Second)
	check(t, settle(t, f, shown))
	_, metrics := get(t, a.AdminURL+"/metrics")
	stop(t, a) // sends the spans that wait

	for name, line := range map[string]string{
		"polls":     `turnstone_polls_total\{element="concur",outcome="complete"\}`,
		"events":    `turnstone_events_total\{element="concur"\}`,
		"requests":  `turnstone_vendor_requests_total\{element="concur",status="2xx"\}`,
		"attempts":  `turnstone_attempts_total\{outcome="delivered",status="2xx"\}`,
		"ages":      `turnstone_event_age_seconds_count`,
		"lateness":  `turnstone_poll_lateness_seconds_count`,
		"API calls": `turnstone_http_requests_total\{route="POST /elements/api-v2/instances",status="2xx"\}`,
	} {
		if !regexp.MustCompile(line + " [1-9]").MatchString(metrics) {
			t.Errorf("no %s were counted: want %s above 0 in\n%s", name, line, metrics)
		}
	}
	paths := map[string]bool{}
	for _, span := range got.got {
		paths[got.path(span)] = true
	}
	for _, want := range []string{"poll", "poll > page", "poll > commit", "poll > commit > attempt"} {
		if !paths[want] {
			t.Errorf("no spans %s among %v", want, paths)
		}
	}
}
