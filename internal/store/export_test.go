package store

import (
	"context"
	"maps"
	"slices"
)

// Write queues do like any method that writes. It gets a function that runs a
// statement in the transaction.
func (db *DB) Write(ctx context.Context, do func(exec func(text string, args ...any) error) error) error {
	return db.writer.write(ctx, func(ctx context.Context, s *session) error {
		return do(func(text string, args ...any) error {
			_, err := s.exec(ctx, text, args...)
			return err
		})
	})
}

// Rows returns the number of rows of a table.
func (db *DB) Rows(ctx context.Context, table string) (int64, error) {
	return one(db.reader.query(ctx, `SELECT COUNT(*) FROM `+table), number)
}

// Texts returns the statements that were run so far.
func (db *DB) Texts() []string {
	var texts []string
	for _, s := range []*session{db.reader, db.writer.session} {
		s.mu.Lock()
		texts = slices.AppendSeq(texts, maps.Keys(s.stmts))
		s.mu.Unlock()
	}
	return texts
}

// Plan returns the steps by which SQLite would run a statement.
func (db *DB) Plan(ctx context.Context, text string, args ...any) ([]string, error) {
	return list(db.reader.query(ctx, `EXPLAIN QUERY PLAN `+text, args...), func(row scanner) (string, error) {
		var id, parent, unused int64
		var detail string
		err := row.Scan(&id, &parent, &unused, &detail)
		return detail, err
	})
}

// Queued returns how many writes wait.
func (db *DB) Queued() int { return len(db.writer.queue) }
