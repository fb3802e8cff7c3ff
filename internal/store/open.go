package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"time"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// Options say what to open.
type Options struct {
	Path   string // the database file; its folder is the data directory
	Sealer Sealer
	Now    func() time.Time // nil: time.Now
	Log    *slog.Logger     // nil: nothing is logged
}

// DB is an open database. Its methods may be called from many goroutines.
type DB struct {
	dialect dialect
	sealer  Sealer
	now     func() time.Time
	log     *slog.Logger

	lock   *os.File
	pools  []*sql.DB
	reader *session
	writer *writer
	events block // of event ids
	polls  block // of poll ids
}

// Open opens the database, creating it when there is none, brings its tables up to
// date and frees what a process that died held. It starts the goroutine that
// writes; Close ends it.
func Open(ctx context.Context, o Options) (*DB, error) {
	db := &DB{
		dialect: sqlite(), sealer: o.Sealer, now: o.Now, log: o.Log,
		events: block{name: "event"}, polls: block{name: "poll"},
	}
	if db.now == nil {
		db.now = time.Now
	}
	if db.log == nil {
		db.log = slog.New(slog.DiscardHandler)
	}
	if err := db.open(ctx, o.Path); err != nil {
		return nil, fmt.Errorf("open database %s: %w", o.Path, errors.Join(err, db.release()))
	}
	return db, nil
}

func (db *DB) open(ctx context.Context, path string) error {
	var err error
	if db.lock, err = lockFolder(path); err != nil {
		return err
	}
	write, read, err := openFile(path)
	if err != nil {
		return err
	}
	db.pools = []*sql.DB{write, read}
	if err := db.migrate(ctx, write); err != nil {
		return err
	}
	conn, err := write.Conn(ctx)
	if err != nil {
		return err
	}
	db.reader = newSession(read)
	if err := db.checkSealer(ctx); err != nil {
		return err
	}
	db.writer = newWriter(conn, db.log)
	go db.writer.run(context.WithoutCancel(ctx))
	return db.freeLeases(ctx)
}

func (db *DB) migrate(ctx context.Context, pool *sql.DB) error {
	files, err := fs.Sub(migrations, db.dialect.migrations)
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(db.dialect.name, pool, files,
		goose.WithDisableGlobalRegistry(true), goose.WithTableName("migration"))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	current, target, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if current > target {
		return fmt.Errorf("it was made by a newer turnstone (its schema is %d, this program knows %d): run that one, or restore a backup from before the upgrade", current, target)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate schema from %d to %d: %w", current, target, err)
	}
	return nil
}

// checkSealer opens one sealed value, so that a wrong key ring shows now, and not as
// one failure an instance later.
func (db *DB) checkSealer(ctx context.Context) error {
	if _, err := db.Accounts(ctx, 1); err != nil {
		return fmt.Errorf("check that the key ring is the one it was sealed with: %w", err)
	}
	return nil
}

// freeLeases ends the leases of a process that died. Nobody else can hold one: the
// data directory is ours alone.
func (db *DB) freeLeases(ctx context.Context) error {
	return db.writer.write(ctx, func(ctx context.Context, s *session) error {
		for _, table := range []string{"poller", "destination", "credential"} {
			if _, err := s.exec(ctx, `UPDATE `+table+` SET lease_until = 0 WHERE lease_until <> 0`); err != nil {
				return fmt.Errorf("free leases of %s: %w", table, err)
			}
		}
		return nil
	})
}

// Ping reports whether the database can be read and written.
func (db *DB) Ping(ctx context.Context) error {
	if _, err := one(db.reader.query(ctx, `SELECT COUNT(*) FROM sequence`), number); err != nil {
		return fmt.Errorf("read database: %w", err)
	}
	if err := db.writer.write(ctx, func(context.Context, *session) error { return nil }); err != nil {
		return fmt.Errorf("write database: %w", err)
	}
	return nil
}

// Close finishes the writes that wait, and closes the files. Later calls of any
// method fail.
func (db *DB) Close() error {
	if err := db.release(); err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	return nil
}

// release gives up what open took so far.
func (db *DB) release() error {
	var errs []error
	if db.writer != nil {
		errs = append(errs, db.writer.close())
	}
	if db.reader != nil {
		errs = append(errs, db.reader.close())
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

// clock returns the time that leases are measured by.
func (db *DB) clock(ctx context.Context, s *session) (time.Time, error) {
	now, err := db.dialect.clock(ctx, db, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("read clock: %w", err)
	}
	return now, nil
}
