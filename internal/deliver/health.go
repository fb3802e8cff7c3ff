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

// good notes a success, and reports whether the destination has come back. One that
// is given up has not, whatever else was under way.
func (h *health) good() (back bool) {
	if h.gone {
		return false
	}
	back = h.failing()
	*h = health{rest: h.rest}
	return back
}

// bad notes a failure. Of a destination that is given up, why it was stays.
func (h *health) bad(problem string) {
	h.failures++
	h.probed = h.failing()
	if !h.gone {
		h.problem = problem
	}
}

// giveUp gives the destination up, because of a problem.
func (h *health) giveUp(problem string) {
	h.gone = true
	h.problem = problem + "; what it is owed waits: " + redeliver
}

// redeliver is what to do about a destination that is given up.
const redeliver = "mend the receiver, then PUT /notifications/subscriptions/deliveries?where=status='queued', or save the instance"

// batch returns a batch of settlements that says how the destination is.
func (h *health) batch(settled []outcome) turnstone.DeliveryBatch {
	b := turnstone.DeliveryBatch{Failures: h.failures, Problem: h.problem, State: turnstone.DestinationActive}
	if h.gone {
		b.State = turnstone.DestinationInactive
	}
	b.Settlements = make([]turnstone.Settlement, len(settled))
	for i, o := range settled {
		b.Settlements[i] = o.settlement
	}
	return b
}
