package provider

import (
	"maps"
	"sync"
)

// lately holds values for what was used lately: the idle are forgotten when there
// are many. Its fields are guarded by mu.
type lately[K comparable, V any] struct {
	mu      sync.Mutex
	values  map[K]V
	sweepAt int // number of values at which to look for idle ones
}

// leastSweep is how many values are not worth sweeping: about 1 MB.
const leastSweep = 10_000

// put adds a value. The caller holds mu. Doubling the number at which to look
// for idle values again keeps the cost of looking small for each value.
func (l *lately[K, V]) put(key K, value V, idle func(V) bool) {
	if l.values == nil {
		l.values, l.sweepAt = make(map[K]V), leastSweep
	}
	if len(l.values) >= l.sweepAt {
		maps.DeleteFunc(l.values, func(_ K, old V) bool { return idle(old) })
		l.sweepAt = max(leastSweep, 2*len(l.values))
	}
	l.values[key] = value
}
