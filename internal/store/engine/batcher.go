package engine

import (
	"context"
	"errors"
	"sync"
	"time"
)

// ErrClosed answers writes that come after Close.
var ErrClosed = errors.New("the database is closed")

// Call is one of the calls that a Batcher makes together.
type Call[J any] struct {
	Job J
	Err error // the answer

	key      int64
	weight   int
	patience time.Duration
	ctx      context.Context //nolint:containedctx // of the caller: the call changes goroutines
	done     chan struct{}   // closed when Err is final
}

// Batcher makes one write of the calls that wait, while the one before is under way.
// The more calls there are, the more share a write; one that is alone waits for
// nobody.
type Batcher[J any] struct {
	do       func(ctx context.Context, calls []*Call[J]) error
	maxCalls int
	maxRows  int
	queue    chan *Call[J]
	workers  sync.WaitGroup

	mu     sync.RWMutex // held for reading while sending to queue
	closed bool
}

// BatchOptions say what a Batcher does, and bound what it makes of it.
type BatchOptions[J any] struct {
	// Do makes the calls: it answers each in its Err, or returns an error if the
	// write as a whole failed. If a statement was refused, each call is made alone, so
	// that one that cannot be made takes nobody with it.
	Do       func(ctx context.Context, calls []*Call[J]) error
	Workers  int // writes under way
	MaxCalls int
	MaxRows  int // of a write, beyond which no further call joins
}

// NewBatcher returns a batcher that runs until Close.
func NewBatcher[J any](ctx context.Context, o BatchOptions[J]) *Batcher[J] {
	b := &Batcher[J]{do: o.Do, maxCalls: o.MaxCalls, maxRows: o.MaxRows, queue: make(chan *Call[J], o.MaxCalls)}
	for range o.Workers {
		b.workers.Go(func() { b.run(context.WithoutCancel(ctx)) })
	}
	return b
}

// Request is a call to be made. Two calls with one key are never made together; the
// weight of a call is how many rows it has, about.
type Request[J any] struct {
	Job    J
	Key    int64
	Weight int
	// Patience is how long the call may wait for others to share its write with; 0
	// for no longer than it takes until its turn.
	Patience time.Duration
}

// Call makes a call and returns its answer. A call whose ctx ends before its turn is
// not made; later ctx has no effect.
func (b *Batcher[J]) Call(ctx context.Context, r Request[J]) error {
	c := &Call[J]{Job: r.Job, key: r.Key, weight: r.Weight, patience: r.Patience, ctx: ctx, done: make(chan struct{})}
	if err := b.enqueue(c); err != nil {
		return err
	}
	<-c.done
	return c.Err
}

func (b *Batcher[J]) enqueue(c *Call[J]) error {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.closed {
		return ErrClosed
	}
	select {
	case b.queue <- c:
		return nil
	case <-c.ctx.Done():
		return context.Cause(c.ctx)
	}
}

// Close lets the waiting calls be made, and refuses new ones.
func (b *Batcher[J]) Close() {
	b.mu.Lock()
	if !b.closed {
		b.closed = true
		close(b.queue)
	}
	b.mu.Unlock()
	b.workers.Wait()
}

func (b *Batcher[J]) run(ctx context.Context) {
	var next *Call[J] // did not fit the group before
	for {
		if next == nil {
			c, open := <-b.queue
			if !open {
				return
			}
			next = c
		}
		var group []*Call[J]
		group, next = b.gather(next)
		b.make(ctx, group)
	}
}

// enough is how many calls patient ones wait for: then a write costs little more
// than its rows.
const enough = 32

// gather returns first and the calls that share its write, and the first call that
// must not join them. As long as all of them are patient, it waits for more.
func (b *Batcher[J]) gather(first *Call[J]) (group []*Call[J], next *Call[J]) {
	var over <-chan time.Time // the patience of the first
	if first.patience > 0 {
		timer := time.NewTimer(first.patience)
		defer timer.Stop()
		over = timer.C
	}
	group = []*Call[J]{first}
	keys := map[int64]bool{first.key: true}
	for rows := first.weight; len(group) < b.maxCalls && rows < b.maxRows; {
		if len(group) >= enough {
			over = nil
		}
		c := b.another(over)
		if c == nil || keys[c.key] {
			return group, c
		}
		if c.patience == 0 {
			over = nil
		}
		group, keys[c.key] = append(group, c), true
		rows += c.weight
	}
	return group, nil
}

// another returns a call that waits, or one that comes before it is over; nil if
// there is none. Without an end it does not wait.
func (b *Batcher[J]) another(over <-chan time.Time) *Call[J] {
	if over == nil {
		select {
		case c := <-b.queue:
			return c // nil after Close
		default:
			return nil
		}
	}
	select {
	case c := <-b.queue:
		return c
	case <-over:
		return nil
	}
}

// make makes calls together, or each alone if a statement is refused.
func (b *Batcher[J]) make(ctx context.Context, group []*Call[J]) {
	wanted := group[:0]
	for _, c := range group {
		if c.Err = context.Cause(c.ctx); c.Err != nil {
			close(c.done)
			continue
		}
		wanted = append(wanted, c)
	}
	if len(wanted) == 0 {
		return
	}
	err := b.do(ctx, wanted)
	if len(wanted) > 1 && refused(err) {
		for i := range wanted {
			b.make(ctx, wanted[i:i+1])
		}
		return
	}
	for _, c := range wanted {
		if c.Err == nil {
			c.Err = err
		}
		close(c.done)
	}
}
