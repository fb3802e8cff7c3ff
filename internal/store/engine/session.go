package engine

import (
	"context"
	"iter"
	"time"

	"turnstone"
)

// Session runs statements: in one transaction, or each in one of its own. Each text
// is prepared only once, because parsing costs more than running most of them; so
// texts must be few, and what varies is an argument.
type Session struct {
	run     runner
	dialect dialect
	clock   func(ctx context.Context, s *Session) (time.Time, error)
}

// runner is a database, or a transaction on it.
type runner interface {
	exec(ctx context.Context, text string, args []any) (int64, error)
	// later runs a statement of which nothing is to be known but that it succeeded,
	// which may show only with a later statement, or at the end of the transaction.
	later(ctx context.Context, text string, args []any) error
	query(ctx context.Context, text string, args []any) (rows, error)
}

// rows is what *sql.Rows and pgx.Rows have in common.
type rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}

// Exec runs a statement and returns the number of rows changed.
func (s *Session) Exec(ctx context.Context, text string, args ...any) (int64, error) {
	return s.run.exec(ctx, text, args)
}

// Result is what a query returned; List, One and Each consume it.
type Result struct {
	rows rows
	err  error
}

// Query runs a statement that returns rows.
func (s *Session) Query(ctx context.Context, text string, args ...any) Result {
	found, err := s.run.query(ctx, text, args)
	return Result{rows: found, err: err}
}

// Now returns the time that leases are measured by; within a transaction, the time at
// which it began.
func (s *Session) Now(ctx context.Context) (time.Time, error) { return s.clock(ctx, s) }

// SkipLocked ends the SELECT of a claim, so that claims of several nodes pass each
// other by instead of waiting.
func (s *Session) SkipLocked() string { return s.dialect.skipLocked() }

// Row is a row to be scanned.
type Row interface{ Scan(dest ...any) error }

// Each yields every row, scanned.
func Each[T any](r Result, scan func(Row) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		if r.err != nil {
			yield(none, r.err)
			return
		}
		defer r.rows.Close() //nolint:errcheck // Err reports
		for r.rows.Next() {
			if !yield(scan(r.rows)) {
				return
			}
		}
		if err := r.rows.Err(); err != nil {
			yield(none, err)
		}
	}
}

// List returns all rows, scanned.
func List[T any](r Result, scan func(Row) (T, error)) ([]T, error) {
	var all []T
	for v, err := range Each(r, scan) {
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// One returns the first row, scanned, or turnstone.ErrNotFound.
func One[T any](r Result, scan func(Row) (T, error)) (T, error) {
	for v, err := range Each(r, scan) {
		return v, err
	}
	var none T
	return none, turnstone.ErrNotFound
}

// Number scans a row of one number.
func Number(row Row) (n int64, err error) {
	err = row.Scan(&n)
	return n, err
}
