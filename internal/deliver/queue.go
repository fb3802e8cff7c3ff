package deliver

import (
	"cmp"
	"slices"
	"time"

	"turnstone"
)

// queue orders the deliveries owed to one destination: a delivery is ready when
// it is due and no earlier one of any of its objects is unfinished. One that is
// queued for redelivery is never due, and holds its objects.
type queue struct {
	items  map[int64]*item
	lines  map[string][]*item // unfinished deliveries of an object, the earliest first
	ready  []*item            // free to go, in the order of their events
	later  []*item            // free to go when due, the soonest first
	stuck  int                // deliveries that an earlier one holds up
	queued int                // deliveries that somebody has to ask for
}

// item is a delivery in a queue.
type item struct {
	turnstone.Delivery
	ahead int    // objects of this delivery that an earlier one holds
	body  []byte // of its event, from when it is read until the attempt is over
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
		if d.Queued {
			q.queued++
		}
		for _, object := range it.Objects {
			if len(q.lines[object]) > 0 {
				it.ahead++
			}
			q.lines[object] = append(q.lines[object], it)
		}
		if it.ahead > 0 {
			q.stuck++
			continue
		}
		q.stand(it)
	}
}

// stand puts a delivery that nothing holds up among those that are free to go.
func (q *queue) stand(it *item) {
	switch {
	case it.Queued:
	case it.NextAt.IsZero():
		q.ready = insert(q.ready, it, byEvent)
	default:
		q.later = insert(q.later, it, byTime)
	}
}

// park makes a delivery that is out one that somebody has to ask for.
func (q *queue) park(it *item) {
	it.Queued = true
	q.queued++
}

// next returns the earliest delivery that is ready at now, or nil. It is the
// caller's until put back or finished.
func (q *queue) next(now time.Time) *item {
	for len(q.later) > 0 && !q.later[0].NextAt.After(now) {
		q.ready = insert(q.ready, q.later[0], byEvent)
		q.later = q.later[1:]
	}
	if len(q.ready) == 0 {
		return nil
	}
	it := q.ready[0]
	q.ready = q.ready[1:]
	return it
}

// dueAt returns when the next delivery is due, and false if none is free to go.
// The zero time stands for at once.
func (q *queue) dueAt() (time.Time, bool) {
	switch {
	case len(q.ready) > 0:
		return time.Time{}, true
	case len(q.later) > 0:
		return q.later[0].NextAt, true
	}
	return time.Time{}, false
}

// putBack returns a delivery that is not made, due again at its NextAt. It still
// holds its objects.
func (q *queue) putBack(it *item) {
	it.body = nil
	q.stand(it)
}

// finish removes a delivery that is made and lets those behind it move up.
func (q *queue) finish(it *item) {
	delete(q.items, it.EventID)
	for _, object := range it.Objects {
		line := q.lines[object][1:]
		if len(line) == 0 {
			delete(q.lines, object)
			continue
		}
		q.lines[object] = line
		if line[0].ahead--; line[0].ahead == 0 {
			q.stuck--
			q.stand(line[0])
		}
	}
}

// size returns the number of unfinished deliveries.
func (q *queue) size() int { return len(q.items) }

// jammed reports whether nothing can go before somebody asks for what is queued.
func (q *queue) jammed() bool {
	_, ok := q.dueAt()
	return q.queued > 0 && !ok
}

// hasten makes everything that waits for its next try due at once.
func (q *queue) hasten() {
	for _, it := range q.items {
		it.NextAt = time.Time{}
	}
	waited := q.later
	q.later = nil
	for _, it := range waited {
		q.stand(it)
	}
}

// insert puts a delivery into a sorted list. Moving the 16 KB
// of a full window's pointers takes less than keeping a heap does.
func insert(list []*item, it *item, order func(a, b *item) int) []*item {
	if n := len(list); n == 0 || order(list[n-1], it) <= 0 {
		return append(list, it)
	}
	at, _ := slices.BinarySearchFunc(list, it, order)
	return slices.Insert(list, at, it)
}

func byEvent(a, b *item) int { return cmp.Compare(a.EventID, b.EventID) }

func byTime(a, b *item) int {
	return cmp.Or(a.NextAt.Compare(b.NextAt), byEvent(a, b))
}

// distinct returns the objects without repetitions, in order.
func distinct(objects []string) []string {
	once := make([]string, 0, len(objects))
	for _, o := range objects {
		if !slices.Contains(once, o) { // an event has a hundred objects at most, and mostly one
			once = append(once, o)
		}
	}
	return once
}
