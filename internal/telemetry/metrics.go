package telemetry

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Options say what is measured.
type Options struct {
	Version  string           // of the program
	Elements []string         // keys of the catalogue; any other is counted as "other"
	Now      func() time.Time // for ages, which grow between two measurements
}

// Metrics counts and times what is reported to it. Its methods may be called from
// many goroutines at once and never block.
type Metrics struct {
	registry *prometheus.Registry
	polls    *polls
	vendors  *vendors
	attempts *attempts
	requests *requests
	backlog  *backlog
	lost     lost
}

// lost counts the leases that were found to be no longer ours.
type lost struct{ pollers, destinations prometheus.Counter }

// New returns metrics in a registry of their own.
func New(o Options) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), backlog: newBacklog(o.Now)}
	m.registry.MustRegister( // the names are ours, and differ
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.backlog,
	)
	f := promauto.With(m.registry)
	m.polls = newPolls(f, o.Elements)
	m.vendors = newVendors(f, o.Elements)
	m.attempts = newAttempts(f)
	m.requests = newRequests(f, o.Now)
	losses := f.NewCounterVec(prometheus.CounterOpts{
		Name: "turnstone_lease_losses_total",
		Help: "Leases that ran out, or were ended by a change of what they were held on, while the work was under way.",
	}, []string{"kind"})
	m.lost = lost{pollers: losses.WithLabelValues("poller"), destinations: losses.WithLabelValues("destination")}
	f.NewGaugeVec(prometheus.GaugeOpts{
		Name: "turnstone_build_info",
		Help: "1, for the version of the program that runs.",
	}, []string{"version"}).WithLabelValues(o.Version).Set(1)
	return m
}

// maxScrapes bounds what several impatient scrapers can cost.
const maxScrapes = 4

// Handler answers scrapes.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: maxScrapes})
}
