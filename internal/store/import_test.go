package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"turnstone"
	"turnstone/internal/seal"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

// isEmpty fails the test unless there is nothing in the database.
func isEmpty(t *testing.T, db *store.DB) {
	t.Helper()
	for table, n := range rows(t, db, movedTables()...) {
		if n != 0 {
			t.Errorf("there are %d rows in %s, want none", n, table)
		}
	}
}

func TestABadExportChangesNothing(t *testing.T) {
	schema := func(version int) string { return fmt.Sprintf(`"schema":%d`, version) }
	ours := newest(t)
	tests := map[string]struct {
		spoil func(good string) string
		want  string
	}{
		"nothing":         {func(string) string { return "" }, "cut off"},
		"a dump of SQL":   {func(string) string { return "-- PostgreSQL database dump\n" }, "not what turnstone export writes"},
		"cut off":         {func(good string) string { return good[:len(good)*9/10] }, "cut off"},
		"without its end": {func(good string) string { return good[:strings.LastIndex(good[:len(good)-1], "\n")+1] }, "cut off"},
		"edited":          {func(good string) string { return strings.Replace(good, "Account 1", "Account 2", 1) }, "edited or damaged"},
		"a row removed": {func(good string) string {
			from, to := strings.Index(good, "[1,1,1,\"concur"), strings.Index(good, "[2,2,2,\"concur")
			return good[:from] + good[to:]
		}, "up to line"}, // others refer to it
		"of the release before": {func(good string) string { return strings.Replace(good, schema(ours), schema(2), 1) }, fmt.Sprintf("tables of version 2, and this program %d: import it with turnstone v1.2.0", ours)},
		"of a later release":    {func(good string) string { return strings.Replace(good, schema(ours), schema(ours+1), 1) }, fmt.Sprintf("tables of version %d", ours+1)},
		"another table":         {func(good string) string { return strings.Replace(good, `"table":"poll"`, `"table":"pole"`, 1) }, "here should be table poll"},
		"another column":        {func(good string) string { return strings.Replace(good, `"event_key"`, `"events_key"`, 1) }, "here should be table event"},
		"one more table": {func(good string) string {
			last := strings.LastIndex(good[:len(good)-1], "\n") + 1
			return good[:last] + `{"table":"more","columns":["id"]}` + "\n" + good[last:]
		}, `there is no table "more"`},
		"text for a number": {func(good string) string { return strings.Replace(good, `[1,"Account 1"`, `["1","Account 1"`, 1) }, "column id: a string does not belong there"},
		"a number for text": {func(good string) string { return strings.Replace(good, `"Account 1"`, `1`, 1) }, "column name: a int64 does not belong there"},
		"a broken reference": {func(good string) string {
			return strings.Replace(good, `[1,1,1,"concur"`, `[1,7,1,"concur"`, 1)
		}, "insert into instance"},
		"a secret of another row": {func(good string) string { return strings.Replace(good, `[1,"Account 1"`, `[2,"Account 1"`, 1) }, "open account/2/secret"},
	}
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		target := open()
		source := storetest.OpenAt(t, t.TempDir())
		fill(t, source)
		sameKeys := target.WithSealer(source)
		good := string(exported(t, source))
		for _, name := range slices.Sorted(maps.Keys(tests)) {
			bad := tests[name].spoil(good)
			if bad == good {
				t.Fatalf("%s: the export is not spoilt", name)
			}
			_, err := sameKeys.Import(t.Context(), strings.NewReader(bad), nil)
			if err == nil || !strings.Contains(err.Error(), tests[name].want) {
				t.Errorf("%s: Import = %v, want %q in it", name, err, tests[name].want)
			}
			isEmpty(t, target)
		}
		imported(t, sameKeys, []byte(good)) // what failed is in nobody's way
	})
}

func TestAnotherKeyRingImportsNothing(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		source, target := storetest.OpenAt(t, t.TempDir()), open()
		storetest.Instance(t, source, 1)
		_, err := target.Import(t.Context(), bytes.NewReader(exported(t, source)), nil)
		if !errors.Is(err, seal.ErrUnsealable) || !strings.Contains(err.Error(), "account/1/secret") {
			t.Errorf("Import = %v, want seal.ErrUnsealable", err)
		}
		isEmpty(t, target)
	})
}

func TestAnImportIntoAnInstallationIsRefused(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		storetest.Instance(t, db, 1)
		before := exported(t, db)
		_, err := db.Import(t.Context(), bytes.NewReader(before), nil)
		if !errors.Is(err, turnstone.ErrConflict) || !strings.Contains(err.Error(), "import into a new database") {
			t.Errorf("Import = %v, want turnstone.ErrConflict and what to do", err)
		}
		if got := exported(t, db); body(got) != body(before) {
			t.Errorf("the refused import left %s, want %s", body(got), body(before))
		}
	})
}

func TestAnImportThatIsStoppedLeavesNothing(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		source, target := storetest.OpenAt(t, t.TempDir()), open()
		storetest.Instance(t, source, 1)
		commit(t, source, claimPoller(t, source, lease), page(t, source, 2500))
		ctx, cancel := context.WithCancel(t.Context())
		_, err := target.WithSealer(source).Import(ctx, bytes.NewReader(exported(t, source)), func(table string, rows int64) {
			if table == "version" && rows == 1000 {
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Import = %v, want context.Canceled", err)
		}
		isEmpty(t, target)
	})
}

func TestAnExportFromAfterTheNextReleaseMigratedIsRefused(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		upgraded(t, db, newest(t))
		_, err := db.Export(t.Context(), &bytes.Buffer{}, store.ExportOptions{})
		want := fmt.Sprintf("its schema is 9999, this program knows %d): use that program", newest(t))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Export = %v, want the newer program asked for", err)
		}
	})
}
