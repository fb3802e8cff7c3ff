package ceql_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"turnstone/internal/ceql"
)

func TestTermsAreWhatAllMustHold(t *testing.T) {
	tests := map[string][]string{
		"a = 1":                              {"a = 1"},
		"a = 1 AND b = 2":                    {"a = 1", "b = 2"},
		"a = 1 AND (b = 2 AND NOT c = 3)":    {"a = 1", "b = 2", "NOT c = 3"},
		"a = 1 AND (b = 2 OR c = 3)":         {"a = 1", "b = 2 OR c = 3"},
		"a = 1 OR b = 2 AND c = 3":           {"a = 1 OR b = 2 AND c = 3"},
		"NOT (a = 1 AND b = 2) AND c LIKE x": {"NOT (a = 1 AND b = 2)", "c LIKE 'x'"},
	}
	for where, want := range tests {
		t.Run(where, func(t *testing.T) {
			e, err := ceql.Parse(where)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, term := range ceql.Terms(e) {
				got = append(got, term.String())
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Terms differ (-want +got):\n%s", diff)
			}
		})
	}
	if terms := ceql.Terms(nil); terms != nil || ceql.All(terms) != nil {
		t.Errorf("Terms(nil) = %v, want none, and no expression of them", terms)
	}
}

// Who divides an expression and evaluates both parts must get what it means.
func TestTermsTogetherMeanTheExpression(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := expressions(3).Draw(t, "expression")
		record := map[string]ceql.Value{}
		for _, name := range ceql.Fields(e) {
			record[name] = rapid.SampledFrom([]ceql.Value{{}, ceql.Number("1"), ceql.Text("a"), ceql.Bool(true)}).Draw(t, name)
		}
		terms := ceql.Terms(e)
		at := rapid.IntRange(0, len(terms)).Draw(t, "at")
		divided := ceql.Eval(ceql.All(terms[:at]), fieldOf(record)) && ceql.Eval(ceql.All(terms[at:]), fieldOf(record))
		if whole := ceql.Eval(e, fieldOf(record)); divided != whole {
			t.Errorf("the parts of %s give %v, and the whole %v", e, divided, whole)
		}
	})
}

func TestFieldsAreNamedOnceInTheirOrder(t *testing.T) {
	e, err := ceql.Parse("b = 1 AND (a IN (2) OR NOT c LIKE x) AND d CONTAINS y AND e IS NULL AND a > 3")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := ceql.Fields(e), []string{"b", "a", "c", "d", "e"}; !slices.Equal(got, want) {
		t.Errorf("Fields = %v, want %v", got, want)
	}
}

func TestColumnsPointToTheTestsOfAField(t *testing.T) {
	tests := map[string]struct {
		where, field string
		want         []int
	}{
		"once":        {"a = 1", "a", []int{1}},
		"twice":       {"a = 1 AND  (b = 'a = 2' OR a IS NULL)", "a", []int{1, 28}},
		"quoted":      {"  `a.b` = 1", "a.b", []int{3}},
		"behind NOT":  {"NOT a = 1", "a", []int{5}},
		"characters":  {"'ü' = 'ü' AND a = 1", "a", []int{15}},
		"not there":   {"a = 1", "b", nil},
		"no sentence": {"a = 1 AND", "a", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := ceql.Columns(tt.where, tt.field); !slices.Equal(got, tt.want) {
				t.Errorf("Columns = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestCompareIsATotalOrder(t *testing.T) {
	sorted := []ceql.Value{
		ceql.Number("-1e3"), ceql.Number("9.50"), ceql.Number("10"), ceql.Text(""), ceql.Text("10"), ceql.Text("9"), ceql.Text("a"),
		ceql.Bool(false), ceql.Bool(true),
		{},
	}
	for i, a := range sorted {
		for j, b := range sorted {
			if got := ceql.Compare(a, b); got < 0 != (i < j) || got > 0 != (i > j) {
				t.Errorf("Compare(%v, %v) = %d, want the sign of %d", a, b, got, i-j)
			}
		}
	}
	if got := ceql.Compare(ceql.Number("9.5"), ceql.Number("9.50")); got != 0 {
		t.Errorf("Compare(9.5, 9.50) = %d, want 0", got)
	}
}
