package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"turnstone/internal/store/tables"
)

// Progress is told how far a move is.
type Progress = tables.Progress

// ExportOptions say what an export says of itself.
type ExportOptions = tables.ExportOptions

// Exported says what an export holds.
type Exported = tables.Exported

// Export writes all that the database holds as it is at one moment; see
// tables.Installation. Nodes may work meanwhile. What is sealed stays so; whoever
// imports it needs the same key ring.
func (db *DB) Export(ctx context.Context, w io.Writer, o ExportOptions) (Exported, error) {
	in, err := db.installation()
	if err != nil {
		return Exported{}, err
	}
	return in.Export(ctx, w, o)
}

// Import fills the database with what Export wrote, or changes nothing; see
// tables.Installation. It returns how many rows that were, and an error that wraps
// turnstone.ErrConflict if the database holds anything. Nobody else may write to the
// database meanwhile.
func (db *DB) Import(ctx context.Context, r io.Reader, progress Progress) (int64, error) {
	in, err := db.installation()
	if err != nil {
		return 0, err
	}
	return in.Import(ctx, r, progress)
}

// Reseal seals with the newest key everything that another one sealed; see
// tables.Installation. It returns how many values that were. Nodes may work meanwhile.
func (db *DB) Reseal(ctx context.Context, progress Progress) (int64, error) {
	in, err := db.installation()
	if err != nil {
		return 0, err
	}
	return in.Reseal(ctx, progress)
}

// Seals returns how many values each key has sealed, by the number of the key.
func (db *DB) Seals(ctx context.Context) (map[uint32]int64, error) {
	in, err := db.installation()
	if err != nil {
		return nil, err
	}
	return in.Seals(ctx)
}

// installation returns the database as package tables sees it.
func (db *DB) installation() (tables.Installation, error) {
	schema, err := newestMigration()
	return tables.Installation{Engine: db.engine, Bulk: db.bulk, Sealer: db.sealer, Numbers: db.numbers, Schema: schema}, err
}

// newestMigration returns the version that the tables have after all migrations.
func newestMigration() (int64, error) {
	names, err := fs.Glob(migrations, "migrations/*/*.sql")
	if err != nil || len(names) == 0 {
		return 0, errors.Join(errors.New("there are no migrations"), err)
	}
	newest := int64(0)
	for _, name := range names {
		number, _, _ := strings.Cut(name[strings.LastIndexByte(name, '/')+1:], "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("migration %s: %w", name, err)
		}
		newest = max(newest, version)
	}
	return newest, nil
}
