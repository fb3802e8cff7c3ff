package store

import "turnstone/internal/store/definition"

// Definitions returns the part of the database that holds the elements that accounts
// brought along.
func (db *DB) Definitions() *definition.Shelf { return &definition.Shelf{Engine: db.engine} }
