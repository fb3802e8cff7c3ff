package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"turnstone"
)

const (
	// poolSize is how many connections a node has at most, unless the URL says
	// pool_max_conns. Statements take fractions of a millisecond, so this serves
	// thousands a second, and the hundred connections of a server as it is
	// installed serve six nodes.
	poolSize = 16
	// dialWithin and answerWithin bound how long a server that went away holds
	// anything up. No statement of ours takes a second.
	dialWithin   = 5 * time.Second
	answerWithin = 15 * time.Second
	// maxTries bounds how often a transaction that met another is run again.
	maxTries = 10
)

// serverSettings are those of each of our sessions, unless the URL has others. A
// node that is frozen in the middle of a transaction must not hold up the others:
// the server ends what was silent for as long.
var serverSettings = map[string]string{
	"application_name":                    "turnstone",
	"timezone":                            "UTC",
	"statement_timeout":                   "30s",
	"lock_timeout":                        "10s",
	"idle_in_transaction_session_timeout": "10s",
	// All statements of ours find few rows by an index. While a table is new the
	// planner believes that reading all of it is cheaper, and keeps that plan.
	"enable_seqscan":   "off",
	"enable_hashjoin":  "off",
	"enable_mergejoin": "off",
	// What is off costs ten thousand million to the planner, for which it would compile
	// the statement: 50 to 100 ms, for one that runs in less than one.
	"jit": "off",
}

// Postgres is a pool of connections to a PostgreSQL server. It is the Engine for many
// nodes. It connects again by itself when the server was away.
type Postgres struct {
	pool     *pgxpool.Pool
	log      *slog.Logger
	patience time.Duration // answerWithin

	writes sync.RWMutex // held for reading by each write
	closed bool
}

// OpenPostgres connects to the server that a URL such as
// postgres://user:password@host/database names. Errors do not show the password.
func OpenPostgres(ctx context.Context, url string, log *slog.Logger) (*Postgres, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("read the database URL: %w", err)
	}
	configure(config)
	if !strings.Contains(url, "pool_max_conns") {
		config.MaxConns = poolSize
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	db := &Postgres{pool: pool, log: log, patience: answerWithin}
	if err := db.check(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return db, nil
}

// configure fills in what the URL leaves open.
func configure(c *pgxpool.Config) {
	for name, value := range serverSettings {
		if _, given := c.ConnConfig.RuntimeParams[name]; !given {
			c.ConnConfig.RuntimeParams[name] = value
		}
	}
	if c.ConnConfig.ConnectTimeout == 0 {
		c.ConnConfig.ConnectTimeout = dialWithin
	}
	dialer := &net.Dialer{Timeout: c.ConnConfig.ConnectTimeout, KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: dialWithin, Interval: dialWithin, Count: 3,
	}}
	c.ConnConfig.DialFunc = dialer.DialContext
	c.MaxConnLifetime = time.Hour // a server that was moved behind its name is found
	c.MaxConnLifetimeJitter = 10 * time.Minute
	// A commit that does not wait for the disk would be a promise broken.
	c.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, `SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`)
		return err
	}
}

// oldestServer is the first version that does all we ask: 14.
const oldestServer = 140000

// check refuses servers that cannot serve.
func (db *Postgres) check(ctx context.Context) error {
	ctx, cancel := db.bounded(ctx)
	defer cancel()
	var version int
	var fsync string
	err := db.pool.QueryRow(ctx, `SELECT current_setting('server_version_num')::int, current_setting('fsync')`).Scan(&version, &fsync)
	if err != nil {
		return fmt.Errorf("ask the server for its version: %w", err)
	}
	if version < oldestServer {
		return fmt.Errorf("the server is PostgreSQL %d.%d: it must be 14 or newer", version/10000, version%10000)
	}
	if fsync == "off" {
		db.log.Warn("the database server does not wait for its disk (fsync = off): a power cut there loses data")
	}
	return nil
}

// bounded returns ctx with the time that the server has to answer.
func (db *Postgres) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, db.patience, fmt.Errorf("the database server did not answer within %v", db.patience))
}

// Write runs do in a transaction, and again if that met another one; see Engine.
func (db *Postgres) Write(ctx context.Context, do func(ctx context.Context, s *Session) error) error {
	db.writes.RLock()
	defer db.writes.RUnlock()
	if db.closed {
		return ErrClosed
	}
	for try := 1; ; try++ {
		err := db.transact(ctx, do)
		if try == maxTries || !collided(err) {
			return err
		}
	}
}

