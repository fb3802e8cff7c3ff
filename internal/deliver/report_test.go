package deliver_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"turnstone"
	"turnstone/internal/deliver"
)

func TestEachAttemptIsReportedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		statuses := []int{503, 204, 410}
		w.net.answer = func(*http.Request, int64) (int, error) {
			status := statuses[0]
			statuses = statuses[1:]
			return status, nil
		}
		var mu sync.Mutex
		var got []deliver.Report
		w.loop.Observe = func(r deliver.Report) {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, r)
		}
		stop := w.running(t)
		w.store.publish(1, 7, "a")
		after(time.Minute)
		w.store.publish(1, 8, "a")
		after(time.Minute)
		stop()
		first := turnstone.Delivery{EventID: 7, Objects: []string{"a"}}
		second, other := first, turnstone.Delivery{EventID: 8, Objects: []string{"a"}}
		second.Attempts = 1
		want := []deliver.Report{
			{Destination: to(1), Delivery: first, Attempt: turnstone.Attempt{EventID: 7, Number: 1, Status: 503}},
			{Destination: to(1), Delivery: second, Attempt: turnstone.Attempt{EventID: 7, Number: 2, Status: 204}, Done: true},
			{Destination: to(1), Delivery: other, Attempt: turnstone.Attempt{EventID: 8, Number: 1, Status: 410}, Gone: true},
		}
		ignored := cmp.Options{
			cmpopts.IgnoreFields(turnstone.Attempt{}, "At", "Took", "Problem"),
			cmpopts.IgnoreFields(turnstone.Delivery{}, "FirstFailedAt", "NextAt"),
			cmpopts.IgnoreFields(turnstone.Destination{}, "Failures", "Problem"),
		}
		if diff := cmp.Diff(want, got, ignored); diff != "" {
			t.Errorf("reports (-want +got):\n%s", diff)
		}
	})
}

func TestACutAttemptIsReportedAsCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		w.net.answer = func(r *http.Request, _ int64) (int, error) { return 200, busy(r.Context(), time.Hour) }
		var got []bool
		w.loop.Observe = func(r deliver.Report) { got = append(got, r.Cut) }
		w.store.publish(1, 1, "a")
		stop := w.running(t)
		after(time.Second)
		stop()
		if !slices.Equal(got, []bool{true}) {
			t.Errorf("cut = %v, want one attempt, cut", got)
		}
	})
}

// parent is the traceparent of the poll that made an event.
const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

func TestAnAttemptAtATracedEventIsASpan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		spans := tracetest.NewSpanRecorder()
		w.loop.Tracer = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)).Tracer("deliver")
		w.net.answer = func(_ *http.Request, id int64) (int, error) { return map[int64]int{7: 200, 8: 500, 9: 200}[id], nil }
		w.store.trace = parent
		w.store.publish(1, 7, "a")
		w.store.publish(1, 8, "b")
		w.store.trace = ""
		w.store.publish(1, 9, "c")
		stop := w.running(t)
		after(time.Second)
		stop()
		var got []string
		for _, s := range spans.Ended() {
			if s.Parent().TraceID().String() != parent[3:35] || s.Parent().SpanID().String() != parent[36:52] {
				t.Errorf("parent of %q = %v, want that of the event", s.Name(), s.Parent())
			}
			a := attribute.NewSet(s.Attributes()...)
			got = append(got, fmt.Sprint(s.Name(), " ", s.SpanKind(), " ", a.Encoded(attribute.DefaultEncoder()), " ", s.Status().Code))
		}
		slices.Sort(got)
		want := []string{
			fmt.Sprint("attempt ", trace.SpanKindClient, " http.response.status_code=200,turnstone.attempt=1,turnstone.destination=1,turnstone.event=7,turnstone.instance=1 ", codes.Unset),
			fmt.Sprint("attempt ", trace.SpanKindClient, " http.response.status_code=500,turnstone.attempt=1,turnstone.destination=1,turnstone.event=8,turnstone.instance=1 ", codes.Error),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("spans (-want +got):\n%s", diff)
		}
	})
}

func TestATraceDoesNotReachTheReceiver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		provider := sdktrace.NewTracerProvider()
		defer func() { _ = provider.Shutdown(context.WithoutCancel(t.Context())) }()
		w.loop.Tracer = provider.Tracer("deliver")
		w.store.trace = parent
		w.store.publish(1, 7, "a")
		stop := w.running(t)
		after(time.Second)
		stop()
		if got := w.net.got()[0].head.Get("Traceparent"); got != "" {
			t.Errorf("traceparent = %q, want the post as it is without traces", got)
		}
	})
}
