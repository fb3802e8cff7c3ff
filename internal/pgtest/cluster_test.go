package pgtest_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"turnstone/internal/pgtest"
)

// start starts a cluster that ends with the test.
func start(t *testing.T, o pgtest.Options) *pgtest.Cluster {
	t.Helper()
	c, err := pgtest.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// connect opens a connection that is closed with the test.
func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close(context.WithoutCancel(t.Context())) }) // may be broken, and may be closed
	return connection
}

// execute executes a statement on a connection of its own.
func execute(t *testing.T, url, statement string) {
	t.Helper()
	connection := connect(t, url)
	if _, err := connection.Exec(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
	if err := connection.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// answer returns the one value that a query finds.
func answer(t *testing.T, url, query string) string {
	t.Helper()
	connection := connect(t, url)
	var value string
	if err := connection.QueryRow(t.Context(), query).Scan(&value); err != nil {
		t.Fatal(err)
	}
	if err := connection.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestServersCanBeReachedByTheirOwnerAlone(t *testing.T) {
	c := pgtest.Shared(t)
	if got := answer(t, c.URL("postgres"), "SHOW listen_addresses"); got != "" {
		t.Errorf("listen_addresses = %q, want none", got)
	}
	info, err := os.Stat(c.Dir())
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o700 {
		t.Errorf("mode of %s = %v, want 0700", c.Dir(), got)
	}
}

func TestServersIgnoreTheEnvironmentOfTheTests(t *testing.T) {
	for name, value := range map[string]string{
		"PGDATA": "/nonexistent", "PGHOST": "/nonexistent", "PGPORT": "1", "PGDATABASE": "nonexistent", "PGUSER": "nobody",
		"LC_ALL": "de_DE.UTF-8", "TZ": "Asia/Kolkata",
	} {
		t.Setenv(name, value)
	}
	c := start(t, pgtest.Options{})
	settings := map[string]string{"lc_messages": "C", "server_encoding": "UTF8"}
	for name, want := range settings {
		if got := answer(t, c.URL("postgres"), "SHOW "+name); got != want {
			t.Errorf("SHOW %s = %s, want %s", name, got, want)
		}
	}
	if got := answer(t, c.URL("postgres"), "SELECT (now()::timestamp - (now() AT TIME ZONE 'UTC'))::text"); got != "00:00:00" {
		t.Errorf("local time - UTC = %s, want 00:00:00", got)
	}
}

func TestSettingsOfServers(t *testing.T) {
	tests := map[string]struct {
		options pgtest.Options
		want    map[string]string
	}{
		"for tests": {want: map[string]string{"fsync": "off", "full_page_writes": "off", "synchronous_commit": "on"}},
		"durable": {
			options: pgtest.Options{Durable: true},
			want:    map[string]string{"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"},
		},
		"given": {
			options: pgtest.Options{Settings: map[string]string{"shared_buffers": "16MB", "work_mem": "1MB"}},
			want:    map[string]string{"shared_buffers": "16MB", "work_mem": "1MB", "max_connections": "200"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := start(t, tt.options)
			for setting, want := range tt.want {
				if got := answer(t, c.URL("postgres"), "SHOW "+setting); got != want {
					t.Errorf("SHOW %s = %s, want %s", setting, got, want)
				}
			}
		})
	}
}

func TestWrongSettingsAreExplained(t *testing.T) {
	_, err := pgtest.Start(t.Context(), pgtest.Options{Settings: map[string]string{"shared_buffers": "many"}})
	if err == nil || !strings.Contains(err.Error(), `"shared_buffers"`) {
		t.Errorf("Start: error %v, want what the server says of shared_buffers", err)
	}
}

func TestAllThatWasCommittedIsThereAfterTheServerEnded(t *testing.T) {
	tests := map[string]func(*pgtest.Cluster) error{
		"restarted while it runs": func(*pgtest.Cluster) error { return nil },
		"stopped":                 func(c *pgtest.Cluster) error { return c.Stop(pgtest.Fast) },
		"stopped at once":         func(c *pgtest.Cluster) error { return c.Stop(pgtest.Immediate) },
		"killed":                  (*pgtest.Cluster).Kill,
	}
	c := start(t, pgtest.Options{})
	for name, end := range tests {
		t.Run(name, func(t *testing.T) {
			url, err := c.CreateDatabase(t.Context(), "")
			if err != nil {
				t.Fatal(err)
			}
			execute(t, url, "CREATE TABLE greeting AS SELECT 'hello' AS text")
			before := connect(t, url)

			if err := end(c); err != nil {
				t.Fatal(err)
			}
			if err := c.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}

			if got := answer(t, url, "SELECT text FROM greeting"); got != "hello" {
				t.Errorf("text = %s, want hello", got)
			}
			if err := before.Ping(t.Context()); err == nil {
				t.Error("Ping on a connection of the server that ended = nil, want an error")
			}
		})
	}
}

func TestNothingIsLeftOfAServerThatEnded(t *testing.T) {
	tests := map[string]func(*pgtest.Cluster) error{
		"stopped":         func(c *pgtest.Cluster) error { return c.Stop(pgtest.Fast) },
		"stopped at once": func(c *pgtest.Cluster) error { return c.Stop(pgtest.Immediate) },
		"killed":          (*pgtest.Cluster).Kill,
	}
	c := start(t, pgtest.Options{})
	for name, end := range tests {
		t.Run(name, func(t *testing.T) {
			connect(t, c.URL("postgres"))
			pids, err := c.PIDs()
			if err != nil {
				t.Fatal(err)
			}
			if len(pids) < 3 {
				t.Errorf("PIDs = %v, want the first process, its helpers and one for the connection", pids)
			}

			if err := end(c); err != nil {
				t.Fatal(err)
			}

			for _, pid := range pids {
				if runs(t, pid) {
					t.Errorf("process %d is there after the server ended", pid)
				}
			}
			if pids, err := c.PIDs(); err != nil || len(pids) != 0 {
				t.Errorf("PIDs = %v, %v after the server ended, want none", pids, err)
			}
			if _, err := pgx.Connect(t.Context(), c.URL("postgres")); err == nil {
				t.Error("Connect = nil after the server ended, want an error")
			}
			if err := c.Restart(t.Context()); err != nil {
				t.Errorf("Restart = %v, want nil", err)
			}
		})
	}
}

func TestClosingRemovesTheFolder(t *testing.T) {
	c, err := pgtest.Start(t.Context(), pgtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(c.Dir()); !os.IsNotExist(err) {
		t.Errorf("Stat(%s) = %v after Close, want that it does not exist", c.Dir(), err)
	}
}

func TestFoldersThatNobodyLooksAfterAreRemoved(t *testing.T) {
	c := pgtest.Shared(t)
	abandoned := filepath.Join(filepath.Dir(c.Dir()), "turnstone-pg-abandoned-by-"+t.Name())
	if err := os.MkdirAll(filepath.Join(abandoned, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := pgtest.Sweep(filepath.Dir(c.Dir())); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(abandoned); !os.IsNotExist(err) {
		t.Errorf("Stat(%s) = %v, want that it does not exist", abandoned, err)
	}
	if _, err := os.Stat(c.Dir()); err != nil {
		t.Errorf("the folder of a cluster at work is gone: %v", err)
	}
}