// collided reports whether the server has undone a transaction because it met
// another: SQLSTATE 40001 and 40P01.
func collided(err error) bool {
	refused, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (refused.Code == "40001" || refused.Code == "40P01")
}

func (db *Postgres) transact(ctx context.Context, do func(ctx context.Context, s *Session) error) error {
	conn, err := db.acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	ctx, cancel := db.bounded(context.WithoutCancel(ctx))
	defer cancel()
	begun, err := begin(ctx, conn.Conn())
	if err != nil {
		return because(ctx, err)
	}
	run := newPGRunner(conn.Conn())
	session := &Session{
		run: run, dialect: postgresDialect{},
		clock: func(context.Context, *Session) (time.Time, error) { return begun, nil },
	}
	err = guarded(db.log, func() error { return do(ctx, session) })
	if err == nil {
		err = commit(ctx, run)
	}
	if err != nil {
		rollback(ctx, conn.Conn())
	}
	return because(ctx, err)
}

// acquire takes a connection from the pool. A server that is away must not hold the
// caller up for longer than one that does not answer.
func (db *Postgres) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	ctx, cancel := db.bounded(ctx)
	defer cancel()
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return nil, because(ctx, err)
	}
	return conn, nil
}

// because returns err with the reason why ctx ended, if it did: a driver says only
// that it did. An error of the connection becomes turnstone.ErrUnavailable.
func because(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(err, cause) {
		err = fmt.Errorf("%w: %w", cause, err)
	}
	if away(err) && !errors.Is(err, turnstone.ErrUnavailable) {
		return fmt.Errorf("%w: %w", turnstone.ErrUnavailable, err)
	}
	return err
}

// away reports whether a server cannot be reached, went away, or is about to.
func away(err error) bool {
	if _, unreachable := errors.AsType[*pgconn.ConnectError](err); unreachable {
		return true
	}
	if said, ok := errors.AsType[*pgconn.PgError](err); ok {
		// SQLSTATE classes: connection exception, shutdown.
		return strings.HasPrefix(said.Code, "08") || strings.HasPrefix(said.Code, "57P")
	}
	_, broken := errors.AsType[net.Error](err)
	return broken && !errors.Is(err, context.Canceled) || errors.Is(err, io.ErrUnexpectedEOF)
}

const now = `SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint`

// begin begins a transaction and returns the server's time, in one round trip.
func begin(ctx context.Context, conn *pgx.Conn) (time.Time, error) {
	var micros int64
	batch := &pgx.Batch{}
	batch.Queue(`BEGIN`)
	batch.Queue(now).QueryRow(func(row pgx.Row) error { return row.Scan(&micros) })
	err := conn.SendBatch(ctx, batch).Close()
	return time.UnixMicro(micros).UTC(), err
}

// commit commits, together with the statements that still wait. The server answers
// the COMMIT of a transaction that failed with ROLLBACK, and no error.
func commit(ctx context.Context, run *pgRunner) error {
	tag, err := run.send(ctx, `COMMIT`, nil)
	if err == nil && tag.String() == "ROLLBACK" {
		err = pgx.ErrTxCommitRollback
	}
	return err
}

// rollback undoes a transaction, if there still is one. Where the server is away, or
// does not answer any more, the connection is closed, and the server undoes it.
func rollback(ctx context.Context, conn *pgx.Conn) {
	if _, err := conn.Exec(ctx, `ROLLBACK`); err != nil {
		_ = conn.Close(ctx)
	}
}

// Reader returns a session in which each statement takes a connection of the pool.
func (db *Postgres) Reader() *Session {
	return &Session{run: pgPool{db}, dialect: postgresDialect{}, clock: serverTime}
}

// Concurrency is 2: while one write waits for the disk, the next is made ready.
func (db *Postgres) Concurrency() int { return 2 }

// Migrate brings the tables up to date, under a lock of the server. A change of a large
// table takes its time: it has a connection of its own, whose statements may.
func (db *Postgres) Migrate(ctx context.Context, files fs.FS) error {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	if err != nil {
		return err
	}
	config := db.pool.Config().ConnConfig
	config.RuntimeParams["statement_timeout"] = "0"
	pool := stdlib.OpenDB(*config)
	return errors.Join(migrate(ctx, migration{
		dialect: goose.DialectPostgres, pool: pool, files: files, options: []goose.ProviderOption{goose.WithSessionLocker(locker)},
	}), pool.Close())
}

// Close finishes the writes that wait, and closes the connections.
func (db *Postgres) Close() error {
	db.writes.Lock()
	db.closed = true
	db.writes.Unlock()
	db.pool.Close()
	return nil
}
