package telemetry

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"turnstone"
	"turnstone/internal/poll"
)

// pollLost is the outcome of a poll whose lease was lost: it has none of its own,
// since nothing could be stored about it.
const pollLost = "lost"

// polls are the metrics of polling.
type polls struct {
	elements *children[polled]
	lateness prometheus.Observer
}

// polled are the metrics of one element's polls.
type polled struct {
	outcomes               map[string]prometheus.Counter
	took                   prometheus.Observer
	pages, records, events prometheus.Counter
	created, updated       prometheus.Counter
}

// pollSeconds reach from an empty page to a first reading of a large account.
var pollSeconds = []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800}

// latenessSeconds reach from a tick to the time a node's lease covers.
var latenessSeconds = []float64{.025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900}

func newPolls(f promauto.Factory, elements []string) *polls {
	ended := f.NewCounterVec(prometheus.CounterOpts{
		Name: "turnstone_polls_total",
		Help: "Polls that ended, by their outcome.",
	}, []string{"element", "outcome"})
	took := f.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "turnstone_poll_duration_seconds",
		Help:    "Time from the start of a poll to its end, waiting for the vendor included.",
		Buckets: pollSeconds,
	}, []string{"element"})
	read := func(name, help string) *prometheus.CounterVec {
		return f.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{"element"})
	}
	pages := read("turnstone_pages_total", "Pages read from vendors and dealt with.")
	records := read("turnstone_records_total", "Records on the pages read.")
	events := read("turnstone_events_total", "Events stored.")
	changes := f.NewCounterVec(prometheus.CounterOpts{
		Name: "turnstone_changes_total",
		Help: "Changes found, by what happened to the object.",
	}, []string{"element", "type"})
	return &polls{
		lateness: f.NewHistogram(prometheus.HistogramOpts{
			Name:    "turnstone_poll_lateness_seconds",
			Help:    "Time from when a poll was due to its start.",
			Buckets: latenessSeconds,
		}),
		elements: newChildren(elements, func(element string) polled {
			return polled{
				outcomes: outcomesOf(ended, element),
				took:     took.WithLabelValues(element),
				pages:    pages.WithLabelValues(element),
				records:  records.WithLabelValues(element),
				events:   events.WithLabelValues(element),
				created:  changes.WithLabelValues(element, "created"),
				updated:  changes.WithLabelValues(element, "updated"),
			}
		}),
	}
}

// outcomesOf resolves all outcomes at once, so that a rate of failures is known
// from the first failure on.
func outcomesOf(ended *prometheus.CounterVec, element string) map[string]prometheus.Counter {
	outcomes := map[string]prometheus.Counter{}
	for _, outcome := range []turnstone.PollOutcome{
		turnstone.PollComplete, turnstone.PollThrottled, turnstone.PollFailed, turnstone.PollRefused, turnstone.PollStopped, pollLost,
	} {
		outcomes[string(outcome)] = ended.WithLabelValues(element, string(outcome))
	}
	return outcomes
}

// Poll counts a poll that ended.
func (m *Metrics) Poll(r poll.Report) {
	element := m.polls.elements.of(r.Lease.Instance.Element)
	element.outcomes[outcomeOf(r)].Inc()
	if errors.Is(r.Err, turnstone.ErrLeaseLost) {
		m.lost.pollers.Inc()
	}
	element.took.Observe(r.Poll.Took.Seconds())
	element.pages.Add(float64(r.Poll.Pages))
	element.records.Add(float64(r.Poll.Records))
	element.events.Add(float64(r.Poll.Events))
	element.created.Add(float64(r.Poll.Created))
	element.updated.Add(float64(r.Poll.Updated))
	if due := r.Lease.Poller.NextAt; !due.IsZero() {
		m.polls.lateness.Observe(max(r.Poll.StartedAt.Sub(due), 0).Seconds())
	}
}

// outcomeOf returns the label of a poll's outcome. A poll that could not even be
// settled has failed.
func outcomeOf(r poll.Report) string {
	switch {
	case errors.Is(r.Err, turnstone.ErrLeaseLost):
		return pollLost
	case r.Poll.Outcome == "":
		return string(turnstone.PollFailed)
	}
	return string(r.Poll.Outcome)
}
