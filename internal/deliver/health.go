package deliver

import (
	"time"

	"turnstone"
)

// health is what a lane knows of its destination.
type health struct {
	failures int       // attempts failed in a row
	problem  string    // of the last failure
	probed   bool      // failing, and tried under this lease
	gone     bool      // given up
	rest     time.Time // the receiver asked to be left alone until then; zero: it did not
}

func newHealth(d turnstone.Destination) health {
	return health{failures: d.Failures, problem: d.Problem}
}

// failing reports whether the destination is one to probe.
func (h *health) failing() bool { return h.failures >= failing }

// limit returns how many attempts may be under way: one, and only one, while the
// destination is failing.
func (h *health) limit(concurrency int) int {
	switch {
	case h.gone, h.probed, !h.rest.IsZero():
		return 0
	case h.failing():
		return 1
	}
	return concurrency
}

// good notes a success, and reports whether the destination has come back.
func (h *health) good() (back bool) {
	back = h.failing()
	*h = health{gone: h.gone, rest: h.rest}
	return back
}

// bad notes a failure.
func (h *health) bad(problem string) {
	h.failures++
	h.problem = problem
	h.probed = h.failing()
}

// batch returns a batch that says how the destination is.
func (h *health) batch() turnstone.DeliveryBatch {
	b := turnstone.DeliveryBatch{Failures: h.failures, Problem: h.problem, State: turnstone.DestinationActive}
	if h.gone {
		b.State = turnstone.DestinationInactive
	}
	return b
}
