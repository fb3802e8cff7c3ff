package store

import (
	"context"

	"turnstone/internal/store/engine"
	"turnstone/internal/store/people"
)

// Columns returns the columns of all tables that the database has, as table.column.
func (db *DB) Columns(ctx context.Context) ([]string, error) {
	text := `
		SELECT table_name || '.' || column_name
		FROM information_schema.columns
		WHERE table_schema = 'public'`
	if _, lite := db.numbers.(*block); lite {
		text = `
			SELECT m.name || '.' || c.name
			FROM sqlite_master m JOIN pragma_table_info(m.name) c
			WHERE m.type = 'table'`
	}
	return engine.List(db.reader().Query(ctx, text), func(row engine.Row) (name string, err error) {
		err = row.Scan(&name)
		return name, err
	})
}

// WithSealer returns the database as one that seals like another does.
func (db *DB) WithSealer(other *DB) *DB {
	twin := *db
	twin.sealer = other.sealer
	twin.Registry = people.New(db.engine, other.sealer)
	return &twin
}
