package engine

import (
	"context"
	"errors"
	"sync"
)

// ErrClosed answers writes that come after Close.
var ErrClosed = errors.New("the database is closed")

// Call is one of the calls that a Batcher makes together.
type Call[J any] struct {
	Job J
	Err error // the answer

	key    int64
	weight int
	ctx    context.Context //nolint:containedctx // of the caller: the call changes goroutines
	done   chan struct{}   // closed when Err is final
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
}

// Call makes a call and returns its answer. A call whose ctx ends before its turn is
// not made; later ctx has no effect.
func (b *Batcher[J]) Call(ctx context.Context, r Request[J]) error {
	c := &Call[J]{Job: r.Job, key: r.Key, weight: r.Weight, ctx: ctx, done: make(chan struct{})}
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
		group, next = b.group(next)
		b.make(ctx, group)
	}
}

// group returns first and the calls that wait behind it, and the first of them that
// must not join.
func (b *Batcher[J]) group(first *Call[J]) (group []*Call[J], next *Call[J]) {
	group = []*Call[J]{first}
	keys := map[int64]bool{first.key: true}
	for rows := first.weight; len(group) < b.maxCalls && rows < b.maxRows; {
		select {
		case c, open := <-b.queue:
			if !open {
				return group, nil
			}
			if keys[c.key] {
				return group, c
			}
			group, keys[c.key] = append(group, c), true
			rows += c.weight
		default:
			return group, nil
		}
	}
	return group, nil
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
