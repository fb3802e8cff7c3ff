package poll_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"turnstone"
	"turnstone/internal/hub"
)

// trace lets the loop make spans, and returns what remembers those that ended.
func (w *world) trace(sampler sdktrace.Sampler) *tracetest.SpanRecorder {
	spans := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSampler(sampler), sdktrace.WithSpanProcessor(spans))
	w.loop.Tracer = provider.Tracer("test")
	return spans
}

func TestATraceLeadsFromThePageToTheEvent(t *testing.T) {
	w := settled(t)
	spans := w.trace(sdktrace.AlwaysSample())
	w.change("c", "2")
	w.poll(t.Context())
	var names []string
	for _, s := range spans.Ended() {
		names = append(names, s.Name())
	}
	if want := []string{"page", "page", "commit", "page", "page", "page", "commit", "poll"}; !slices.Equal(names, want) {
		t.Fatalf("spans = %q, want %q", names, want)
	}
	whole := spans.Ended()[7]
	for i, s := range spans.Ended()[:7] {
		if s.Parent().SpanID() != whole.SpanContext().SpanID() {
			t.Errorf("span %d, %s, is not a child of the poll", i, s.Name())
		}
	}
	commit := spans.Ended()[2].SpanContext()
	want := "00-" + commit.TraceID().String() + "-" + commit.SpanID().String() + "-01"
	if got := w.store.events[len(w.store.events)-1].Trace; got != want {
		t.Errorf("trace of the event = %q, want %q", got, want)
	}
	for _, want := range []attribute.KeyValue{
		attribute.Int64("turnstone.instance", 3), attribute.String("turnstone.element", "crm"),
		attribute.String("turnstone.outcome", "complete"), attribute.Int("turnstone.updated", 1),
	} {
		if !slices.Contains(whole.Attributes(), want) {
			t.Errorf("attributes of the poll = %v, want %v among them", whole.Attributes(), want)
		}
	}
	if page := spans.Ended()[0].Attributes(); !slices.Contains(page, attribute.String("turnstone.url", "https://api.crm.example/deals")) {
		t.Errorf("attributes of a page = %v, want its URL", page)
	}
}

func TestAFailureMarksItsSpans(t *testing.T) {
	w := newWorld(t, "deals", deals)
	spans := w.trace(sdktrace.AlwaysSample())
	w.vendor.page = func(int, *hub.Page) error { return errors.New("connection reset") }
	w.poll(t.Context())
	for _, s := range spans.Ended() {
		if status := s.Status(); status.Code != codes.Error || !strings.Contains(status.Description, "connection reset") {
			t.Errorf("status of %s = %v, want the error", s.Name(), status)
		}
	}
	if n := len(spans.Ended()); n != 2 {
		t.Errorf("%d spans, want the page and the poll", n)
	}
}

func TestEventsOfAPollThatIsNotTracedSayNothingOfIt(t *testing.T) {
	tests := map[string]func(w *world){
		"no tracer":   func(*world) {},
		"not sampled": func(w *world) { w.trace(sdktrace.NeverSample()) },
	}
	for name, prepare := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "deals", deals)
			prepare(w)
			w.pass(time.Second)
			w.change("a", "1")
			w.poll(t.Context())
			if e := w.store.events; len(e) != 1 || e[0].Trace != "" || e[0].Ops[0] != turnstone.Created {
				t.Errorf("events = %+v, want one without a trace", e)
			}
		})
	}
}
