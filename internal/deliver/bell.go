package deliver

import (
	"slices"
	"sync"
)

// Bell tells a Loop of the same node that events were stored, so that they leave
// at once instead of with the next tick. A missed ring costs a tick, no event.
//
// Where a lane serves a destination of the instance, the ring is for that lane and
// not for a claim, which would cost a transaction an event: a second destination of
// the instance that nobody serves at that moment is found with the next tick.
type Bell struct {
	loop chan struct{}

	mu    sync.Mutex
	lanes map[int64][]chan struct{} // those that serve destinations of the instance
}

// NewBell returns a bell that nobody hears yet.
func NewBell() *Bell {
	return &Bell{loop: make(chan struct{}, 1), lanes: make(map[int64][]chan struct{})}
}

// Ring says that events of an instance were stored. It never blocks.
func (b *Bell) Ring(instanceID int64) {
	if !b.ringLanes(instanceID) {
		ring(b.loop)
	}
}

// RingLane says that another node has stored events of an instance. It matters only
// to lanes that serve it here: otherwise that node claims its destinations. It never
// blocks.
func (b *Bell) RingLane(instanceID int64) { b.ringLanes(instanceID) }

// ringLanes rings for the lanes of an instance, and reports whether there are any.
func (b *Bell) ringLanes(instanceID int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, heard := range b.lanes[instanceID] {
		ring(heard)
	}
	return len(b.lanes[instanceID]) > 0
}

func ring(heard chan<- struct{}) {
	select {
	case heard <- struct{}{}:
	default: // it has rung and was not answered yet
	}
}

// listen gives the rings for an instance to a lane until it leaves. A ring that it
// has not heard by then is for the loop.
func (b *Bell) listen(instanceID int64) (heard <-chan struct{}, leave func()) {
	mine := make(chan struct{}, 1)
	b.mu.Lock()
	b.lanes[instanceID] = append(b.lanes[instanceID], mine)
	b.mu.Unlock()
	return mine, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		others := slices.DeleteFunc(b.lanes[instanceID], func(lane chan struct{}) bool { return lane == mine })
		if b.lanes[instanceID] = others; len(others) == 0 {
			delete(b.lanes, instanceID)
		}
		select {
		case <-mine:
			ring(b.loop)
		default:
		}
	}
}
