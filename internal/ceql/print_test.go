package ceql_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"turnstone/internal/ceql"
)

func TestStringIsCanonical(t *testing.T) {
	tests := map[string]struct{ where, want string }{
		"spaces and case":      {"a>=1 and( b='x' )", "a >= 1 AND b = 'x'"},
		"kept parentheses":     {"(a=1 or b=2) and c=3", "(a = 1 OR b = 2) AND c = 3"},
		"needless parentheses": {"(a=1 and b=2) or c=3", "a = 1 AND b = 2 OR c = 3"},
		"group of one kind":    {"(a=1 or b=2) or c=3", "(a = 1 OR b = 2) OR c = 3"},
		"NOT of a group":       {"not (a=1 and b=2)", "NOT (a = 1 AND b = 2)"},
		"NOT of a comparison":  {"not a=1", "NOT a = 1"},
		"double NOT":           {"not a not like 'x'", "NOT a NOT LIKE 'x'"},
		"NOT moves inside":     {"not a in (1, 2)", "a NOT IN (1, 2)"},
		"IS NOT NULL":          {"not a is null", "a IS NOT NULL"},
		"match":                {"a not starts with x", "a NOT STARTS WITH 'x'"},
		"quoted field":         {"'Modified Time'>2024-05-02", "`Modified Time` > '2024-05-02'"},
		"needless quotes":      {"`a.b` = 1", "a.b = 1"},
		"keyword as field":     {"`Like` like 'x'", "`Like` LIKE 'x'"},
		"quotes in a text":     {`a = 'it\'s \ \\'`, `a = 'it''s \\ \\'`},
		"number as written":    {"a = +007.10", "a = +007.10"},
		"truth value":          {"a = FALSE", "a = false"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e, err := ceql.Parse(tt.where)
			if err != nil {
				t.Fatalf("Parse(%q): %v", tt.where, err)
			}
			if got := e.String(); got != tt.want {
				t.Errorf("String = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestNullValuePrintsAsItsKeyword(t *testing.T) {
	if got := (ceql.Value{}).String(); got != "NULL" {
		t.Errorf("String = %s, want NULL", got)
	}
}

func TestPrintedExpressionsParseToThemselves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := expressions(4).Draw(t, "expression")
		got, err := ceql.Parse(want.String())
		if err != nil {
			t.Fatalf("Parse(%q): %v", want, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Parse(%q) differs (-want +got):\n%s", want, diff)
		}
	})
}

// expressions generates well-formed expressions of at most the given depth.
func expressions(depth int) *rapid.Generator[ceql.Expr] {
	if depth == 0 {
		return tests()
	}
	inner := rapid.Deferred(func() *rapid.Generator[ceql.Expr] { return expressions(depth - 1) })
	terms := rapid.SliceOfN(inner, 2, 4)
	return rapid.OneOf(
		tests(),
		rapid.Map(terms, func(e []ceql.Expr) ceql.Expr { return ceql.And(e) }),
		rapid.Map(terms, func(e []ceql.Expr) ceql.Expr { return ceql.Or(e) }),
		rapid.Map(inner, func(e ceql.Expr) ceql.Expr { return ceql.Not{Expr: e} }),
	)
}

// tests generates tests of one field.
func tests() *rapid.Generator[ceql.Expr] {
	return rapid.Custom(func(t *rapid.T) ceql.Expr {
		field, text := fields().Draw(t, "field"), texts().Draw(t, "text")
		op := rapid.SampledFrom([]ceql.Op{
			ceql.Equal, ceql.NotEqual, ceql.Less, ceql.LessOrEqual, ceql.Greater, ceql.GreaterOrEqual,
		}).Draw(t, "operator")
		match := rapid.SampledFrom([]ceql.MatchOp{ceql.Contains, ceql.StartsWith, ceql.EndsWith}).Draw(t, "match")
		values := rapid.SliceOfN(values(), 1, 4).Draw(t, "values")
		return rapid.SampledFrom([]ceql.Expr{
			ceql.Comparison{Field: field, Op: op, Value: values[0]},
			ceql.In{Field: field, Values: values},
			ceql.Like{Field: field, Pattern: text},
			ceql.Match{Field: field, Op: match, Text: text},
			ceql.IsNull{Field: field},
		}).Draw(t, "test")
	})
}

func fields() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"ID", "metaData.lastUpdateTime", "Modified Time", "not", "IN", "contains", "a..b", ".", "2fa"}),
		rapid.StringN(1, 12, -1),
	)
}

// texts favours the characters that end or escape a text.
func texts() *rapid.Generator[string] {
	return rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("a %'\\\"`’"))))
}

func values() *rapid.Generator[ceql.Value] {
	return rapid.OneOf(
		rapid.Map(texts(), ceql.Text),
		rapid.Map(decimals(), ceql.Number),
		rapid.Map(rapid.Bool(), ceql.Bool),
	)
}

// decimals generates spellings of numbers, negative as often as not.
func decimals() *rapid.Generator[string] {
	unsigned := rapid.StringMatching(`(0{0,2}[0-9]{1,3}(\.[0-9]{0,3})?|\.[0-9]{1,3})([eE][+-]?[0-9]{1,2})?`)
	return rapid.Custom(func(t *rapid.T) string {
		sign := rapid.SampledFrom([]string{"-", "-", "", "+"}).Draw(t, "sign")
		return sign + unsigned.Draw(t, "unsigned")
	})
}
