package telemetry

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"turnstone"
)

// backlog shows the last measurement of how much work waits. Ages are told as of
// the scrape, so that they grow while nobody can measure.
type backlog struct {
	now  func() time.Time
	last atomic.Pointer[measured]
}

// measured is a backlog and when it was measured.
type measured struct {
	turnstone.Backlog
	at time.Time
}

// gauge is one number of a backlog.
type gauge struct {
	desc *prometheus.Desc
	read func(m *measured, now time.Time) float64
}

func newGauge(name, help string, read func(m *measured, now time.Time) float64) gauge {
	return gauge{prometheus.NewDesc(name, help, nil, nil), read}
}

// gauges are what is told of a backlog. They are about the whole database, and the
// same on every node that uses it.
var gauges = []gauge{
	newGauge("turnstone_pollers_due", "Pollers that are due and wait for a node; counted up to 10,000.",
		func(m *measured, _ time.Time) float64 { return float64(m.DuePollers) }),
	newGauge("turnstone_pollers_due_age_seconds", "Time since the longest waiting of the due pollers was due.",
		func(m *measured, now time.Time) float64 { return age(m.OldestDue, now) }),
	newGauge("turnstone_pollers_awaiting", "Pollers that wait for somebody to authorise their instance.",
		func(m *measured, _ time.Time) float64 { return float64(m.Awaiting) }),
	newGauge("turnstone_pollers_parked", "Pollers given up after too many failures in a row.",
		func(m *measured, _ time.Time) float64 { return float64(m.Parked) }),
	newGauge("turnstone_deliveries_owed", "Deliveries not yet made to active destinations.",
		func(m *measured, _ time.Time) float64 { return float64(m.Owed) }),
	newGauge("turnstone_deliveries_owed_age_seconds", "Time since the oldest event owed to an active destination was made.",
		func(m *measured, now time.Time) float64 { return age(m.OldestOwed, now) }),
	newGauge("turnstone_deliveries_queued", "Deliveries to active destinations that failed and wait until somebody asks for them again.",
		func(m *measured, _ time.Time) float64 { return float64(m.Queued) }),
	newGauge("turnstone_destinations_waiting", "Active destinations that are owed something.",
		func(m *measured, _ time.Time) float64 { return float64(m.Waiting) }),
	newGauge("turnstone_destinations_failing", "Active destinations that are owed something and refused the last attempt.",
		func(m *measured, _ time.Time) float64 { return float64(m.Failing) }),
	newGauge("turnstone_destinations_inactive", "Destinations given up, until somebody activates them again.",
		func(m *measured, _ time.Time) float64 { return float64(m.Inactive) }),
	newGauge("turnstone_deliveries_held", "Deliveries that wait for inactive destinations.",
		func(m *measured, _ time.Time) float64 { return float64(m.InactiveOwed) }),
	newGauge("turnstone_backlog_age_seconds", "Time since the backlog was measured.",
		func(m *measured, now time.Time) float64 { return age(m.at, now) }),
}

// age returns how many seconds ago t was; 0 if there is no t.
func age(t, now time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return max(now.Sub(t), 0).Seconds()
}

func newBacklog(now func() time.Time) *backlog { return &backlog{now: now} }

// Describe implements prometheus.Collector.
func (b *backlog) Describe(to chan<- *prometheus.Desc) {
	for _, g := range gauges {
		to <- g.desc
	}
}

// Collect implements prometheus.Collector. It tells nothing before the first
// measurement: no backlog would be a lie.
func (b *backlog) Collect(to chan<- prometheus.Metric) {
	last, now := b.last.Load(), b.now()
	if last == nil {
		return
	}
	for _, g := range gauges {
		to <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, g.read(last, now))
	}
}

// Backlog shows a backlog measured at a moment, until the next.
func (m *Metrics) Backlog(b turnstone.Backlog, at time.Time) {
	m.backlog.last.Store(&measured{b, at})
}
