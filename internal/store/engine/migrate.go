package engine

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// migration is what it takes to bring tables up to date.
type migration struct {
	dialect goose.Dialect
	pool    *sql.DB
	files   fs.FS
	options []goose.ProviderOption
}

func migrate(ctx context.Context, m migration) error {
	options := append([]goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithTableName("migration")}, m.options...)
	provider, err := goose.NewProvider(m.dialect, m.pool, m.files, options...)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	current, target, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if current > target {
		return mayUseNewer(ctx, m.pool, current, target)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate schema from %d to %d: %w", current, target, err)
	}
	return nil
}

// mayUseNewer returns an error unless the tables of a newer program still serve this
// one: during an upgrade the nodes of the release before work on, and start again.
func mayUseNewer(ctx context.Context, pool *sql.DB, current, known int64) error {
	var oldest int64
	if err := pool.QueryRowContext(ctx, `SELECT oldest FROM compatibility`).Scan(&oldest); err != nil {
		return fmt.Errorf("read which programs the schema serves: %w", err)
	}
	if oldest <= known {
		return nil
	}
	return fmt.Errorf("it was made by a newer turnstone (its schema is %d and serves programs from %d on, this one knows %d): run that one, or restore a backup from before the upgrade", current, oldest, known)
}
