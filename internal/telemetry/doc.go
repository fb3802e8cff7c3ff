// Package telemetry turns what the loops report into metrics for Prometheus, and
// sends the spans they record to a collector of traces.
//
// Observing costs less than a microsecond and, once a label has been seen,
// allocates nothing. The number of time series is bounded: labels are elements of
// the catalogue, outcomes, classes of status and route patterns, never an
// account, an instance, a resource, a URL or the text of an error. Spans that
// cannot be sent in time are dropped; nobody waits for the collector.
//
// It measures nothing by itself, asks no database and decides nothing: the loops
// report, and whoever owns the database hands the backlog over.
package telemetry
