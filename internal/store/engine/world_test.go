package engine_test

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"turnstone/internal/pgtest"
	"turnstone/internal/store/engine"
)

// tables returns migrations that make a table of notes; exact is the type that keeps
// bytes as they are.
func tables(exact string) fs.FS {
	text := `-- +goose Up
		CREATE TABLE note (id BIGINT PRIMARY KEY, body TEXT NOT NULL DEFAULT '', name ` + exact + ` NOT NULL DEFAULT '', n BIGINT NOT NULL DEFAULT 0);`
	return fstest.MapFS{"0001_note.sql": {Data: []byte(text)}}
}

// openSQLite opens the database in dir, with an empty table of notes if it is new, and
// closes it with the test, unless the test did.
func openSQLite(t testing.TB, dir string) *engine.SQLite {
	t.Helper()
	db, err := engine.OpenSQLite(t.Context(), filepath.Join(dir, "notes.db"), time.Now, quiet())
	if err != nil {
		t.Fatal(err)
	}
	migrate(t, db, "TEXT")
	return db
}

// openPostgres opens the database of a URL, with an empty table of notes if it is new,
// and closes it with the test, unless the test did.
func openPostgres(t testing.TB, url string) *engine.Postgres {
	t.Helper()
	db, err := engine.OpenPostgres(t.Context(), url, quiet())
	if err != nil {
		t.Fatal(err)
	}
	migrate(t, db, "BYTEA")
	return db
}

func migrate(t testing.TB, db engine.Engine, exact string) {
	t.Helper()
	if err := db.Migrate(t.Context(), tables(exact)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // fails if the test closed it
}

// shared returns the URL of an empty database of the cluster that the tests share,
// with parameters: "&jit=on".
func shared(t testing.TB, parameters string) string {
	t.Helper()
	return pgtest.Shared(t).Database(t, "") + parameters
}

// eachEngine runs a test of what the interface promises on all engines.
func eachEngine(t *testing.T, test func(t *testing.T, db engine.Engine)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, openSQLite(t, t.TempDir()))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, openPostgres(t, shared(t, "")))
	})
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// write is what a Write does.
type write = func(ctx context.Context, s *engine.Session) error

// note returns a write that stores a note.
func note(id int64) write {
	return statement(`INSERT INTO note (id) VALUES ($1)`, id)
}

// statement returns a write of one statement.
func statement(text string, args ...any) write {
	return func(ctx context.Context, s *engine.Session) error {
		_, err := s.Exec(ctx, text, args...)
		return err
	}
}

// notes returns the ids of the notes that are stored.
func notes(t testing.TB, db engine.Engine) []int64 {
	t.Helper()
	ids, err := engine.List(db.Reader().Query(t.Context(), `SELECT id FROM note ORDER BY id`), engine.Number)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// must runs a write that has to work.
func must(t testing.TB, db engine.Engine, do write) {
	t.Helper()
	if err := db.Write(t.Context(), do); err != nil {
		t.Fatal(err)
	}
}

// number returns the number that a query finds.
func number(t testing.TB, db engine.Engine, query string, args ...any) int64 {
	t.Helper()
	n, err := engine.One(db.Reader().Query(t.Context(), query, args...), engine.Number)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// words returns the text that a query finds.
func words(t testing.TB, db engine.Engine, query string, args ...any) string {
	t.Helper()
	text, err := engine.One(db.Reader().Query(t.Context(), query, args...), func(row engine.Row) (text string, err error) {
		err = row.Scan(&text)
		return text, err
	})
	if err != nil {
		t.Fatal(fmt.Errorf("%s: %w", query, err))
	}
	return text
}
