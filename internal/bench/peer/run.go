package peer

import (
	"cmp"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tidwall/gjson"

	"turnstone/webhook"
)

// run is a plan being followed.
type run struct {
	plan    Plan
	arrived []atomic.Int64 // when each object came, in microseconds since 1970; 0: it has not

	events, objects, repeats, refused, polls atomic.Int64

	complete chan struct{} // closed when all came
	once     sync.Once
	over     chan struct{} // closed when another plan is set
}

func newRun(p Plan) *run {
	r := &run{plan: p, arrived: make([]atomic.Int64, p.Objects), complete: make(chan struct{}), over: make(chan struct{})}
	r.check()
	return r
}

// errStranger says that an event tells of an object that no plan named.
var errStranger = errors.New("the event tells of an object that was not expected")

// take takes an event that came at a moment.
func (r *run) take(signature string, body []byte, at time.Time) error {
	numbers, err := r.read(signature, body)
	if err != nil {
		r.refused.Add(1)
		return err
	}
	for _, n := range numbers {
		if !r.arrived[n].CompareAndSwap(0, at.UnixMicro()) {
			r.repeats.Add(1)
			continue
		}
		r.objects.Add(1)
	}
	r.events.Add(1)
	r.check()
	return nil
}

// read checks an event and returns the numbers of its objects.
func (r *run) read(signature string, body []byte) ([]int, error) {
	if err := webhook.Verify(signature, body, r.plan.Key); err != nil {
		return nil, err
	}
	ids := gjson.GetBytes(body, "message.events.#.objectId").Array()
	if len(ids) == 0 {
		return nil, errors.New("the event tells of no object")
	}
	numbers := make([]int, len(ids))
	for i, id := range ids {
		n, ok := Number(id.String())
		if !ok || n >= len(r.arrived) {
			return nil, fmt.Errorf("%w: %.40q", errStranger, id.String())
		}
		numbers[i] = n
	}
	return numbers, nil
}

// polled counts a request to the vendor.
func (r *run) polled() {
	r.polls.Add(1)
	r.check()
}

// check notes when all has come.
func (r *run) check() {
	if r.objects.Load() >= int64(r.plan.Objects) && r.polls.Load() >= int64(r.plan.Polls) {
		r.once.Do(func() { close(r.complete) })
	}
}

// count grows with whatever comes.
func (r *run) count() int64 {
	return r.objects.Load() + r.repeats.Load() + r.refused.Load() + r.polls.Load()
}

// wait returns when the run is complete, or nothing came for as long as the plan
// has patience, or done is closed.
func (r *run) wait(done <-chan struct{}) {
	ticker := time.NewTicker(cmp.Or(r.plan.Patience, DefaultPatience))
	defer ticker.Stop()
	for came := int64(-1); came != r.count(); {
		came = r.count()
		select {
		case <-r.complete:
			return
		case <-done:
			return
		case <-ticker.C:
		}
	}
}

// tally sums up what came.
func (r *run) tally() Tally {
	t := Tally{
		Events: int(r.events.Load()), Objects: int(r.objects.Load()), Repeats: int(r.repeats.Load()),
		Refused: int(r.refused.Load()), Polls: int(r.polls.Load()),
	}
	select {
	case <-r.complete:
		t.Complete = true
	default:
	}
	for i := range r.arrived {
		t.LastAt = max(t.LastAt, r.arrived[i].Load())
	}
	return t
}
