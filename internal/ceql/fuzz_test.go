package ceql_test

import (
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"turnstone/internal/ceql"
)

func FuzzParse(f *testing.F) {
	for _, where := range []string{
		"modifiedDateAfter='2017-04-19T05:01:31.463'",
		"'Modified Time'>2024-05-02T11:45:00Z and \"x y\"<='a'",
		"(a=1 or not `b``c`!=-2.5e-3) and c in('x', true)",
		`a not like '%it''s \'\\%' or b is not null`,
		"a not starts with ‘x’",
		"((((",
	} {
		f.Add(where)
	}
	f.Fuzz(func(t *testing.T, where string) {
		e, err := ceql.Parse(where)
		if err != nil {
			wantSyntaxError(t, where, err)
			return
		}
		printed := e.String()
		if len(printed) > ceql.MaxLength {
			return // quoting may lengthen a clause that was just short enough
		}
		again, err := ceql.Parse(printed)
		if err != nil {
			t.Fatalf("Parse(%q), printed from %q: %v", printed, where, err)
		}
		if diff := cmp.Diff(e, again); diff != "" {
			t.Errorf("Parse(%q) differs from what printed it (-want +got):\n%s", printed, diff)
		}
		null := func(string) ceql.Value { return ceql.Value{} }
		if ceql.Eval(e, null) == ceql.Eval(ceql.Not{Expr: e}, null) {
			t.Errorf("Eval(%s) is the same as that of its opposite", e)
		}
	})
}

func wantSyntaxError(t *testing.T, where string, err error) {
	t.Helper()
	var problem *ceql.SyntaxError
	if !errors.As(err, &problem) {
		t.Fatalf("Parse(%q): %v, want a SyntaxError", where, err)
	}
	if end := utf8.RuneCountInString(where) + 1; problem.Column < 1 || problem.Column > end {
		t.Errorf("Parse(%q): column %d, want 1 to %d", where, problem.Column, end)
	}
	if problem.Problem == "" || problem.Error() == "" {
		t.Errorf("Parse(%q) says nothing about its error", where)
	}
}
