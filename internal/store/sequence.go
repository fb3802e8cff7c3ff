package store

import (
	"context"
	"sync"
)

// advance raises the named sequence by n and returns its new height: the last of n
// numbers nobody else gets.
func advance(ctx context.Context, s *session, name string, n int) (int64, error) {
	return one(s.query(ctx, `
		INSERT INTO sequence (name, high)
		VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET high = sequence.high + $2
		RETURNING high`, name, n), number)
}

// nextID returns the next number of the named sequence. Within a transaction that
// is undone the number is undone too, so ids grow by one.
func nextID(ctx context.Context, s *session, name string) (int64, error) {
	return advance(ctx, s, name, 1)
}

// blockSize is how many numbers a block takes at once. A crash loses the rest of
// the block, which harms nobody.
const blockSize = 1000

// block gives out the numbers of a sequence from memory, and raises the sequence
// only once per blockSize numbers. It needs to be the only one of its sequence.
type block struct {
	name string
	mu   sync.Mutex
	next int64
	high int64 // next..high-1 are free
}

// take returns the first of n consecutive numbers.
func (b *block) take(ctx context.Context, w *writer, n int) (int64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next+int64(n) > b.high {
		if err := b.extend(ctx, w, n+blockSize); err != nil {
			return 0, err
		}
	}
	first := b.next
	b.next += int64(n)
	return first, nil
}

// extend adds n numbers. Nobody else raises the sequence, so they follow those that
// are left.
func (b *block) extend(ctx context.Context, w *writer, n int) error {
	var last int64
	err := w.write(ctx, func(ctx context.Context, s *session) (err error) {
		last, err = advance(ctx, s, b.name, n)
		return err
	})
	if err != nil {
		return err
	}
	if b.high == 0 { // the first time: start behind what an earlier process took
		b.next = last - int64(n) + 1
	}
	b.high = last + 1
	return nil
}
