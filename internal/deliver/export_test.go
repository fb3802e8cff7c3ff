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
