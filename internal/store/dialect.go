package store

import (
	"context"
	"time"

	"github.com/pressly/goose/v3"
)

// dialect is what differs between the databases.
type dialect struct {
	// name and migrations (a folder of the embedded files) are for goose.
	name       goose.Dialect
	migrations string
	// claim ends the SELECT of a claim, so that claims of several nodes pass each
	// other by instead of waiting.
	claim string
	// clock is the time that leases are measured by: one clock for all holders.
	clock func(ctx context.Context, db *DB, s *session) (time.Time, error)
	// ids returns the first of n consecutive ids of b. It must not be called within
	// a transaction.
	ids func(ctx context.Context, db *DB, b *block, n int) (int64, error)
}

// sqlite is for one process that owns its file: its clock is the clock, its memory
// gives out the ids, and its writer is the lock.
func sqlite() dialect {
	return dialect{
		name:       goose.DialectSQLite3,
		migrations: "migrations/sqlite",
		claim:      "",
		clock: func(_ context.Context, db *DB, _ *session) (time.Time, error) {
			return db.now().UTC(), nil
		},
		ids: func(ctx context.Context, db *DB, b *block, n int) (int64, error) {
			return b.take(ctx, db.writer, n)
		},
	}
}
