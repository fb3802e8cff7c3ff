package provider

import (
	"maps"
	"slices"
	"time"
)

// turns lets the resources of an instance take turns where a limit makes them
// wait. Each of them asks for one page at a time, so whoever was refused for
// longer than it can wait here gets a place in a line: a moment at which it goes
// before those that have none. Without that, readers that are here, and ask for
// the next page as soon as one has come, would take every place from those who
// went away to wait.
//
// The line is this process's. A resource that another one reads from then on
// leaves a place that lapses; until then others step around it.
type turns struct{ lines lately[limitKey, line] }

// line holds a place for each resource that waits.
type line map[string]time.Time

// lapse is how long a place is kept for a resource that has not come back: many
// times what a poll needs to be claimed again.
const lapse = 5 * time.Second

// enter returns how long to wait before asking the limit. It is nothing for a
// resource whose turn it is, and for all where nobody's is within the time that a
// call waits here; otherwise the wait leads to a place in the line, which is kept.
func (t *turns) enter(g gate, who string, now time.Time) time.Duration {
	t.lines.mu.Lock()
	defer t.lines.mu.Unlock()
	l := t.lines.values[g.key]
	l.tidy(now)
	first, waiting := l.first()
	soon := now.Add(longestPause)
	if own, known := l[who]; known && !own.After(soon) || !waiting || first.After(soon) {
		return 0
	}
	if _, known := l[who]; !known {
		l[who] = l.place(first, g)
	}
	return max(l[who].Sub(now), 0)
}

// promise gives a resource that was refused a place, after the wait or later, a
// step away from the others. It returns how long it is until then.
func (t *turns) promise(g gate, who string, now time.Time, wait time.Duration) time.Duration {
	t.lines.mu.Lock()
	defer t.lines.mu.Unlock()
	l := t.lines.values[g.key]
	if l == nil {
		l = line{}
		t.lines.put(g.key, l, func(other line) bool { return other.over(now) })
	}
	delete(l, who)
	l[who] = l.place(now.Add(wait), g)
	return l[who].Sub(now)
}

// leave gives up the place of a resource that was admitted.
func (t *turns) leave(g gate, who string) {
	t.lines.mu.Lock()
	defer t.lines.mu.Unlock()
	delete(t.lines.values[g.key], who)
}

// tidy gives up the places that have lapsed.
func (l line) tidy(now time.Time) {
	maps.DeleteFunc(l, func(_ string, at time.Time) bool { return at.Add(lapse).Before(now) })
}

// over reports whether all places have lapsed by a moment.
func (l line) over(by time.Time) bool {
	for _, at := range l {
		if !at.Add(lapse).Before(by) {
			return false
		}
	}
	return true
}

// first returns the earliest place.
func (l line) first() (at time.Time, waiting bool) {
	for _, other := range l {
		if !waiting || other.Before(at) {
			at, waiting = other, true
		}
	}
	return at, waiting
}

// place returns the first moment from at on that is a step away from all others, or
// the one from which on there is no need to wait.
func (l line) place(at time.Time, g gate) time.Time {
	for _, other := range slices.SortedFunc(maps.Values(l), time.Time.Compare) {
		if other.Sub(at) >= g.step {
			break
		}
		if next := other.Add(g.step); next.After(at) {
			at = next
		}
	}
	if !g.until.IsZero() && at.After(g.until) {
		return g.until
	}
	return at
}
