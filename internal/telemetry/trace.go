package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

const (
	// sendEvery is how long a span waits for others to be sent with.
	sendEvery = 2 * time.Second
	// maxWaiting is how many spans wait at most, some megabytes; what comes on top
	// is dropped.
	maxWaiting = 4096
)

// TraceOptions say where spans go.
type TraceOptions struct {
	Endpoint string  // see CollectorURL
	Share    float64 // of the polls that are traced, above 0 to 1
	Version  string  // of the program
	Instance string  // which node this is
	Log      *slog.Logger
}

// Traces sends spans to a collector. Its methods may be called from many
// goroutines.
type Traces struct {
	provider *sdk.TracerProvider
}

// NewTraces returns traces whose spans are sent in the background until Stop. It
// dials nothing yet. Further attributes of the node can be given in the
// environment, as OTEL_RESOURCE_ATTRIBUTES.
func NewTraces(ctx context.Context, o TraceOptions) (*Traces, error) {
	address, err := CollectorURL(o.Endpoint)
	if err != nil {
		return nil, err
	}
	exporter, err := otlptrace.New(ctx, newCollector(address))
	if err != nil {
		return nil, fmt.Errorf("trace to %s: %w", address, err)
	}
	return &Traces{sdk.NewTracerProvider(
		sdk.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "turnstone"),
			attribute.String("service.version", o.Version),
			attribute.String("service.instance.id", o.Instance),
		)),
		sdk.WithSampler(sdk.ParentBased(sdk.TraceIDRatioBased(o.Share))),
		sdk.WithBatcher(&reporter{SpanExporter: exporter, log: o.Log},
			sdk.WithBatchTimeout(sendEvery), sdk.WithExportTimeout(sendWithin), sdk.WithMaxQueueSize(maxWaiting)),
	)}, nil
}

// Tracer returns what starts spans. Those without a parent are kept by the share;
// the others as their parent was.
func (t *Traces) Tracer() trace.Tracer { return t.provider.Tracer("turnstone") }

// Stop sends the spans that wait and ends. What is not sent when ctx ends, or
// within the time of one batch, is dropped.
func (t *Traces) Stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, sendWithin, errors.New("time to send the last spans is over"))
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// reporter is an exporter that logs when sending begins to fail and when it works
// again, instead of every time.
type reporter struct {
	sdk.SpanExporter
	log     *slog.Logger
	failing atomic.Bool
}

// ExportSpans sends spans. What cannot be sent is dropped, and no error.
func (r *reporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	err := r.SpanExporter.ExportSpans(ctx, spans)
	switch {
	case err == nil && r.failing.Swap(false):
		r.log.Info("spans are sent again")
	case err != nil && !r.failing.Swap(true):
		r.log.Warn("spans cannot be sent, and are dropped until that works again", "err", err)
	}
	return nil
}
