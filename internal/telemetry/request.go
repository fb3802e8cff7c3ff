package telemetry

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// requests are the metrics of the requests to our own API.
type requests struct {
	now    func() time.Time
	routes *children[served]
}

// served are the metrics of one route.
type served struct {
	classes [len(classes)]prometheus.Counter
	took    prometheus.Observer
}

// requestSeconds reach from a row that is read to a vendor that is asked.
var requestSeconds = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}

func newRequests(f promauto.Factory, now func() time.Time) *requests {
	answered := f.NewCounterVec(prometheus.CounterOpts{
		Name: "turnstone_http_requests_total",
		Help: "Requests to the API by route and class of status.",
	}, []string{"route", "status"})
	took := f.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "turnstone_http_request_duration_seconds",
		Help:    "Time to answer requests to the API.",
		Buckets: requestSeconds,
	}, []string{"route"})
	return &requests{now: now, routes: newChildren(nil, func(route string) served {
		s := served{took: took.WithLabelValues(route)}
		for i, name := range classes {
			s.classes[i] = answered.WithLabelValues(route, name)
		}
		return s
	})}
}

// Requests counts the requests that next answers, by the pattern that the mux
// within it leaves in the request: patterns are finite, paths are not. Where the
// mux leaves none the route is "other".
func (m *Metrics) Requests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := m.requests.now()
		noted := &noting{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(noted, r)
		pattern := r.Pattern
		if pattern == "" {
			pattern = other
		}
		route := m.requests.routes.of(pattern)
		route.classes[class(noted.status)].Inc()
		route.took.Observe(m.requests.now().Sub(start).Seconds())
	})
}

// noting is a ResponseWriter that notes the status.
type noting struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the status; informational ones come before the one that counts.
func (n *noting) WriteHeader(status int) {
	n.status = status
	n.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController find what else the writer can do.
func (n *noting) Unwrap() http.ResponseWriter { return n.ResponseWriter }
