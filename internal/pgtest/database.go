package pgtest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// CreateDatabase makes a database with a name of its own, as a copy of the
// template, or empty if that is "", and returns its URL. Nobody may be connected
// to the template meanwhile. It takes some 15 ms.
func (c *Cluster) CreateDatabase(ctx context.Context, template string) (string, error) {
	name := fmt.Sprintf("db%d", c.databases.Add(1))
	if err := c.create(ctx, name, template); err != nil {
		return "", err
	}
	return c.URL(name), nil
}

// Drop drops the database of a URL that CreateDatabase has returned, and cuts the
// connections to it.
func (c *Cluster) Drop(ctx context.Context, url string) error {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return err
	}
	return c.drop(ctx, config.Database)
}

// Template makes the database of that name and has fill fill it, unless it was
// made before. From then on nobody can connect to it, so that it can be copied at
// any time. Fill must have closed its connections when it returns.
func (c *Cluster) Template(ctx context.Context, name string, fill func(ctx context.Context, url string) error) error {
	c.templating.Lock()
	defer c.templating.Unlock()
	if c.templates[name] {
		return nil
	}
	if err := c.create(ctx, name, ""); err != nil {
		return err
	}
	if err := fill(ctx, c.URL(name)); err != nil {
		return errors.Join(fmt.Errorf("fill template %s: %w", name, err), c.drop(ctx, name))
	}
	if err := c.exec(ctx, "ALTER DATABASE "+quoted(name)+" ALLOW_CONNECTIONS false"); err != nil {
		return fmt.Errorf("close template %s: %w", name, err)
	}
	c.templates[name] = true
	return nil
}

// Database makes a database for the test, as CreateDatabase does, and drops it
// when the test ends. It returns the URL.
func (c *Cluster) Database(t testing.TB, template string) string {
	t.Helper()
	url, err := c.CreateDatabase(t.Context(), template)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Drop(context.WithoutCancel(t.Context()), url); err != nil {
			t.Error(err)
		}
	})
	return url
}

func (c *Cluster) create(ctx context.Context, name, template string) error {
	statement := "CREATE DATABASE " + quoted(name)
	if template != "" {
		statement += " TEMPLATE " + quoted(template)
	}
	if err := c.exec(ctx, statement); err != nil {
		return fmt.Errorf("create database %s: %w", name, err)
	}
	return nil
}

func (c *Cluster) drop(ctx context.Context, name string) error {
	err := c.connected(ctx, func(server *pgx.Conn) error {
		if err := vacate(ctx, server, name); err != nil {
			return err
		}
		_, err := server.Exec(ctx, "DROP DATABASE "+quoted(name)+" WITH (FORCE)")
		return err
	})
	if err != nil {
		return fmt.Errorf("drop database %s: %w", name, err)
	}
	return nil
}

// vacateInterval is how often vacate looks again.
const vacateInterval = time.Millisecond

// vacate ends the sessions of a database and waits until they are gone. DROP
// would do the same, but looks only every 100 ms, and most tests close their
// connections just before: that session is still there.
func vacate(ctx context.Context, server *pgx.Conn, name string) error {
	ticker := time.NewTicker(vacateInterval)
	defer ticker.Stop()
	for {
		ended, err := server.Exec(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
		if err != nil {
			return fmt.Errorf("end its sessions: %w", err)
		}
		if ended.RowsAffected() == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the end of its sessions: %w", context.Cause(ctx))
		case <-ticker.C:
		}
	}
}

// exec executes a statement.
func (c *Cluster) exec(ctx context.Context, statement string) error {
	return c.connected(ctx, func(server *pgx.Conn) error {
		_, err := server.Exec(ctx, statement)
		return err
	})
}

// connected calls do with a connection that is closed afterwards: one that stayed
// would not survive a restart of the server.
func (c *Cluster) connected(ctx context.Context, do func(*pgx.Conn) error) error {
	connection, err := pgx.Connect(ctx, c.URL(maintenance))
	if err != nil {
		return err
	}
	return errors.Join(do(connection), connection.Close(ctx))
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }
