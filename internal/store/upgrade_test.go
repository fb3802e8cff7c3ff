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
		upgraded(t, db, newest(t))
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

// newest returns the schema that this program knows.
func newest(t *testing.T) int {
	t.Helper()
	version, err := store.NewestMigration()
	if err != nil {
		t.Fatal(err)
	}
	return int(version)
}

// novelties are the columns that this release added to tables that were there, each with
// what it says of a row of then. No account and no user of the test has an old secret, and
// the two databases have no word in common for that.
func novelties() [][3]string {
	return [][3]string{
		{"account", "limits", "'{}'"},
		{"account", "old_lookup", "old_lookup"},
		{"account", "old_until", "0"},
		{"account_user", "old_lookup", "old_lookup"},
		{"account_user", "old_until", "0"},
		{"account_user", "role", "'admin'"},
		{"account_user", "revoked_at", "0"},
		{"instance", "old_token_lookup", "(SELECT old_lookup FROM account ORDER BY id LIMIT 1)"},
		{"instance", "old_token_until", "0"},
		{"poller", "woken_at", "0"},
		{"poller", "waking_at", "0"},
		{"poller", "rest_until", "0"},
	}
}

// additions are the tables that this release added.
func additions() []string {
	return []string{
		"definition", "webhook_finder", "webhook", "object_definition", "transformation", "journal",
		"bulk_page", "bulk_job", "notification", "event_mark", "session",
	}
}

// oldSchema is the newest migration of the release before.
const oldSchema = 3

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
		for _, table := range additions() {
			run(t, db, `DELETE FROM `+table)
		}
		for _, n := range novelties() {
			run(t, db, fmt.Sprintf(`UPDATE %s SET %s = %s`, n[0], n[1], n[2]))
		}
		want, columns := body(exported(t, db)), sortedColumns(t, db)
		run(t, db, `DROP INDEX account_old`, `DROP INDEX account_user_old`, `DROP INDEX account_user_account`, `DROP INDEX instance_old_token`,
			`DROP INDEX event_made`, `CREATE INDEX event_created ON event (created_at)`,
			fmt.Sprintf(`DELETE FROM migration WHERE version_id > %d`, oldSchema),
			fmt.Sprintf(`UPDATE compatibility SET oldest = %d`, oldSchema))
		for _, table := range additions() {
			run(t, db, `DROP TABLE `+table)
		}
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
		if p := poller(t, db, first); p.Cursor.IsZero() {
			t.Errorf("poller = %+v, want it to go on where it was", p)
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
