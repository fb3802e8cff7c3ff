package provider

import (
	"fmt"
	"time"

	"turnstone"
)

// budgets are what vendors told their instances of the requests that they allow.
// Other nodes do not know of it, but the next answer that each of them gets tells
// what all have left.
type budgets struct{ told lately[int64, *budget] }

// budget is what an instance may ask for until a moment.
type budget struct {
	limit int // 0: the vendor did not say
	left  int // by the last answer
	asked int // requests that are under way, which that may not have counted
	until time.Time
	at    time.Time // when it was told, or somebody asked in spite of it
	slot  time.Time // of the last request in the background that was held back
}

// note remembers what an answer told, unless that is nothing.
func (b *budgets) note(instanceID int64, told turnstone.RateLimit, now time.Time) {
	if told == (turnstone.RateLimit{}) {
		return
	}
	b.told.mu.Lock()
	defer b.told.mu.Unlock()
	known := b.told.values[instanceID]
	if known == nil {
		known = &budget{}
		b.told.put(instanceID, known, func(other *budget) bool { return other.asked == 0 && !other.until.After(now) })
	}
	known.limit, known.left = told.Limit, told.Remaining
	known.until, known.at = now.Add(told.Reset), now
}

// admit counts a request that may be made after the returned wait. If that is
// longer than longestPause, nothing was counted.
func (b *budgets) admit(call Call, now time.Time) time.Duration {
	b.told.mu.Lock()
	defer b.told.mu.Unlock()
	known := b.told.values[call.Instance.ID]
	if known == nil {
		return 0
	}
	wait := known.wait(now)
	if step := known.step(now); step > 0 && call.Turn != "" {
		wait = max(known.slot.Add(step).Sub(now), 0)
		if wait <= longestPause {
			known.slot = now.Add(wait)
		}
	}
	if wait <= longestPause {
		known.asked++
		known.at = now
	}
	return wait
}

// release takes a request back that admit counted: it is over, or was not made.
func (b *budgets) release(instanceID int64) {
	b.told.mu.Lock()
	defer b.told.mu.Unlock()
	if known := b.told.values[instanceID]; known != nil {
		known.asked = max(known.asked-1, 0) // a request from before the budget was not counted
	}
}

// gate returns how calls of an instance have to pass; freely if the vendor told
// nothing that still holds.
func (b *budgets) gate(instanceID int64, now time.Time) gate {
	b.told.mu.Lock()
	defer b.told.mu.Unlock()
	g := gate{key: limitKey{instanceID: instanceID}}
	if known := b.told.values[instanceID]; known != nil && known.until.After(now) {
		g.step, g.until, g.keeps = known.step(now), known.until, known.String()
	}
	return g
}

// wait returns how long there is nothing left. Where that is long somebody asks
// now and then, as with a vendor that throttles: see longestHold.
func (b *budget) wait(now time.Time) time.Duration {
	if b.left > b.asked {
		return 0
	}
	return max(min(b.until.Sub(now), b.at.Add(longestHold).Sub(now)), 0)
}

// step returns how far apart requests in the background are held so that what is
// left lasts until there is more; 0: there is no need. They are held once a tenth
// is left, which is then for clients, who wait for their answers.
func (b *budget) step(now time.Time) time.Duration {
	left, rest := b.left-b.asked, b.until.Sub(now)
	if left <= 0 || left > max(b.limit/10, 1) || rest <= 0 {
		return 0
	}
	return rest / time.Duration(left)
}

// String says what the vendor allows, for people.
func (b *budget) String() string {
	left := fmt.Sprint(b.left)
	if b.limit > 0 {
		left = fmt.Sprintf("%d of %d", b.left, b.limit)
	}
	return fmt.Sprintf("the %s requests that the vendor says are left until %s", left, b.until.UTC().Format(time.RFC3339))
}
