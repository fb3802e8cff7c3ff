package engine_test

import (
	"context"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"turnstone/internal/store/engine"
)

// hostile are texts that a vendor can send.
func hostile() []string {
	return []string{"", "report", "\x00", "a\x00b", "\xff\xfe", "caf\xe9", "\xed\xa0\x80", "🐦", "\uFFFD", `\x41`, `{"a":"}`, "'; --", "$1", "%s", "NULL"}
}

func TestNamesOfOthersComeBackByteForByte(t *testing.T) {
	eachEngine(t, func(t *testing.T, db engine.Engine) {
		columns := []engine.Column{{Name: "id"}, {Name: "body", Kind: engine.Text}, {Name: "name", Kind: engine.Exact}}
		next := int64(0)
		rapid.Check(t, func(rt *rapid.T) {
			names := append(hostile(), rapid.SliceOfN(rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }), 0, 40).Draw(rt, "names")...)
			v, want := engine.Values{Columns: columns}, map[int64]string{}
			members := []engine.Verbatim{}
			for _, name := range names {
				next++
				v.Rows = append(v.Rows, []any{next, name, engine.Verbatim(name)})
				want[next] = name
				members = append(members, engine.Verbatim(name))
			}
			first := next - int64(len(names))
			must(t, db, func(ctx context.Context, s *engine.Session) error {
				return s.Insert(ctx, engine.Insertion{Table: "note"}, v)
			})
			got := map[int64]string{}
			_, err := engine.Find(t.Context(), db.Reader(), engine.Lookup[engine.Verbatim]{
				Select: "id, name", From: "note", Where: "id > $1", Arguments: []any{first}, Column: "name", Members: members,
			}, func(row engine.Row) (id int64, err error) {
				var name engine.Verbatim
				err = row.Scan(&id, &name)
				got[id] = string(name)
				return id, err
			})
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				rt.Errorf("Find = %v (-want +got)\n%s", err, diff)
			}
		})
	})
}

// PostgreSQL keeps neither zero bytes nor what is no UTF-8 in a text; it must not
// refuse a message for one.
func TestNoTextIsRefused(t *testing.T) {
	eachEngine(t, func(t *testing.T, db engine.Engine) {
		_, server := db.(*engine.Postgres)
		for id, text := range hostile() {
			want := text
			if server {
				want = engine.Printable(text)
			}
			must(t, db, statement(`INSERT INTO note (id, body) VALUES ($1, $2)`, int64(id), text))
			if got := words(t, db, `SELECT body FROM note WHERE id = $1`, int64(id)); got != want {
				t.Errorf("body = %q, want %q", got, want)
			}
			rows := [][]any{{int64(id + 100), text}}
			must(t, db, func(ctx context.Context, s *engine.Session) error {
				columns := []engine.Column{{Name: "id"}, {Name: "body", Kind: engine.Text}}
				return s.Insert(ctx, engine.Insertion{Table: "note"}, engine.Values{Columns: columns, Rows: rows})
			})
			if got := words(t, db, `SELECT body FROM note WHERE id = $1`, int64(id+100)); got != want {
				t.Errorf("body among several = %q, want %q", got, want)
			}
		}
	})
}

func TestWhatCanBeKeptIsKeptAsItIs(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.String().Draw(rt, "text")
		got := engine.Printable(text)
		if !utf8.ValidString(got) {
			rt.Errorf("Printable(%q) = %q, want UTF-8", text, got)
		}
		for _, r := range text {
			if r == 0 {
				return
			}
		}
		if got != text {
			rt.Errorf("Printable(%q) = %q, want it unchanged", text, got)
		}
	})
}

func TestRowsOfValuesAreJoinedAppliedAndDeleted(t *testing.T) {
	eachEngine(t, func(t *testing.T, db engine.Engine) {
		const rows = 150 // several statements' worth
		given := engine.Values{Columns: []engine.Column{{Name: "id"}, {Name: "n"}}}
		for id := range int64(rows) {
			given.Rows = append(given.Rows, []any{id, id * id})
		}
		must(t, db, func(ctx context.Context, s *engine.Session) error {
			if err := s.Insert(ctx, engine.Insertion{Table: "note", Conflict: "ON CONFLICT DO NOTHING"}, given); err != nil {
				return err
			}
			raised, err := engine.Join(ctx, s, engine.Against{
				Text: `UPDATE note SET n = note.n + v.n FROM %s WHERE note.id = v.id RETURNING note.id`, Values: given,
			}, engine.Number)
			if len(raised) != rows {
				t.Errorf("Join = %d rows, want %d", len(raised), rows)
			}
			if err != nil {
				return err
			}
			return s.Apply(ctx, engine.Against{Text: `UPDATE note SET n = note.n + v.n FROM %s WHERE note.id = v.id`, Values: given})
		})
		if got := number(t, db, `SELECT COUNT(*) FROM note WHERE n = 3 * id * id`); got != rows {
			t.Errorf("%d notes are three times their square, want %d", got, rows)
		}
		found, err := engine.Find(t.Context(), db.Reader(), engine.Lookup[int64]{
			Select: "id", From: "note", Column: "id", Members: []int64{149, 1, 1000, 77},
		}, engine.Number)
		if err != nil || len(found) != 3 {
			t.Errorf("Find = %v, %v, want the three that are there", found, err)
		}
		keys := engine.Values{Columns: given.Columns[:1]}
		for _, row := range given.Rows {
			keys.Rows = append(keys.Rows, row[:1])
		}
		must(t, db, func(ctx context.Context, s *engine.Session) error { return s.Delete(ctx, "note", keys) })
		if got := notes(t, db); len(got) > 0 {
			t.Errorf("notes = %v, want none", got)
		}
	})
}

// Indexing a large table takes longer than any statement of a poll may.
func TestAMigrationHasTheTimeItNeeds(t *testing.T) {
	db := openPostgres(t, shared(t, "&statement_timeout=50"))
	slow := fstest.MapFS{
		"0001_note.sql": {Data: []byte("-- +goose Up\nSELECT 1;")},
		"0002_slow.sql": {Data: []byte("-- +goose Up\nSELECT pg_sleep(0.2);")},
	}
	if err := db.Migrate(t.Context(), slow); err != nil {
		t.Errorf("Migrate = %v, want nil", err)
	}
	if err := db.Write(t.Context(), statement(`SELECT pg_sleep(10)`)); err == nil {
		t.Error("Write = nil, want its statement ended")
	}
}
