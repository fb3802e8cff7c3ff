package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"turnstone/internal/provider"
)

// vendors are the metrics of what vendors are asked.
type vendors struct{ elements *children[asked] }

// asked are the metrics of the requests to one element's vendor.
type asked struct {
	classes   [len(classes)]prometheus.Counter
	took      prometheus.Observer
	received  prometheus.Counter
	throttled prometheus.Counter
	waited    prometheus.Counter
}

// vendorSeconds reach up to the minute after which a request is given up.
var vendorSeconds = []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20, 40, 60}

func newVendors(f promauto.Factory, elements []string) *vendors {
	answers := f.NewCounterVec(prometheus.CounterOpts{
		Name: "turnstone_vendor_requests_total",
		Help: "Requests to vendors by class of status; none: no answer came.",
	}, []string{"element", "status"})
	took := f.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "turnstone_vendor_request_duration_seconds",
		Help:    "Time from sending a request to the end of the vendor's answer.",
		Buckets: vendorSeconds,
	}, []string{"element"})
	count := func(name, help string) *prometheus.CounterVec {
		return f.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{"element"})
	}
	received := count("turnstone_vendor_received_bytes_total", "Bytes of vendors' answers, decompressed.")
	throttled := count("turnstone_vendor_throttled_total", "Answers by which a vendor asked us to wait.")
	waited := count("turnstone_vendor_wait_seconds_total", "Time that requests were held back to keep to an element's rate limit.")
	return &vendors{elements: newChildren(elements, func(element string) asked {
		a := asked{
			took:      took.WithLabelValues(element),
			received:  received.WithLabelValues(element),
			throttled: throttled.WithLabelValues(element),
			waited:    waited.WithLabelValues(element),
		}
		for i, name := range classes {
			a.classes[i] = answers.WithLabelValues(element, name)
		}
		return a
	})}
}

// Exchange counts a request to a vendor.
func (m *Metrics) Exchange(e provider.Exchange) {
	element := m.vendors.elements.of(e.Element)
	element.classes[class(e.Status)].Inc()
	element.took.Observe(e.Took.Seconds())
	element.received.Add(float64(e.Bytes))
	element.waited.Add(e.Waited.Seconds())
	if e.Action == provider.RateLimited {
		element.throttled.Inc()
	}
}
