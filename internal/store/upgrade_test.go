package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

// upgraded makes a database what the next release would make of it: new tables, and
// columns that its own statements fill. Oldest is the oldest program it serves.
func upgraded(t *testing.T, db *store.DB, oldest int) {
	t.Helper()
	err := db.Write(t.Context(), func(exec func(string, ...any) error) error {
		for _, text := range []string{
			`INSERT INTO migration (version_id, is_applied) VALUES (9999, $1)`,
			`CREATE TABLE next_release (id INTEGER PRIMARY KEY)`,
			`ALTER TABLE poller ADD COLUMN next_release TEXT NOT NULL DEFAULT ''`,
			`ALTER TABLE version ADD COLUMN next_release INTEGER NOT NULL DEFAULT 0`,
			`ALTER TABLE event ADD COLUMN next_release INTEGER NOT NULL DEFAULT 0`,
			`ALTER TABLE destination ADD COLUMN next_release INTEGER NOT NULL DEFAULT 0`,
			`ALTER TABLE delivery ADD COLUMN next_release INTEGER NOT NULL DEFAULT 0`,
			`ALTER TABLE attempt ADD COLUMN next_release INTEGER NOT NULL DEFAULT 0`,
		} {
			args := []any{}
			if strings.Contains(text, "$1") {
				args = append(args, true)
			}
			if err := exec(text, args...); err != nil {
				return err
			}
		}
		return exec(`UPDATE compatibility SET oldest = $1`, oldest)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// In a rolling upgrade the first node of the new release migrates, and the others go
// on; one of them may even have to start again.
func TestANodeOfThisReleaseWorksOnAfterTheNextOneMigrated(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		polling := claimPoller(t, db, lease)
		commit(t, db, polling, page(t, db, 3))
		upgraded(t, db, 3)
		commit(t, db, polling, ended(page(t, db, 3)))
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}

		db = open()
		l := claimDestination(t, db, lease)
		ids := owed(t, db, l)
		if len(ids) != 6 {
			t.Errorf("owed = %v, want the events from before and after", ids)
		}
		settle(t, db, l, active(made(ids...)...))
		if got := poller(t, db, i); got.LastGoodAt.IsZero() {
			t.Errorf("Poller = %+v, want the poll that ended after the migration", got)
		}
	})
}

// novelties are the columns that the third schema added, each with what it says of a row
// that was there.
func novelties() [][3]string {
	return [][3]string{
		{"account", "failure_policy", "'retry'"},
		{"instance", "split_ops", "FALSE"},
		{"poller", "max_interval", "0"},
		{"poller", "memo", "'{}'"},
		{"version", "mapping", "0"},
		{"version", "census", "0"},
		{"version", "gone_at", "0"},
		{"poll", "deleted", "0"},
		{"poll", "details", "'{}'"},
		{"event", "format", "''"},
		{"destination", "main", "TRUE"},
		{"destination", "filter", "''"},
		{"destination", "limits", "'{}'"},
		{"destination", "handshake", "'{}'"},
		{"destination", "created_at", "0"},
		{"destination", "queued", "0"},
	}
}

// run runs statements in one transaction.
func run(t *testing.T, db *store.DB, texts ...string) {
	t.Helper()
	err := db.Write(t.Context(), func(exec func(string, ...any) error) error {
		for _, text := range texts {
			if err := exec(text); err != nil {
				return fmt.Errorf("%s: %w", text, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The database of the release before is made by taking away what this one added.
func TestADatabaseOfTheReleaseBeforeIsBroughtUpToDate(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		first := fill(t, db)
		run(t, db, `DELETE FROM record`, `DELETE FROM sighting`)
		for _, n := range novelties() {
			run(t, db, fmt.Sprintf(`UPDATE %s SET %s = %s`, n[0], n[1], n[2]))
		}
		want, columns := body(exported(t, db)), sortedColumns(t, db)
		run(t, db, `DROP TABLE record`, `DROP TABLE sighting`, `DROP INDEX version_gone`, `DROP INDEX destination_queued`,
			`DELETE FROM migration WHERE version_id = 3`, `UPDATE compatibility SET oldest = 2`)
		for _, n := range novelties() {
			run(t, db, fmt.Sprintf(`ALTER TABLE %s DROP COLUMN %s`, n[0], n[1]))
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}

		db = open()
		if diff := cmp.Diff(columns, sortedColumns(t, db)); diff != "" {
			t.Errorf("columns (-want +got)\n%s", diff)
		}
		if diff := cmp.Diff(want, body(exported(t, db))); diff != "" {
			t.Errorf("exported (-before +after):\n%s", diff)
		}
		if p := poller(t, db, first); p.Cursor.IsZero() || p.Memo.Census != 0 {
			t.Errorf("poller = %+v, want it to go on with an empty memo", p)
		}
		storetest.Instance(t, db, 9)
		leases, err := db.ClaimPollers(t.Context(), 10, lease)
		if err != nil || len(leases) == 0 {
			t.Fatalf("ClaimPollers = %d, %v, want that of the new instance", len(leases), err)
		}
		for _, l := range leases {
			commit(t, db, l, ended(explained(page(t, db, 3), oddID)))
		}
	})
}

// sortedColumns returns the columns of all tables, by name.
func sortedColumns(t *testing.T, db *store.DB) []string {
	t.Helper()
	columns, err := db.Columns(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(columns)
	return columns
}

func TestADatabaseThatServesOnlyNewerProgramsIsRefused(t *testing.T) {
	dir := t.TempDir()
	db := storetest.OpenAt(t, dir)
	upgraded(t, db, 9999)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	err := tryOpen(t, dir)
	if err == nil || !strings.Contains(err.Error(), "newer turnstone (its schema is 9999") {
		t.Errorf("Open = %v, want the newer schema refused", err)
	}
}
