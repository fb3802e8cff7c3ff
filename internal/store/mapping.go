package store

import "turnstone/internal/store/mapping"

// Mappings returns the part of the database that holds definitions and transformations.
func (db *DB) Mappings() *mapping.Mappings { return &mapping.Mappings{Engine: db.engine} }
