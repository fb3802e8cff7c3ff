package store

import (
	"context"
	"fmt"
	"sync"

	"turnstone/internal/store/engine"
	"turnstone/internal/store/tables"
)

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
	tables.Numbers // of events that were given out
}

// serverNumbers asks the server each time: what nodes kept in store would not grow
// over all of them.
type serverNumbers struct{}

func (serverNumbers) take(ctx context.Context, db engine.Engine, n int) ([]int64, error) {
	return engine.List(db.Reader().Query(ctx, `SELECT nextval('event_id') FROM generate_series(1, $1)`, n), engine.Number)
}

// High returns the highest number given out; see tables.Numbers.
func (serverNumbers) High(ctx context.Context, s *engine.Session) (int64, error) {
	return engine.One(s.Query(ctx, `SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM event_id`), engine.Number)
}

// Restore also tells the server behind which poll and sighting to go on: those that
// were imported brought their numbers along.
func (serverNumbers) Restore(ctx context.Context, s *engine.Session, high int64) error {
	for _, table := range []string{"poll", "sighting"} {
		_, err := engine.One(s.Query(ctx, `
			SELECT setval(pg_get_serial_sequence('`+table+`', 'id'), COALESCE(MAX(id), 1), COUNT(*) > 0) FROM `+table), engine.Number)
		if err != nil {
			return err
		}
	}
	if high == 0 {
		return nil
	}
	_, err := engine.One(s.Query(ctx, `SELECT setval('event_id', $1)`, high), engine.Number)
	return err
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
	end  int64 // next..end-1 are free
}

func (b *block) take(ctx context.Context, db engine.Engine, n int) ([]int64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next+int64(n) > b.end {
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
		last, err := s.Advance(ctx, b.name, n)
		if err == nil {
			b.next, b.end = last-int64(n)+1, last+1
		}
		return err
	})
}

// High returns the highest number given out; see tables.Numbers.
func (b *block) High(ctx context.Context, s *engine.Session) (int64, error) {
	high, err := engine.One(s.Query(ctx, `SELECT high FROM sequence WHERE name = $1`, b.name), engine.Number)
	if absent(err) {
		return 0, nil
	}
	return high, err
}

// Restore goes on behind a number; see tables.Numbers.
func (b *block) Restore(ctx context.Context, s *engine.Session, high int64) error {
	if high == 0 {
		return nil
	}
	_, err := s.Exec(ctx, `INSERT INTO sequence (name, high) VALUES ($1, $2)`, b.name, high)
	return err
}
