package bench

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/jackc/pgx/v5"

	"turnstone/internal/pgtest"
)

// Names of the engines.
const (
	SQLite     = "sqlite"
	PostgreSQL = "postgres"
)

// Engine is a kind of database to measure on. Close ends what it started.
type Engine struct {
	Name    string
	Version string

	// create completes the place of an empty database, whose folder exists.
	create func(ctx context.Context, p Place) (Place, error)
	drop   func(ctx context.Context, p Place) error
	close  func() error
}

// Close ends what OpenEngine started.
func (e Engine) Close() error { return e.close() }

// Place makes an empty database. Remove removes it again.
func (e Engine) Place(ctx context.Context) (Place, error) {
	folder, err := os.MkdirTemp("", "turnstone-bench-*")
	if err != nil {
		return Place{}, fmt.Errorf("make a database: %w", err)
	}
	p, err := e.create(ctx, Place{Folder: folder})
	if err != nil {
		return Place{}, errors.Join(fmt.Errorf("make a database: %w", err), os.RemoveAll(folder))
	}
	return p, nil
}

// Remove removes a database that Place made.
func (e Engine) Remove(ctx context.Context, p Place) error {
	return errors.Join(e.drop(ctx, p), os.RemoveAll(p.Folder))
}

// OpenEngine opens the engine of a name.
func OpenEngine(ctx context.Context, name string) (Engine, error) {
	switch name {
	case SQLite:
		return openSQLite(), nil
	case PostgreSQL:
		return openPostgreSQL(ctx)
	}
	return Engine{}, fmt.Errorf("no engine is called %q: there are %s and %s", name, SQLite, PostgreSQL)
}

// openSQLite needs nothing but a folder.
func openSQLite() Engine {
	return Engine{
		Name: SQLite, Version: moduleVersion("modernc.org/sqlite"),
		create: func(_ context.Context, p Place) (Place, error) { return p, nil },
		drop:   func(context.Context, Place) error { return nil },
		close:  func() error { return nil },
	}
}

// openPostgreSQL starts a server of our own, set up as it comes except that it
// listens to nobody else. Its commits wait for the disk.
func openPostgreSQL(ctx context.Context) (Engine, error) {
	cluster, err := pgtest.Start(ctx, pgtest.Options{Durable: true, Settings: map[string]string{"shared_buffers": "128MB"}})
	if err != nil {
		return Engine{}, err
	}
	e := Engine{Name: PostgreSQL, close: cluster.Close}
	e.create = func(ctx context.Context, p Place) (Place, error) {
		pids, err := cluster.PIDs()
		if err != nil || len(pids) == 0 {
			return p, errors.Join(errors.New("the server has ended"), err)
		}
		p.PID = pids[0]
		p.URL, err = cluster.CreateDatabase(ctx, "")
		return p, err
	}
	e.drop = func(ctx context.Context, p Place) error { return cluster.Drop(ctx, p.URL) }
	if e.Version, err = serverVersion(ctx, cluster.URL("postgres")); err != nil {
		return Engine{}, errors.Join(err, cluster.Close())
	}
	return e, nil
}

func serverVersion(ctx context.Context, url string) (version string, err error) {
	connection, err := pgx.Connect(ctx, url)
	if err != nil {
		return "", err
	}
	err = connection.QueryRow(ctx, "SHOW server_version").Scan(&version)
	return version, errors.Join(err, connection.Close(ctx))
}
