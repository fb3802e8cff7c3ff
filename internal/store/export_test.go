package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"turnstone/internal/store/engine"
	"turnstone/internal/store/people"
)

// Write runs statements in a transaction.
func (db *DB) Write(ctx context.Context, do func(exec func(text string, args ...any) error) error) error {
	return db.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		return do(func(text string, args ...any) error {
			_, err := s.Exec(ctx, text, args...)
			return err
		})
	})
}

// Rows returns the number of rows of a table.
func (db *DB) Rows(ctx context.Context, table string) (int64, error) {
	return engine.One(db.reader().Query(ctx, `SELECT COUNT(*) FROM `+table), engine.Number)
}

// NewestMigration returns the schema that this program knows.
func NewestMigration() (int64, error) { return newestMigration() }

// Watch returns a function for the statements that were run since.
func (db *DB) Watch() (texts func() []string) {
	var mu sync.Mutex
	seen := map[string]bool{}
	db.engine = engine.Watch(db.engine, func(text string) {
		mu.Lock()
		defer mu.Unlock()
		seen[text] = true
	})
	db.ledger.Engine, db.Engine = db.engine, db.engine
	db.Registry = people.New(db.engine, db.sealer)
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Sorted(maps.Keys(seen))
	}
}

// Count returns a function for the number of statements that were run since.
func (db *DB) Count() func() int64 {
	var n atomic.Int64
	db.engine = engine.Watch(db.engine, func(string) { n.Add(1) })
	db.Registry = people.New(db.engine, db.sealer)
	return n.Load
}

// Plan returns the steps by which the database would run a statement.
func (db *DB) Plan(ctx context.Context, text string) ([]string, error) {
	var arguments []any
	for strings.Contains(text, fmt.Sprintf("$%d", len(arguments)+1)) {
		arguments = append(arguments, 1)
	}
	for range strings.Count(text, "?") { // of SQLite alone
		arguments = append(arguments, 1)
	}
	if _, lite := db.numbers.(*block); lite {
		return engine.List(db.reader().Query(ctx, `EXPLAIN QUERY PLAN `+text, arguments...), func(row engine.Row) (string, error) {
			var id, parent, unused int64
			var detail string
			err := row.Scan(&id, &parent, &unused, &detail)
			return detail, err
		})
	}
	var steps []string
	err := db.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		// A statement with arguments can only be planned for all of them once it was
		// prepared.
		for _, text := range []string{`SET LOCAL plan_cache_mode = force_generic_plan`, `PREPARE planned AS ` + text} {
			if _, err := s.Exec(ctx, text); err != nil {
				return err
			}
		}
		explain := `EXPLAIN (COSTS OFF) EXECUTE planned`
		if n := len(arguments); n > 0 {
			explain += "(NULL" + strings.Repeat(", NULL", n-1) + ")"
		}
		var err error
		steps, err = engine.List(s.Query(ctx, explain), func(row engine.Row) (step string, err error) {
			err = row.Scan(&step)
			return step, err
		})
		if err == nil {
			_, err = s.Exec(ctx, `DEALLOCATE planned`)
		}
		return err
	})
	return steps, err
}
