package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"time"

	"turnstone/internal/store/delivery"
	"turnstone/internal/store/engine"
	"turnstone/internal/store/history"
	"turnstone/internal/store/intake"
	"turnstone/internal/store/people"
	"turnstone/internal/store/tables"
)

//go:embed migrations
var migrations embed.FS

// Options say what to open.
type Options struct {
	Path   string           // the SQLite file; its folder is the data directory
	URL    string           // of a PostgreSQL database, in place of a file: postgres://…
	Sealer Sealer           // the same for all nodes
	Now    func() time.Time // nil: time.Now; only SQLite asks it, see engine.Clock
	Log    *slog.Logger     // nil: nothing is logged
}

// name returns what is opened: of a URL the host and the database, because a password
// may stand in several places of it.
func (o Options) name() string {
	if o.URL == "" {
		return o.Path
	}
	u, err := url.Parse(o.URL)
	if err != nil || u.Scheme == "" {
		return "of the URL given"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

// DB is an open database. Its methods may be called from many goroutines.
type DB struct {
	// Registry keeps who there is: accounts, users, and their journal.
	*people.Registry
	// Chronicle tells what happened: events, and notifications.
	*history.Chronicle
	// Inbox takes in what vendors send.
	*intake.Inbox

	engine  engine.Engine
	bulk    engine.Bulk // the same engine
	sealer  Sealer
	log     *slog.Logger
	numbers numbers // of events

	polls     *engine.Batcher[pollCommit]
	ledger    *delivery.Ledger
	announcer *announcer // nil where nobody else is
}

// Open opens the database, creating it when there is none, and brings its tables up
// to date. It starts goroutines that write; Close ends them.
//
// A SQLite file is one process's alone, so what a process that died held is free
// again. In a PostgreSQL database the leases of other nodes stand until they expire.
func Open(ctx context.Context, o Options) (*DB, error) {
	db := &DB{sealer: o.Sealer, log: o.Log}
	if db.log == nil {
		db.log = slog.New(slog.DiscardHandler)
	}
	if err := db.open(ctx, o); err != nil {
		return nil, fmt.Errorf("open database %s: %w", o.name(), errors.Join(err, db.release()))
	}
	return db, nil
}

func (db *DB) open(ctx context.Context, o Options) error {
	if err := db.connect(ctx, o); err != nil {
		return err
	}
	db.Registry = people.New(db.engine, db.sealer)
	db.Chronicle = &history.Chronicle{Engine: db.engine}
	if err := db.checkSealer(ctx); err != nil {
		return err
	}
	db.startBatchers(ctx)
	if nodes, several := db.engine.(engine.Announcer); several {
		db.announcer = newAnnouncer(ctx, nodes)
	}
	if o.URL == "" {
		return db.freeLeases(ctx)
	}
	return nil
}

// connect opens the engine and migrates its tables.
func (db *DB) connect(ctx context.Context, o Options) error {
	folder := "migrations/sqlite"
	if o.URL != "" {
		folder = "migrations/postgres"
	}
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return err
	}
	if o.URL != "" {
		opened, err := engine.OpenPostgres(ctx, o.URL, db.log)
		if err != nil {
			return err
		}
		db.engine, db.bulk, db.numbers = opened, opened, serverNumbers{}
		return db.engine.Migrate(ctx, files)
	}
	clock := engine.Clock(o.Now)
	if clock == nil {
		clock = time.Now
	}
	opened, err := engine.OpenSQLite(ctx, o.Path, clock, db.log)
	if err != nil {
		return err
	}
	db.engine, db.bulk, db.numbers = opened, opened, &block{name: tables.EventSequence}
	return db.engine.Migrate(ctx, files)
}

// checkSealer opens one sealed value, so that a wrong key ring shows now, and not as
// one failure an instance later.
func (db *DB) checkSealer(ctx context.Context) error {
	if _, err := db.Accounts(ctx, 1); err != nil {
		return fmt.Errorf("check that the key ring is the one it was sealed with: %w", err)
	}
	return nil
}

// maxGroup and maxGroupRows bound what calls share a transaction, and so how long the
// first of them waits for the last, and the memory of their statements.
const (
	maxGroup     = 256
	maxGroupRows = 4000
)

func (db *DB) startBatchers(ctx context.Context) {
	db.polls = engine.NewBatcher(ctx, engine.BatchOptions[pollCommit]{
		Do: db.commitPolls, Workers: db.engine.Concurrency(), MaxCalls: maxGroup, MaxRows: maxGroupRows,
	})
	db.ledger = delivery.Open(ctx, db.engine, delivery.Bounds{Calls: maxGroup, Rows: maxGroupRows})
	db.Inbox = intake.Open(ctx, db.engine, intake.Bounds{Calls: maxGroup, Rows: maxGroupRows})
}

// freeLeases ends the leases of a process that died. Nobody else can hold one: the
// data directory is ours alone.
func (db *DB) freeLeases(ctx context.Context) error {
	return db.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		for _, table := range []string{"poller", "destination", "credential", "bulk_job"} {
			if _, err := s.Exec(ctx, `UPDATE `+table+` SET lease_until = 0 WHERE lease_until <> 0`); err != nil {
				return fmt.Errorf("free leases of %s: %w", table, err)
			}
		}
		return nil
	})
}

// reader returns the session for statements that need no transaction.
func (db *DB) reader() *engine.Session { return db.engine.Reader() }

// Ping reports whether the database can be read and written.
func (db *DB) Ping(ctx context.Context) error {
	if _, err := engine.One(db.reader().Query(ctx, `SELECT COUNT(*) FROM sequence`), engine.Number); err != nil {
		return fmt.Errorf("read database: %w", err)
	}
	if err := db.engine.Write(ctx, func(context.Context, *engine.Session) error { return nil }); err != nil {
		return fmt.Errorf("write database: %w", err)
	}
	return nil
}

// Close finishes the writes that wait, and closes the database. Later calls of any
// method fail.
func (db *DB) Close() error {
	if err := db.release(); err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	return nil
}

// release gives up what open took so far.
func (db *DB) release() error {
	if db.polls != nil {
		db.polls.Close()
		db.ledger.Close()
		db.Inbox.Close()
	}
	if db.announcer != nil {
		db.announcer.close()
	}
	if db.engine == nil {
		return nil
	}
	return db.engine.Close()
}
