package deliver

import (
	"time"

	"turnstone"
)

// Queue is tested by itself as well: it is where order per object is kept.
type Queue = queue

// Item is a delivery in a Queue.
type Item = item

// NewQueue returns an empty queue.
func NewQueue() *Queue { return newQueue() }

// Add is add.
func (q *queue) Add(deliveries []turnstone.Delivery) { q.add(deliveries) }

// Next is next.
func (q *queue) Next(now time.Time) *Item { return q.next(now) }

// PutBack is putBack.
func (q *queue) PutBack(it *Item) { q.putBack(it) }

// Finish is finish.
func (q *queue) Finish(it *Item) { q.finish(it) }

// Size is size.
func (q *queue) Size() int { return q.size() }

// Sight is tested by itself as well: it is where no event is missed.
type Sight = sight

// Next is next.
func (s *sight) Next(held int, now time.Time) (int64, bool) { return s.next(held, now) }

// Ring says that something may have been stored.
func (s *sight) Ring() { s.rung = true }

// Begin is begin.
func (s *sight) Begin(after int64) { s.begin(after) }

// Saw is saw.
func (s *sight) Saw(after int64, owed turnstone.Deliveries, more bool, now time.Time) {
	s.saw(after, owed, more, now)
}

// Settled is settled.
func (s *sight) Settled() bool { return s.settled() }

// Vouched returns the signal that is vouched for.
func (s *sight) Vouched() int64 { return s.vouched }
