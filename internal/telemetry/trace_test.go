package telemetry_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"turnstone/internal/telemetry"
)

// receiver is a collector that keeps what it is sent, or answers with another
// status.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	got    []*otlp.ResourceSpans
	asked  int
	came   chan struct{} // has something in it once a request was answered
}

func newReceiver(t *testing.T, status int) *receiver {
	t.Helper()
	r := &receiver{status: status, came: make(chan struct{}, 1)}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		var sent otlp.TracesData
		if err == nil {
			err = proto.Unmarshal(body, &sent)
		}
		if err != nil || request.URL.Path != "/v1/traces" {
			t.Errorf("%s %s cannot be read: %v", request.Method, request.URL, err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.asked++
		if r.status == http.StatusOK {
			r.got = append(r.got, sent.GetResourceSpans()...)
		}
		w.Header().Set("Location", "/v1/elsewhere")
		w.WriteHeader(r.status)
		select {
		case r.came <- struct{}{}:
		default:
		}
	}))
	t.Cleanup(r.Close)
	return r
}

// answer changes the status that the receiver answers with.
func (r *receiver) answer(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

// spans returns the spans that came, by their names.
func (r *receiver) spans() map[string]*otlp.Span {
	r.mu.Lock()
	defer r.mu.Unlock()
	spans := map[string]*otlp.Span{}
	for _, resource := range r.got {
		for _, scope := range resource.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				spans[s.GetName()] = s
			}
		}
	}
	return spans
}

func newTraces(t *testing.T, endpoint string, share float64, log io.Writer) *telemetry.Traces {
	t.Helper()
	traces, err := telemetry.NewTraces(t.Context(), telemetry.TraceOptions{
		Endpoint: endpoint, Share: share, Version: "v1.2.3", Instance: "node-1",
		Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return traces
}

func TestSpansReachTheCollectorBeforeTheEnd(t *testing.T) {
	r := newReceiver(t, http.StatusOK)
	traces := newTraces(t, r.URL, 1, io.Discard)
	ctx, poll := traces.Tracer().Start(t.Context(), "poll")
	_, page := traces.Tracer().Start(ctx, "page")
	page.End()
	poll.End()
	if err := traces.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := r.spans()
	if got["poll"] == nil || got["page"] == nil || !bytes.Equal(got["page"].GetParentSpanId(), got["poll"].GetSpanId()) {
		t.Fatalf("spans = %v, want a page within a poll", got)
	}
	attributes := map[string]string{}
	for _, a := range r.got[0].GetResource().GetAttributes() {
		attributes[a.GetKey()] = a.GetValue().GetStringValue()
	}
	for key, want := range map[string]string{"service.name": "turnstone", "service.version": "v1.2.3", "service.instance.id": "node-1"} {
		if attributes[key] != want {
			t.Errorf("%s = %q, want %q", key, attributes[key], want)
		}
	}
}

func TestTheEnvironmentAddsAttributesAndDecidesNothing(t *testing.T) {
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
	t.Setenv("OTEL_TRACES_SAMPLER", "always_off")
	r := newReceiver(t, http.StatusOK)
	traces := newTraces(t, r.URL, 1, io.Discard)
	_, span := traces.Tracer().Start(t.Context(), "poll")
	span.End()
	if err := traces.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r.asked != 1 {
		t.Fatalf("%d requests came, want one", r.asked)
	}
	if got := r.got[0].GetResource().String(); !strings.Contains(got, "deployment.environment.name") {
		t.Errorf("resource = %s, want the attribute in it", got)
	}
}

func TestSpansAreKeptAsTheirParentWas(t *testing.T) {
	r := newReceiver(t, http.StatusOK)
	traces := newTraces(t, r.URL, 1e-18, io.Discard) // no poll of this test is among these
	parent := trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}, Remote: true}
	_, unsampled := traces.Tracer().Start(trace.ContextWithSpanContext(t.Context(), trace.NewSpanContext(parent)), "of a poll left out")
	unsampled.End()
	parent.TraceFlags = trace.FlagsSampled
	_, sampled := traces.Tracer().Start(trace.ContextWithSpanContext(t.Context(), trace.NewSpanContext(parent)), "of a poll kept")
	sampled.End()
	_, root := traces.Tracer().Start(t.Context(), "poll")
	root.End()
	if err := traces.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := r.spans(); len(got) != 1 || got["of a poll kept"] == nil {
		t.Errorf("spans = %v, want the one whose parent was kept", got)
	}
}

func TestACollectorThatRefusesIsReportedOnce(t *testing.T) {
	for name, status := range map[string]int{
		"refuses": http.StatusServiceUnavailable, "sends elsewhere": http.StatusTemporaryRedirect,
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			r := newReceiver(t, status)
			traces := newTraces(t, r.URL, 1, &log)
			for range 1500 { // several batches
				_, span := traces.Tracer().Start(t.Context(), "poll")
				span.End()
			}
			if err := traces.Stop(t.Context()); err != nil {
				t.Errorf("Stop = %v, want nil: spans are not worth an error", err)
			}
			if n := strings.Count(log.String(), "level=WARN"); n != 1 || r.asked < 2 {
				t.Errorf("%d warnings of %d requests, want 1 of several:\n%s", n, r.asked, log.String())
			}
		})
	}
}

func TestACollectorThatIsBackIsReported(t *testing.T) {
	var log bytes.Buffer
	r := newReceiver(t, http.StatusServiceUnavailable)
	traces := newTraces(t, r.URL, 1, &log)
	for range 512 { // as many as fill a batch
		_, span := traces.Tracer().Start(t.Context(), "lost")
		span.End()
	}
	<-r.came
	r.answer(http.StatusOK)
	_, span := traces.Tracer().Start(t.Context(), "sent")
	span.End()
	if err := traces.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := r.spans(); got["sent"] == nil || !strings.Contains(log.String(), "sent again") {
		t.Errorf("spans = %v, want the one that was made last, and a line that says so:\n%s", got, log.String())
	}
}

func TestACollectorThatHangsHoldsNobodyUp(t *testing.T) {
	hang := make(chan struct{})
	r := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	defer r.Close()
	defer close(hang)
	traces := newTraces(t, r.URL, 1, io.Discard)
	for range 10_000 { // more than wait at a time
		_, span := traces.Tracer().Start(t.Context(), "poll")
		span.End()
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := traces.Stop(ctx); err != nil {
		t.Errorf("Stop = %v, want nil", err)
	}
}

func TestCollectorURL(t *testing.T) {
	tests := map[string]struct{ endpoint, want string }{
		"host alone":      {"http://collector:4318", "http://collector:4318/v1/traces"},
		"slash":           {"https://collector/", "https://collector/v1/traces"},
		"path of its own": {"https://collector/tenant/spans", "https://collector/tenant/spans"},
		"no scheme":       {"collector:4318", ""},
		"no host":         {"http://:4318", ""},
		"not over http":   {"grpc://collector:4317", ""},
		"broken":          {"http://[", ""},
		"with a secret":   {"http://user:secret@collector", ""},
		"with a query":    {"http://collector?key=secret", ""},
		"empty":           {"", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := telemetry.CollectorURL(tt.endpoint)
			if got != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("CollectorURL(%q) = %q, %v, want %q", tt.endpoint, got, err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("CollectorURL(%q) = %v, which shows a secret", tt.endpoint, err)
			}
		})
	}
}

func TestTracesToNowhereAreRefused(t *testing.T) {
	if _, err := telemetry.NewTraces(t.Context(), telemetry.TraceOptions{Endpoint: "http://[", Share: 1}); err == nil {
		t.Error("NewTraces = nil error, want one")
	}
}
