// Package history tells what happened: the events of an account, how many there were and
// what became of them, and what was posted and noted beside them as notifications.
//
// It promises that nothing of another account, and nothing of an instance that was
// deleted, is told. It stores no events and owes none: polls do.
package history

import (
	"turnstone/internal/store/column"
	"turnstone/internal/store/engine"
)

// Chronicle is the part of a database that tells what happened. Its methods may be called from many
// goroutines.
type Chronicle struct {
	Engine engine.Engine
}

// instant is a time in a column, under a name short enough for statements.
type instant = column.Instant
