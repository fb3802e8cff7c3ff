package store_test

import (
	"strings"
	"testing"

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
		upgraded(t, db, 2)
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
