package engine

import (
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// refused reports whether a write failed for what was to be written, and not for the
// state of the database.
func refused(err error) bool {
	if errors.Is(err, errPanicked) {
		return true
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		// The lower byte is the kind of error, the others its detail.
		return slices.Contains([]int{sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG}, lite.Code()&0xff)
	}
	pg, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return false
	}
	// SQLSTATE classes: data exception, integrity violation, a limit exceeded.
	return slices.ContainsFunc([]string{"22", "23", "54"}, func(class string) bool { return strings.HasPrefix(pg.Code, class) })
}
