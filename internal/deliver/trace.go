package deliver

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// startSpan begins the span of an attempt at an event whose poll was traced. Of
// any other there is none, and nil is returned.
func (n *lane) startSpan(ctx context.Context, it *item) (context.Context, trace.Span) {
	if n.Tracer == nil || it.Trace == "" {
		return ctx, nil
	}
	d := n.claim.lease.Destination
	parent := propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": it.Trace})
	return n.Tracer.Start(parent, "attempt", trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.Int64("turnstone.instance", d.InstanceID),
		attribute.Int64("turnstone.destination", d.ID),
		attribute.Int64("turnstone.event", it.EventID),
		attribute.Int("turnstone.attempt", it.Attempts+1),
	))
}

// endSpan ends the span of an attempt, if there is one, with what came of it.
func endSpan(span trace.Span, a answer) {
	if span == nil {
		return
	}
	if a.attempt.Status != 0 {
		span.SetAttributes(attribute.Int("http.response.status_code", a.attempt.Status))
	}
	if !a.verdict.Done {
		span.SetStatus(codes.Error, a.verdict.Cause)
	}
	span.End()
}
