package ceql_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone/internal/ceql"
)

func TestConjunctionTakesOnlyComparisonsJoinedByAnd(t *testing.T) {
	a, b, c := equal("a", ceql.Number("1")), equal("b", ceql.Number("2")), equal("c", ceql.Number("3"))
	tests := map[string]struct {
		where string
		want  []ceql.Comparison // nil if the expression needs more
	}{
		"one comparison":    {"a = 1", []ceql.Comparison{a}},
		"several":           {"a = 1 AND b = 2 AND c = 3", []ceql.Comparison{a, b, c}},
		"groups":            {"a = 1 AND (b = 2 AND c = 3)", []ceql.Comparison{a, b, c}},
		"same field twice":  {"a = 1 AND a = 1", []ceql.Comparison{a, a}},
		"any operator":      {"a != 1", []ceql.Comparison{compare("a", ceql.NotEqual, ceql.Number("1"))}},
		"OR":                {"a = 1 OR b = 2", nil},
		"OR within AND":     {"a = 1 AND (b = 2 OR c = 3)", nil},
		"NOT":               {"NOT a = 1", nil},
		"IN":                {"a = 1 AND b IN (2)", nil},
		"LIKE":              {"a LIKE '1'", nil},
		"CONTAINS":          {"a CONTAINS '1'", nil},
		"IS NULL":           {"a IS NULL", nil},
		"NOT within groups": {"a = 1 AND (b = 2 AND c IS NOT NULL)", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e, err := ceql.Parse(tt.where)
			if err != nil {
				t.Fatalf("Parse(%q): %v", tt.where, err)
			}
			got, ok := ceql.Conjunction(e)
			if ok != (tt.want != nil) {
				t.Errorf("Conjunction = %v, %v, want %v", got, ok, tt.want)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Conjunction differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestConjunctionOfNoClauseNeedsMore(t *testing.T) {
	if got, ok := ceql.Conjunction(nil); ok {
		t.Errorf("Conjunction(nil) = %v, true, want false", got)
	}
}
