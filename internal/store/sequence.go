package store

import (
	"context"
	"fmt"
	"sync"

	"turnstone/internal/store/engine"
)

// advance raises the named sequence by n and returns its new height: the last of n
// numbers nobody else gets.
func advance(ctx context.Context, s *engine.Session, name string, n int) (int64, error) {
	return engine.One(s.Query(ctx, `
		INSERT INTO sequence (name, high)
		VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET high = sequence.high + $2
		RETURNING high`, name, int64(n)), engine.Number)
}

// nextID returns the next number of the named sequence. Within a transaction that
// is undone the number is undone too, so ids grow by one.
func nextID(ctx context.Context, s *engine.Session, name string) (int64, error) {
	return advance(ctx, s, name, 1)
}

// EventIDs returns n event ids, each larger than all that any node was given before.
// Those that no event is stored with are lost, which harms nobody.
func (db *DB) EventIDs(ctx context.Context, n int) ([]int64, error) {
	ids, err := db.numbers.take(ctx, db.engine, n)
	if err != nil {
		return nil, fmt.Errorf("take %d event ids: %w", n, err)
	}
	return ids, nil
}

// numbers gives out the ids of events outside of transactions: the events of an
// object are delivered in the order of their ids, so those of a later poll must be
// larger, whichever node makes it.
type numbers interface {
	take(ctx context.Context, db engine.Engine, n int) ([]int64, error)
}

// serverNumbers asks the server each time: what nodes kept in store would not grow
// over all of them.
type serverNumbers struct{}

func (serverNumbers) take(ctx context.Context, db engine.Engine, n int) ([]int64, error) {
	return engine.List(db.Reader().Query(ctx, `SELECT nextval('event_id') FROM generate_series(1, $1)`, n), engine.Number)
}

// blockSize is how many numbers a block takes at once. A crash loses the rest of
// the block, which harms nobody.
const blockSize = 1000

// block gives out numbers from memory, and raises their sequence only once per
// blockSize of them. It needs to be the only one of its sequence.
type block struct {
	name string
	mu   sync.Mutex
	next int64
	high int64 // next..high-1 are free
}

func (b *block) take(ctx context.Context, db engine.Engine, n int) ([]int64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next+int64(n) > b.high {
		if err := b.extend(ctx, db, n+blockSize); err != nil {
			return nil, err
		}
	}
	ids := make([]int64, n)
	for i := range ids {
		ids[i] = b.next
		b.next++
	}
	return ids, nil
}

// extend takes n new numbers; those that are left are lost.
func (b *block) extend(ctx context.Context, db engine.Engine, n int) error {
	return db.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		last, err := advance(ctx, s, b.name, n)
		if err == nil {
			b.next, b.high = last-int64(n)+1, last+1
		}
		return err
	})
}
