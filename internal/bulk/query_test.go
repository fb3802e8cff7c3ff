package bulk_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/bulk"
)

func TestParseReadsQueries(t *testing.T) {
	query := func(resource, where string, fields ...string) turnstone.BulkQuery {
		return turnstone.BulkQuery{Resource: resource, Where: where, Fields: fields}
	}
	tests := map[string]turnstone.BulkQuery{
		"select * from customers":                                  query("customers", ""),
		"SELECT * FROM reports WHERE Name = 'A, from where'":       query("reports", "Name = 'A, from where'"),
		"select id,name , email from contacts":                     query("contacts", "", "id", "name", "email"),
		"select Name, Parent.Name from Account where Name='x'":     query("Account", "Name='x'", "Name", "Parent.Name"),
		"select `a.b`.c, `two words`, `from` from `Custom Object`": query("Custom Object", "", "`a.b`.c", "`two words`", "from"),
		"select ID, ID from reports":                               query("reports", "", "ID"),
		" \nselect\t*\nfrom /lists/7/items\n where a > 1\n":        query("lists/7/items", "a > 1"),
		"select * from x where `meta.date` >= '2026-01-01'":        query("x", "`meta.date` >= '2026-01-01'"),
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			want.Text = text
			got, err := bulk.Parse(text)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("Parse = %v (-want +got)\n%s", err, diff)
			}
		})
	}
}

func TestParseSaysWhereAQueryIsWrong(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"nothing":             {"", "q, column 1: select is expected here"},
		"another statement":   {"delete from reports", `q, column 1: select is expected in place of "delete"`},
		"no list":             {"select from reports", "q, column 8: a member is expected in place of from"},
		"a comma too many":    {"select a, from reports", "q, column 11: a member is expected in place of from"},
		"no comma":            {"select a b from reports", `q, column 10: from is expected in place of "b"`},
		"no resource":         {"select * from", "q, column 14: a name is expected"},
		"an open back-quote":  {"select `a from reports", "q, column 8: a name begins with a back-quote"},
		"an empty back-quote": {"select `` from reports", "q, column 8: a name begins with a back-quote"},
		"an order":            {"select * from reports order by Name", `q, column 23: the query should end here, or go on with where, but there is "order"`},
		"two resources":       {"select * from reports, items", `q, column 24: the query should end here`},
		"no clause":           {"select * from reports where ", "q, column 29: a clause is expected behind where"},
		"a wrong clause":      {"select * from reports where Näme == 'x'", "q, column 34: write = instead of =="},
		"too long":            {"select * from " + strings.Repeat("x", 65<<10), "q: is longer than 65536 bytes"},
		"too many members":    {"select " + manyNames(501) + " from reports", "names more than 500 members; write * for all"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := bulk.Parse(tt.text)
			var wrong *bulk.QueryError
			if !errors.As(err, &wrong) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Parse = %v, want %q", err, tt.want)
			}
		})
	}
}

func manyNames(n int) string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprint("m", i)
	}
	return strings.Join(names, ",")
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"select * from x", "select a.`b c`,d from x/y where a = 'b'", "select `", "select a..b from c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := bulk.Parse(text)
		if err != nil {
			var wrong *bulk.QueryError
			if !errors.As(err, &wrong) || wrong.Column < 0 || wrong.Column > len([]rune(text))+1 {
				t.Fatalf("Parse(%q) = %#v, want a QueryError with a column of the text", text, err)
			}
			return
		}
		again, err := bulk.Parse(strings.TrimSpace(text))
		if err != nil || q.Resource != again.Resource || q.Where != again.Where || !cmp.Equal(q.Fields, again.Fields) {
			t.Fatalf("Parse(%q) = %+v, and without white space %+v, %v", text, q, again, err)
		}
	})
}
