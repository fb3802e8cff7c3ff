package deliver

import (
	"cmp"
	"slices"
	"time"

	"turnstone"
)

// queue orders the deliveries owed to one destination: a delivery is ready when
// it is due and no earlier one of any of its objects is unfinished.
type queue struct {
	items  map[int64]*item
	lines  map[string][]*item // unfinished deliveries of an object, the earliest first
	ready  []*item            // free to go when due, in the order of their events
	flying int                // deliveries handed out
}

// item is a delivery in a queue.
type item struct {
	turnstone.Delivery
	ahead int // objects of this delivery that an earlier one holds
}

func newQueue() *queue {
	return &queue{items: make(map[int64]*item), lines: make(map[string][]*item)}
}

// add puts deliveries in, in the order of their events. Those that are in it
// already stay as they are.
func (q *queue) add(deliveries []turnstone.Delivery) {
	for _, d := range deliveries {
		if q.items[d.EventID] != nil {
			continue
		}
		it := &item{Delivery: d}
		it.Objects = distinct(d.Objects)
		q.items[d.EventID] = it
		for _, object := range it.Objects {
			if len(q.lines[object]) > 0 {
				it.ahead++
			}
			q.lines[object] = append(q.lines[object], it)
		}
		if it.ahead == 0 {
			q.stand(it)
		}
	}
}

// stand puts a delivery that nothing holds up among those that are ready.
func (q *queue) stand(it *item) {
	at, _ := slices.BinarySearchFunc(q.ready, it, byEvent)
	q.ready = slices.Insert(q.ready, at, it)
}

// next returns the earliest delivery that is ready and due at now, or nil. It is
// the caller's until put back or finished.
func (q *queue) next(now time.Time) *item {
	for i, it := range q.ready {
		if !it.NextAt.After(now) {
			q.ready = slices.Delete(q.ready, i, i+1)
			q.flying++
			return it
		}
	}
	return nil
}

// dueAt returns when the next delivery is due, and false if none is ready.
func (q *queue) dueAt() (time.Time, bool) {
	if len(q.ready) == 0 {
		return time.Time{}, false
	}
	due := q.ready[0].NextAt
	for _, it := range q.ready[1:] {
		if it.NextAt.Before(due) {
			due = it.NextAt
		}
	}
	return due, true
}

// putBack returns a delivery that failed, due again at its NextAt. It still holds
// its objects.
func (q *queue) putBack(it *item) {
	q.flying--
	q.stand(it)
}

// finish removes a delivery that is done and lets those behind it move up.
func (q *queue) finish(it *item) {
	q.flying--
	delete(q.items, it.EventID)
	for _, object := range it.Objects {
		line := q.lines[object][1:]
		if len(line) == 0 {
			delete(q.lines, object)
			continue
		}
		q.lines[object] = line
		if line[0].ahead--; line[0].ahead == 0 {
			q.stand(line[0])
		}
	}
}

// size returns the number of unfinished deliveries.
func (q *queue) size() int { return len(q.items) }

// hasten makes everything that waits for its next try due at once.
func (q *queue) hasten() {
	for _, it := range q.items {
		it.NextAt = time.Time{}
	}
}

func byEvent(a, b *item) int { return cmp.Compare(a.EventID, b.EventID) }

// distinct returns the objects without repetitions, in order.
func distinct(objects []string) []string {
	seen := make(map[string]bool, len(objects))
	return slices.DeleteFunc(slices.Clone(objects), func(o string) bool {
		was := seen[o]
		seen[o] = true
		return was
	})
}
