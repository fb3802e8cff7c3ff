package store

import (
	"errors"

	"turnstone"
	"turnstone/internal/store/column"
)

// What columns hold, under names short enough for statements.
type (
	instant = column.Instant
	span    = column.Span
)

// never is the time at which a destination with nothing to do is due.
const never = column.Never

// absent reports whether err only says that there is no such row.
func absent(err error) bool { return errors.Is(err, turnstone.ErrNotFound) }
