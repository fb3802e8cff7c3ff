// Package tables works on all rows of an installation, whatever they mean: it moves them
// to another database, and seals them anew. It knows each table and each column, and
// promises that none is left behind, that a move is whole or nothing, and that nodes may
// work meanwhile where a method says so. It refuses to interpret what it moves.
package tables

import (
	"context"
	"fmt"

	"turnstone/internal/store/engine"
)

// Installation is what a database holds, and what it takes to read and write all of it.
type Installation struct {
	Engine  engine.Engine
	Bulk    engine.Bulk // the same engine
	Sealer  Sealer
	Numbers Numbers // of events
	Schema  int64   // version of the tables that this program knows
}

// Sealer makes secrets unreadable, bound to their places.
type Sealer interface {
	Seal(place string, plain []byte) ([]byte, error)
	Open(place string, sealed []byte) ([]byte, error)
	Newest() uint32
	SealedBy(sealed []byte) (uint32, error)
}

// Numbers are those of events: in some databases they have a place of their own.
type Numbers interface {
	// High returns the highest number given out, or 0.
	High(ctx context.Context, s *engine.Session) (int64, error)
	// Restore goes on behind high in a database that was just filled.
	Restore(ctx context.Context, s *engine.Session, high int64) error
}

// Place names a column of a row, to which a sealed value is bound.
func Place(table string, id int64, column string) string {
	return fmt.Sprintf("%s/%d/%s", table, id, column)
}

// Columns returns the columns that are moved, as table.column.
func Columns() []string {
	var all []string
	for _, t := range append(tables(), sequenceTable()) {
		for _, name := range t.names() {
			all = append(all, t.name+"."+name)
		}
	}
	return all
}

// Sealed returns the columns whose values are sealed, as table.column.
func Sealed() []string {
	var all []string
	for _, c := range sealedColumns() {
		all = append(all, c.table+"."+c.name)
	}
	return all
}
