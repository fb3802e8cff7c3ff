package intake

import (
	"sync"
	"time"
)

// Refused webhooks are kept, so that somebody can see why; but anybody can send them, so
// one a minute of an instance is.
const (
	refusalPace = time.Minute
	maxRefused  = 10_000 // instances
)

// refusals are when a refused webhook was last kept, by instance. The zero value is ready.
type refusals struct {
	mu   sync.Mutex
	last map[int64]time.Time
}

// note reports whether to keep one more.
func (r *refusals) note(instance int64, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if at, known := r.last[instance]; known && now.Sub(at) < refusalPace {
		return false
	}
	if r.last == nil || len(r.last) >= maxRefused {
		r.last = make(map[int64]time.Time)
	}
	r.last[instance] = now
	return true
}
