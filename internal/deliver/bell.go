package deliver

import "sync"

// Bell tells a Loop of the same node that events were stored, so that they leave
// at once instead of with the next tick. A missed ring costs a tick, no event.
type Bell struct {
	loop chan struct{}

	mu    sync.Mutex
	lanes map[int64]chan struct{} // a lane that serves the instance
}

// NewBell returns a bell that nobody hears yet.
func NewBell() *Bell {
	return &Bell{loop: make(chan struct{}, 1), lanes: make(map[int64]chan struct{})}
}

// Ring says that events of an instance were stored. It never blocks.
func (b *Bell) Ring(instanceID int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	heard, ok := b.lanes[instanceID]
	if !ok {
		heard = b.loop
	}
	ring(heard)
}

// RingLane says that another node has stored events of an instance. It matters only
// to a lane that serves it here: otherwise that node claims its destination. It never
// blocks.
func (b *Bell) RingLane(instanceID int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if heard, ok := b.lanes[instanceID]; ok {
		ring(heard)
	}
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
	b.lanes[instanceID] = mine
	b.mu.Unlock()
	return mine, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.lanes[instanceID] == mine {
			delete(b.lanes, instanceID)
		}
		select {
		case <-mine:
			ring(b.loop)
		default:
		}
	}
}
