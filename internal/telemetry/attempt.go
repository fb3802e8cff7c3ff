package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"turnstone"
	"turnstone/internal/deliver"
)

// outcome is what came of an attempt; an index in outcomes.
type outcome int

const (
	delivered outcome = iota
	failed
	gone
	cut
)

// outcomes are the labels of what came of an attempt.
var outcomes = [...]string{delivered: "delivered", failed: "failed", gone: "gone", cut: "cut"}

// attempts are the metrics of delivering.
type attempts struct {
	made  [len(outcomes)][len(classes)]prometheus.Counter
	took  prometheus.Observer
	age   prometheus.Observer
	bytes prometheus.Counter
}

var (
	// attemptSeconds reach up to the half minute after which an attempt is given up.
	attemptSeconds = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20, 30}
	// ageSeconds reach from the next millisecond to the last attempt, three days on.
	ageSeconds = []float64{.001, .002, .005, .01, .02, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600, 14400, 86400, 259200}
)

func newAttempts(f promauto.Factory) *attempts {
	a := &attempts{
		took: f.NewHistogram(prometheus.HistogramOpts{
			Name:    "turnstone_attempt_duration_seconds",
			Help:    "Time from dialling a receiver to the end of its answer.",
			Buckets: attemptSeconds,
		}),
		age: f.NewHistogram(prometheus.HistogramOpts{
			Name:    "turnstone_event_age_seconds",
			Help:    "Time from when an event was made to when its receiver had accepted it.",
			Buckets: ageSeconds,
		}),
		bytes: f.NewCounter(prometheus.CounterOpts{
			Name: "turnstone_delivered_bytes_total",
			Help: "Bytes of event bodies that receivers have accepted.",
		}),
	}
	made := f.NewCounterVec(prometheus.CounterOpts{
		Name: "turnstone_attempts_total",
		Help: "Attempts by outcome and class of status; none: no answer came. Each delivered one is a delivery made.",
	}, []string{"outcome", "status"})
	for o, name := range outcomes {
		for c, status := range classes {
			a.made[o][c] = made.WithLabelValues(name, status)
		}
	}
	return a
}

// Attempt counts an attempt of a delivery.
func (m *Metrics) Attempt(r deliver.Report) {
	m.attempts.made[outcomeOfAttempt(r)][class(r.Attempt.Status)].Inc()
	m.attempts.took.Observe(r.Attempt.Took.Seconds())
	if !r.Done {
		return
	}
	m.attempts.bytes.Add(float64(r.Delivery.Size))
	if made := r.Delivery.StoredAt; !made.IsZero() {
		m.attempts.age.Observe(max(r.Attempt.At.Add(r.Attempt.Took).Sub(made), 0).Seconds())
	}
}

func outcomeOfAttempt(r deliver.Report) outcome {
	switch {
	case r.Done:
		return delivered
	case r.Cut:
		return cut
	case r.Gone:
		return gone
	}
	return failed
}

// LostDestination counts a lease on a destination that turned out to be lost.
func (m *Metrics) LostDestination(turnstone.DestinationLease) { m.lost.destinations.Inc() }
