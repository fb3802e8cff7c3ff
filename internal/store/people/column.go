package people

import (
	"errors"

	"turnstone"
	"turnstone/internal/store/column"
)

// instant is a time in a column, under a name short enough for statements.
type instant = column.Instant

// absent reports whether err only says that there is no such row.
func absent(err error) bool { return errors.Is(err, turnstone.ErrNotFound) }
