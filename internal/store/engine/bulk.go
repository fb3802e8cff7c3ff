package engine

import (
	"context"
	"errors"
	"time"
)

// Bulk reads or writes a whole database, beside an Engine. Its work may take hours, so
// no bound of time ends it, and it is never run again: do looks at the caller's ctx
// itself where it can stop. Both engines have it.
type Bulk interface {
	// Snapshot runs do with a session that shows the database as it is at one moment,
	// whatever is written meanwhile, and that writes nothing.
	Snapshot(ctx context.Context, do func(ctx context.Context, s *Session) error) error
	// Load runs do in a transaction and returns once that is on disk, or undone.
	Load(ctx context.Context, do func(ctx context.Context, s *Session) error) error
}

var (
	_ Bulk = (*SQLite)(nil)
	_ Bulk = (*Postgres)(nil)
)

// Snapshot runs do in a transaction of a connection that only reads; see Bulk.
func (db *SQLite) Snapshot(ctx context.Context, do func(ctx context.Context, s *Session) error) error {
	conn, err := db.pools[1].Conn(ctx)
	if err != nil {
		return err
	}
	stmts := newPrepared(conn)
	session, ctx := newSQLiteSession(stmts, db.clock), context.WithoutCancel(ctx)
	if _, err = session.Exec(ctx, "BEGIN"); err == nil {
		err = guarded(db.log, func() error { return do(ctx, session) })
		_, ended := session.Exec(ctx, "ROLLBACK") // nothing was written
		err = errors.Join(err, ended)
	}
	return errors.Join(err, stmts.close(), conn.Close())
}

// Load runs do as a write; see Bulk. Other writes wait until it has ended.
func (db *SQLite) Load(ctx context.Context, do func(ctx context.Context, s *Session) error) error {
	return db.Write(ctx, do)
}

// Snapshot runs do in a transaction that only reads; see Bulk.
func (db *Postgres) Snapshot(ctx context.Context, do func(ctx context.Context, s *Session) error) error {
	return db.atLength(ctx, `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`, do)
}

// Load runs do in a transaction; see Bulk.
func (db *Postgres) Load(ctx context.Context, do func(ctx context.Context, s *Session) error) error {
	return db.atLength(ctx, `BEGIN`, do)
}

// atLength runs do in a transaction that may take as long as it takes: our settings
// would end it, for they are made for writes that others wait for.
func (db *Postgres) atLength(ctx context.Context, begin string, do func(ctx context.Context, s *Session) error) error {
	conn, err := db.acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	ctx = context.WithoutCancel(ctx)
	run := newPGRunner(conn.Conn())
	session := &Session{run: run, dialect: postgresDialect{}, clock: serverTime}
	err = guarded(db.log, func() error {
		for _, text := range []string{begin, `SET LOCAL statement_timeout = 0`, `SET LOCAL idle_in_transaction_session_timeout = 0`} {
			if _, err := session.Exec(ctx, text); err != nil {
				return err
			}
		}
		return do(ctx, session)
	})
	bound, cancel := db.bounded(ctx)
	defer cancel()
	if err == nil {
		err = because(bound, commit(bound, run))
	}
	if err != nil {
		rollback(bound, conn.Conn())
	}
	return err
}

// serverTime returns the time that the server has now.
func serverTime(ctx context.Context, s *Session) (time.Time, error) {
	micros, err := One(s.Query(ctx, now), Number)
	return time.UnixMicro(micros).UTC(), err
}
