package app_test

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/app"
	"turnstone/internal/concursim"
	"turnstone/internal/store/storetest"
)

// moved takes an installation to another place, by way of a file, with its key ring.
func moved(t *testing.T, from, to app.Storage) {
	t.Helper()
	keys, err := os.ReadFile(from.KeyFile())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to.KeyFile(), keys, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "export"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // read to its end
	m := app.Move{Program: "v1.2.0", Log: slog.New(slog.DiscardHandler)}
	done, err := from.Export(t.Context(), file, m)
	if err != nil || done.Leases != 0 {
		t.Fatalf("Export = %+v, %v, want no lease after a stop", done, err)
	}
	if _, err := file.Seek(0, 0); err != nil {
		t.Fatal(err)
	}
	if n, err := to.Import(t.Context(), file, m); err != nil || n != done.Rows {
		t.Fatalf("Import = %d, %v, want the %d rows exported", n, err, done.Rows)
	}
}

func TestAServiceThatMovesMissesAndRepeatsNothing(t *testing.T) {
	lite := func(t *testing.T) app.Storage { return app.Storage{Data: t.TempDir()} }
	postgres := func(t *testing.T) app.Storage {
		return app.Storage{Data: t.TempDir(), Database: turnstone.Secret(storetest.Postgres(t))}
	}
	tests := map[string]struct {
		from, to func(t *testing.T) app.Storage
	}{
		"sqlite to postgres": {lite, postgres},
		"postgres to sqlite": {postgres, lite},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from, to := tt.from(t), tt.to(t)
			f := newFleet(t, concursim.Options{Seed: 13, Companies: 5, Reports: 25, Rate: 40}, nil)
			before := start(t, from)
			connect(t, f, before.URL, 4*time.Second)
			stop(t, before)
			if err := f.Live(t.Context(), time.Second); err != nil {
				t.Fatal(err)
			}
			moved(t, from, to)
			start(t, to)
			if err := f.Live(t.Context(), 4*time.Second); err != nil {
				t.Fatal(err)
			}
			r := settle(t, f, time.Hour) // while it moved, only what is shown to the end is owed
			check(t, r)
			if r.Repeats != 0 {
				t.Errorf("Repeats = %d, want none: the stop was a graceful one", r.Repeats)
			}
		})
	}
}

// A ring that was made for a database that has one, or that was not there, would be of
// no use, and look like one.
func TestNoKeyRingIsMadeInVain(t *testing.T) {
	url, first := storetest.Postgres(t), t.TempDir()
	c := bare(first)
	c.Database = turnstone.Secret(url)
	started(t, c)
	for name, database := range map[string]string{
		"the database has one":        url,
		"the database is not reached": "postgres://user:hidden@127.0.0.1:1/none",
	} {
		t.Run(name, func(t *testing.T) {
			c := bare(t.TempDir())
			c.Database = turnstone.Secret(database)
			if _, err := app.Start(t.Context(), c, quiet()); err == nil || strings.Contains(err.Error(), "hidden") {
				t.Errorf("Start = %v, want an error without the password", err)
			}
			if _, err := os.Stat(filepath.Join(c.Data, "keys")); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("keys: %v, want no such file", err)
			}
		})
	}
}

func TestAMoveMakesNoKeyRingAndNoInstallation(t *testing.T) {
	data := t.TempDir()
	s, m := app.Storage{Data: data}, app.Move{Log: slog.New(slog.DiscardHandler)}
	if _, err := s.Export(t.Context(), nil, m); err == nil || !strings.Contains(err.Error(), "name the data directory with --data") {
		t.Errorf("Export = %v, want what to do", err)
	}
	if _, err := s.Import(t.Context(), strings.NewReader(""), m); err == nil || !strings.Contains(err.Error(), "there is no key ring") {
		t.Errorf("Import = %v, want the key ring asked for", err)
	}
	if left, err := os.ReadDir(data); err != nil || len(left) != 0 {
		t.Errorf("there is %v, %v, want nothing", left, err)
	}
}
