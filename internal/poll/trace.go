package poll

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"turnstone/internal/hub"
)

// start starts a span, of which the caller sees to the end.
func (l *Loop) start(ctx context.Context, name string) (context.Context, trace.Span) {
	if l.Tracer == nil {
		return ctx, noop.Span{}
	}
	return l.Tracer.Start(ctx, name)
}

// traceparent returns what a delivery needs to go on with the trace of ctx, in the
// form of W3C; empty if it is not sampled.
func traceparent(ctx context.Context) string {
	if !trace.SpanContextFromContext(ctx).IsSampled() {
		return ""
	}
	carrier := make(propagation.MapCarrier)
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier["traceparent"]
}

// describe says in the poll's span what the poll log says.
func (p *poll) describe(span trace.Span, err error) {
	if !span.IsRecording() {
		return
	}
	span.SetAttributes(
		attribute.Int64("turnstone.account", p.log.AccountID),
		attribute.Int64("turnstone.instance", p.lease.Instance.ID),
		attribute.String("turnstone.element", p.lease.Instance.Element),
		attribute.String("turnstone.resource", p.lease.Poller.Resource),
		attribute.String("turnstone.outcome", string(p.log.Outcome)),
		attribute.Int("turnstone.pages", p.log.Pages),
		attribute.Int("turnstone.records", p.log.Records),
		attribute.Int("turnstone.created", p.log.Created),
		attribute.Int("turnstone.updated", p.log.Updated),
		attribute.Int("turnstone.deleted", p.log.Deleted),
		attribute.Int("turnstone.events", p.log.Events),
	)
	if d := p.log.Details; d.Rescan != "" {
		span.SetAttributes(attribute.String("turnstone.rescan", string(d.Rescan)), attribute.Int("turnstone.rescan_pages", d.RescanPages))
	}
	fail(span, err)
}

// describePage says in a page's span what was asked and what came.
func describePage(span trace.Span, page hub.Page, err error) {
	if !span.IsRecording() {
		return
	}
	span.SetAttributes(attribute.String("turnstone.url", page.URL), attribute.Int("turnstone.records", len(page.Records)))
	fail(span, err)
}

// fail marks a span if there is an error.
func fail(span trace.Span, err error) {
	if err != nil {
		span.SetStatus(codes.Error, err.Error())
	}
}
