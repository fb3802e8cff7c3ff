package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// Pragmas of every connection. The page caches are modest, because the operating
// system caches the file as well and memory is what small machines lack.
const (
	commonPragmas = "_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)&_pragma=synchronous(full)" +
		"&_pragma=foreign_keys(1)&_pragma=temp_store(memory)"
	// journal_size_limit gives the space of a write-ahead log back that a burst or
	// a long read made large.
	// Its log is moved into the file by the checkpointer, see there.
	writerPragmas = commonPragmas + "&_pragma=cache_size(-16000)&_pragma=journal_size_limit(67108864)&_pragma=wal_autocheckpoint(0)"
	readerPragmas = commonPragmas + "&_pragma=cache_size(-4000)&_pragma=query_only(1)"
)

// SQLite is an open database file. It is the Engine for one process.
type SQLite struct {
	path   string
	lock   *os.File
	pools  []*sql.DB // the writer's, then the readers'
	stmts  *prepared // of the readers
	reader *Session
	writer *writer
	keeper *checkpointer
	clock  Clock
	log    *slog.Logger
}

// OpenSQLite opens the database file at path, creating it when there is none, and
// starts the goroutine that writes; Close ends it. It refuses a file that another
// process has open.
func OpenSQLite(ctx context.Context, path string, clock Clock, log *slog.Logger) (*SQLite, error) {
	db := &SQLite{path: path, clock: clock, log: log}
	if err := db.open(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func (db *SQLite) open(ctx context.Context) error {
	var err error
	if db.lock, err = lockFolder(db.path); err != nil {
		return err
	}
	if err := db.openPools(); err != nil {
		return err
	}
	conn, err := db.pools[0].Conn(ctx)
	if err != nil {
		return err
	}
	db.writer = newWriter(conn, db.clock, db.log)
	db.stmts = newPrepared(db.pools[1])
	db.reader = newSQLiteSession(db.stmts, db.clock)
	go db.writer.run(context.WithoutCancel(ctx))
	db.keeper, err = db.startCheckpointer(ctx)
	return err
}

// openPools opens a pool of one connection that writes, and one of some that read.
func (db *SQLite) openPools() error {
	if err := createPrivate(db.path); err != nil {
		return err
	}
	write, err := sql.Open("sqlite", source(db.path, writerPragmas))
	if err != nil {
		return err
	}
	db.pools = append(db.pools, write)
	read, err := sql.Open("sqlite", source(db.path, readerPragmas))
	if err != nil {
		return err
	}
	db.pools = append(db.pools, read)
	readers := max(4, runtime.GOMAXPROCS(0))
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers) // opening one costs more than any of our queries
	return nil
}

func newSQLiteSession(stmts *prepared, clock Clock) *Session {
	return &Session{
		run: stmts, dialect: sqliteDialect{updates: &sync.Map{}},
		clock: func(context.Context, *Session) (time.Time, error) { return clock().UTC(), nil },
	}
}

// Write runs do in a transaction; see Engine.
func (db *SQLite) Write(ctx context.Context, do func(ctx context.Context, s *Session) error) error {
	return db.writer.write(ctx, do)
}

// Reader returns a session of the connections that only read.
func (db *SQLite) Reader() *Session { return db.reader }

// Concurrency is 1: there is one writer, and what waits for it is committed together.
func (db *SQLite) Concurrency() int { return 1 }

// Migrate brings the tables up to date, on a connection of its own: the writer keeps
// the one it has.
func (db *SQLite) Migrate(ctx context.Context, files fs.FS) error {
	pool, err := sql.Open("sqlite", source(db.path, writerPragmas))
	if err != nil {
		return err
	}
	return errors.Join(migrate(ctx, migration{dialect: goose.DialectSQLite3, pool: pool, files: files}), pool.Close())
}

// Close finishes the writes that wait and closes the file.
func (db *SQLite) Close() error {
	var errs []error
	if db.keeper != nil {
		errs = append(errs, db.keeper.close())
	}
	if db.writer != nil {
		errs = append(errs, db.writer.close())
	}
	if db.stmts != nil {
		errs = append(errs, db.stmts.close())
	}
	// The readers first: only the writer can move what the log holds into the file.
	for _, pool := range slices.Backward(db.pools) {
		errs = append(errs, pool.Close())
	}
	if db.lock != nil {
		errs = append(errs, db.lock.Close())
	}
	return errors.Join(errs...)
}

// source is a URI, so that a path may hold question marks and percent signs.
func source(path, pragmas string) string {
	return (&url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path), RawQuery: pragmas}).String()
}

// createPrivate makes sure that the file exists and is its owner's only; SQLite
// gives its other files the same mode.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("create the file: %w", err)
	}
	return f.Close()
}
