package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"sync"

	"turnstone"
)

// preparer is a connection, or a pool of them.
type preparer interface {
	PrepareContext(ctx context.Context, text string) (*sql.Stmt, error)
}

// session runs statements, and prepares each text only once: parsing costs SQLite
// more than running most of ours. The texts are few, see runs.
type session struct {
	db    preparer
	mu    sync.Mutex
	stmts map[string]*sql.Stmt
}

func newSession(db preparer) *session {
	return &session{db: db, stmts: map[string]*sql.Stmt{}}
}

func (s *session) prepared(ctx context.Context, text string) (*sql.Stmt, error) {
	s.mu.Lock()
	stmt := s.stmts[text]
	s.mu.Unlock()
	if stmt != nil {
		return stmt, nil
	}
	// Prepared without the lock, because a pool may have to wait for a connection.
	stmt, err := s.db.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if twin := s.stmts[text]; twin != nil {
		return twin, stmt.Close() //nolint:sqlclosecheck // closed here or kept, never at the end
	}
	s.stmts[text] = stmt
	return stmt, nil
}

// close gives the statements back. A connection with statements is not really
// closed by SQLite, and the last one that is closed empties the write-ahead log.
func (s *session) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, stmt := range s.stmts {
		errs = append(errs, stmt.Close())
	}
	clear(s.stmts)
	return errors.Join(errs...)
}

// exec returns the number of rows changed.
func (s *session) exec(ctx context.Context, text string, args ...any) (int64, error) {
	stmt, err := s.prepared(ctx, text) //nolint:sqlclosecheck // kept for the next time
	if err != nil {
		return 0, err
	}
	res, err := stmt.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// result is what a query returned; list, one and each consume it.
type result struct {
	rows *sql.Rows
	err  error
}

func (s *session) query(ctx context.Context, text string, args ...any) result {
	stmt, err := s.prepared(ctx, text) //nolint:sqlclosecheck // kept for the next time
	if err != nil {
		return result{err: err}
	}
	rows, err := stmt.QueryContext(ctx, args...) //nolint:rowserrcheck // each checks and closes them
	return result{rows: rows, err: err}
}

// scanner is a row to be scanned.
type scanner interface{ Scan(dest ...any) error }

// each yields every row, scanned.
func each[T any](r result, scan func(scanner) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		if r.err != nil {
			yield(none, r.err)
			return
		}
		defer r.rows.Close()
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

// list returns all rows, scanned.
func list[T any](r result, scan func(scanner) (T, error)) ([]T, error) {
	var all []T
	for v, err := range each(r, scan) {
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// one returns the first row, scanned, or turnstone.ErrNotFound.
func one[T any](r result, scan func(scanner) (T, error)) (T, error) {
	for v, err := range each(r, scan) {
		return v, err
	}
	var none T
	return none, turnstone.ErrNotFound
}

// number scans a row of one number.
func number(row scanner) (n int64, err error) {
	err = row.Scan(&n)
	return n, err
}

// maxRun bounds the rows and the list members of one statement. SQLite looks each
// placeholder up by its name, one after the other, so that long statements cost more
// than many: of 8, 16, 32 and 64, 16 stored most rows a second.
const maxRun = 16

// runs cuts n things into runs from, to, whose lengths are powers of two up to
// maxRun, so that a list of any length needs only five statement texts.
func runs(n int) iter.Seq2[int, int] {
	return func(yield func(from, to int) bool) {
		for from, size := 0, maxRun; from < n; {
			for size > n-from {
				size /= 2
			}
			if !yield(from, from+size) {
				return
			}
			from += size
		}
	}
}

// placeholders returns n placeholders from $first on: "$2,$3,$4".
func placeholders(first, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(first + i))
	}
	return b.String()
}

// insertion is an INSERT of any number of rows. Into ends before VALUES; conflict
// follows it.
type insertion struct {
	into     string
	conflict string
}

// insert runs an insertion in as few statements as it takes.
func (s *session) insert(ctx context.Context, ins insertion, rows [][]any) error {
	for from, to := range runs(len(rows)) {
		var args []any
		tuples := make([]string, 0, to-from)
		for _, row := range rows[from:to] {
			tuples = append(tuples, "("+placeholders(len(args)+1, len(row))+")")
			args = append(args, row...)
		}
		text := ins.into + " VALUES " + strings.Join(tuples, ",") + " " + ins.conflict
		if _, err := s.exec(ctx, text, args...); err != nil {
			return err
		}
	}
	return nil
}

// in returns lists of ids as arguments after leading, with the text that format
// makes of their placeholders.
func in[T any](format string, ids []T, leading ...any) iter.Seq2[string, []any] {
	return func(yield func(string, []any) bool) {
		for from, to := range runs(len(ids)) {
			args := append(make([]any, 0, len(leading)+to-from), leading...)
			for _, id := range ids[from:to] {
				args = append(args, id)
			}
			if !yield(fmt.Sprintf(format, placeholders(len(leading)+1, to-from)), args) {
				return
			}
		}
	}
}

// absent reports whether err only says that there is no such row.
func absent(err error) bool { return errors.Is(err, turnstone.ErrNotFound) }
