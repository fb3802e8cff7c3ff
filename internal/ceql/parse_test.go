package ceql_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone/internal/ceql"
)

// compare is a short way to write a Comparison.
func compare(field string, op ceql.Op, v ceql.Value) ceql.Comparison {
	return ceql.Comparison{Field: field, Op: op, Value: v}
}

func equal(field string, v ceql.Value) ceql.Comparison { return compare(field, ceql.Equal, v) }

func TestParseReadsTheClausesOfPolledURLs(t *testing.T) {
	tests := map[string]struct {
		where string
		want  ceql.Expr
	}{
		"concur reports": {
			"modifiedDateAfter='2017-04-19T05:01:31.463'",
			equal("modifiedDateAfter", ceql.Text("2017-04-19T05:01:31.463")),
		},
		"at or after a date with an offset": {
			"mdate>='2024-05-02T11:45:00+02:00'",
			compare("mdate", ceql.GreaterOrEqual, ceql.Text("2024-05-02T11:45:00+02:00")),
		},
		"epoch without quotes": {
			"lastModifiedDate>1714650300000",
			compare("lastModifiedDate", ceql.Greater, ceql.Number("1714650300000")),
		},
		"epoch in quotes": {
			"lastmodifieddate='1714650300000'",
			equal("lastmodifieddate", ceql.Text("1714650300000")),
		},
		"date without quotes": {
			"LastModifiedDate>=2024-01-01T00:00:00Z",
			compare("LastModifiedDate", ceql.GreaterOrEqual, ceql.Text("2024-01-01T00:00:00Z")),
		},
		"dotted field": {
			"metaData.lastUpdateTime > '2024-05-02'",
			compare("metaData.lastUpdateTime", ceql.Greater, ceql.Text("2024-05-02")),
		},
		"field in single quotes": {
			"'Modified Time'>'2024-05-02T11:45:00'",
			compare("Modified Time", ceql.Greater, ceql.Text("2024-05-02T11:45:00")),
		},
		"change feed": {
			"fetchChanges='true'",
			equal("fetchChanges", ceql.Text("true")),
		},
		"queue of deliveries": {
			"channel='webhook' and status='queued' and config.url='https://example.com/?a=1'",
			ceql.And{
				equal("channel", ceql.Text("webhook")),
				equal("status", ceql.Text("queued")),
				equal("config.url", ceql.Text("https://example.com/?a=1")),
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { wantParse(t, tt.where, tt.want) })
	}
}

func TestParseReadsTheWholeLanguage(t *testing.T) {
	a, b, c := equal("a", ceql.Number("1")), equal("b", ceql.Number("2")), equal("c", ceql.Number("3"))
	tests := map[string]struct {
		where string
		want  ceql.Expr
	}{
		"AND before OR":         {"a=1 OR b=2 AND c=3", ceql.Or{a, ceql.And{b, c}}},
		"OR in parentheses":     {"(a=1 or b=2) and c=3", ceql.And{ceql.Or{a, b}, c}},
		"needless parentheses":  {"((a=1))", a},
		"groups stay apart":     {"(a=1 AND b=2) AND c=3", ceql.And{ceql.And{a, b}, c}},
		"no spaces":             {"(a=1)AND(b=2)", ceql.And{a, b}},
		"NOT before AND":        {"NOT a=1 AND b=2", ceql.And{ceql.Not{Expr: a}, b}},
		"NOT of a group":        {"not(a=1 or b=2)", ceql.Not{Expr: ceql.Or{a, b}}},
		"not equal":             {"a != 'x'", compare("a", ceql.NotEqual, ceql.Text("x"))},
		"less":                  {"a < -12.50", compare("a", ceql.Less, ceql.Number("-12.50"))},
		"less or equal":         {"a<=1e6", compare("a", ceql.LessOrEqual, ceql.Number("1e6"))},
		"truth value":           {"a = TRUE", equal("a", ceql.Bool(true))},
		"bare word":             {"a = open", equal("a", ceql.Text("open"))},
		"number spelled oddly":  {"a = 007.10", equal("a", ceql.Number("007.10"))},
		"LIKE":                  {"a like 'x%'", ceql.Like{Field: "a", Pattern: "x%"}},
		"NOT LIKE":              {"a NOT LIKE '%x'", ceql.Not{Expr: ceql.Like{Field: "a", Pattern: "%x"}}},
		"IN":                    {"a In ('x',2,true)", ceql.In{Field: "a", Values: []ceql.Value{ceql.Text("x"), ceql.Number("2"), ceql.Bool(true)}}},
		"NOT IN":                {"a not in(1)", ceql.Not{Expr: ceql.In{Field: "a", Values: []ceql.Value{ceql.Number("1")}}}},
		"IS NULL":               {"a is null", ceql.IsNull{Field: "a"}},
		"IS NOT NULL":           {"a IS NOT NULL", ceql.Not{Expr: ceql.IsNull{Field: "a"}}},
		"CONTAINS":              {"a Contains 'x'", ceql.Match{Field: "a", Op: ceql.Contains, Text: "x"}},
		"STARTS WITH":           {"a Starts  With 'x'", ceql.Match{Field: "a", Op: ceql.StartsWith, Text: "x"}},
		"NOT ENDS WITH":         {"a Not Ends With 'x'", ceql.Not{Expr: ceql.Match{Field: "a", Op: ceql.EndsWith, Text: "x"}}},
		"field named contains":  {"contains contains 'x'", ceql.Match{Field: "contains", Op: ceql.Contains, Text: "x"}},
		"field in back-quotes":  {"`a ``b`` c` = 1", equal("a `b` c", ceql.Number("1"))},
		"field in double":       {`"a b" = 1`, equal("a b", ceql.Number("1"))},
		"keyword as field":      {"`in` = 1", equal("in", ceql.Number("1"))},
		"keyword within a path": {"not.in = 1", equal("not.in", ceql.Number("1"))},
		"quoted dots are dots":  {"`a.b` = 1", equal("a.b", ceql.Number("1"))},
		"letters of any script": {"größe = 'süß'", equal("größe", ceql.Text("süß"))},
		"doubled quote":         {"a = 'O''Brien'", equal("a", ceql.Text("O'Brien"))},
		"escaped quote":         {`a = 'O\'Brien'`, equal("a", ceql.Text("O'Brien"))},
		"doubled backslash":     {`a = 'C:\temp\\'`, equal("a", ceql.Text(`C:\temp\`))},
		"curly quote in a text": {"a = 'O’Brien'", equal("a", ceql.Text("O’Brien"))},
		"empty text":            {"a = ''", equal("a", ceql.Text(""))},
		"keyword in a text":     {"a = 'x AND b = 2'", equal("a", ceql.Text("x AND b = 2"))},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { wantParse(t, tt.where, tt.want) })
	}
}

func TestParseReadsLongFlatClauses(t *testing.T) {
	where := "a=1" + strings.Repeat(" AND a=1", (ceql.MaxLength-3)/8)
	e, err := ceql.Parse(where)
	if err != nil {
		t.Fatalf("Parse of %d bytes: %v", len(where), err)
	}
	if got, want := len(e.(ceql.And)), 1+(ceql.MaxLength-3)/8; got != want {
		t.Errorf("Parse gives %d terms, want %d", got, want)
	}
}

func TestParseReadsNestingUpToTheLimit(t *testing.T) {
	where := strings.Repeat("(", ceql.MaxDepth) + "a=1" + strings.Repeat(")", ceql.MaxDepth)
	wantParse(t, where+" OR "+where, ceql.Or{equal("a", ceql.Number("1")), equal("a", ceql.Number("1"))})
}

func wantParse(t *testing.T, where string, want ceql.Expr) {
	t.Helper()
	got, err := ceql.Parse(where)
	if err != nil {
		t.Fatalf("Parse(%q): %v", where, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Parse(%q) differs (-want +got):\n%s", where, diff)
	}
}
