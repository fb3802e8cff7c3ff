package telemetry

import (
	"slices"
	"sync"
)

// other is the label of what is not in the list that bounds a label.
const other = "other"

// children are the metrics of each value of a label. They are resolved when the
// value is first seen: resolving costs more than counting, and a catalogue of
// hundreds of elements would fill every scrape with the zeros of idle ones.
type children[T any] struct {
	values  []string // the label is one of these, or other; nil: any, its source is bounded
	resolve func(value string) T

	mu   sync.RWMutex
	seen map[string]T
}

func newChildren[T any](values []string, resolve func(value string) T) *children[T] {
	return &children[T]{values: values, resolve: resolve, seen: map[string]T{}}
}

// of returns the metrics of a value.
func (c *children[T]) of(value string) T {
	c.mu.RLock()
	child, ok := c.seen[value]
	c.mu.RUnlock()
	if ok {
		return child
	}
	if c.values != nil && !slices.Contains(c.values, value) {
		value = other
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if child, ok = c.seen[value]; !ok {
		child = c.resolve(value)
		c.seen[value] = child
	}
	return child
}

// classes are the labels of HTTP statuses. No answer at all is "none".
var classes = [...]string{"none", "1xx", "2xx", "3xx", "4xx", "5xx"}

// class returns the index in classes of a status.
func class(status int) int {
	if c := status / 100; c > 0 && c < len(classes) {
		return c
	}
	return 0
}
