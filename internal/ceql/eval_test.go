package ceql_test

import (
	"math/big"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"turnstone/internal/ceql"
)

// report is a record with a field of each kind.
var report = map[string]ceql.Value{
	"ID":               ceql.Text("R1"),
	"Name":             ceql.Text("Trip to Köln"),
	"Total":            ceql.Number("100.50"),
	"Quoted":           ceql.Text("100.5"),
	"Long":             ceql.Number("9007199254740993"),
	"HasException":     ceql.Bool(false),
	"Billable":         ceql.Text("True"),
	"PaidDate":         {},
	"LastModifiedDate": ceql.Text("2024-05-02T11:45:00.000"),
	"Owner.Login":      ceql.Text("ada@example.com"),
}

func fieldOf(record map[string]ceql.Value) func(string) ceql.Value {
	return func(path string) ceql.Value { return record[path] }
}

func TestEvalComparesByKind(t *testing.T) {
	wantEval(t, map[string]bool{
		"ID = 'R1'":                          true,
		"ID = 'r1'":                          false,
		"ID != 'R1'":                         false,
		"ID = R1":                            true,
		"ID > 'Q'":                           true,
		"ID < 'a'":                           true,
		"Owner.Login = 'ada@example.com'":    true,
		"LastModifiedDate > '2024-05-02'":    true,
		"LastModifiedDate >= '2024-05-03'":   false,
		"Total = 100.5":                      true,
		"Total = 1.005e2":                    true,
		"Total = '100.500'":                  true,
		"Total >= 100.50":                    true,
		"Total <= 100.50":                    true,
		"Total > 99":                         true,
		"Total < 99":                         false,
		"Total > -1000":                      true,
		"Total < 1e1000000000000000000000":   true,
		"Total > 1e-1000000000000000000000":  true,
		"Total > '99 EUR'":                   false,
		"Total < '99 EUR'":                   false,
		"Total != '99 EUR'":                  true,
		"Quoted = 100.50":                    true,
		"Quoted = '100.50'":                  false,
		"Quoted > '99'":                      false,
		"Quoted > 99":                        true,
		"Long = 9007199254740993":            true,
		"Long = 9007199254740992":            false,
		"HasException = false":               true,
		"HasException = 'FALSE'":             true,
		"HasException != true":               true,
		"HasException < true":                true,
		"HasException = 0":                   false,
		"HasException = 'no'":                false,
		"Billable = true":                    true,
		"Billable = 'true'":                  false,
		"ID IN ('R0', 'R1')":                 true,
		"ID IN ('R0', 'R2')":                 false,
		"ID NOT IN ('R0', 'R2')":             true,
		"Total IN (1, '100.5')":              true,
		"ID = 'R1' AND Total = 1":            false,
		"ID = 'R1' AND Total = 100.5":        true,
		"ID = 'R2' OR Total = 100.5":         true,
		"ID = 'R2' OR Total = 1":             false,
		"NOT (ID = 'R2' OR Total = 1)":       true,
		"ID='R1' OR ID='R2' AND Total=1":     true,
		"(ID='R1' OR ID='R2') AND Total = 1": false,
	})
}

func TestEvalOfNullAndMissingFields(t *testing.T) {
	for _, field := range []string{"PaidDate", "NoSuchField"} {
		clauses := map[string]bool{
			"{} = ''":              false,
			"{} = 0":               false,
			"{} = false":           false,
			"{} < 'z'":             false,
			"{} >= ''":             false,
			"{} != ''":             true,
			"{} IN ('')":           false,
			"{} NOT IN ('')":       true,
			"{} LIKE '%'":          false,
			"{} NOT LIKE '%'":      true,
			"{} CONTAINS ''":       false,
			"{} NOT CONTAINS ''":   true,
			"{} IS NULL":           true,
			"{} IS NOT NULL":       false,
			"NOT {} = ''":          true,
			"{} = '' OR ID = 'R1'": true,
		}
		for clause, want := range clauses {
			wantEval(t, map[string]bool{strings.ReplaceAll(clause, "{}", field): want})
		}
	}
}

func TestEvalMatchesTextWithoutRegardToCase(t *testing.T) {
	wantEval(t, map[string]bool{
		"Name LIKE 'trip%'":           true,
		"Name LIKE '%KÖLN'":           true,
		"Name LIKE '%to%'":            true,
		"Name LIKE 'Trip to Köln'":    true,
		"Name LIKE 'Trip%to%Köln'":    true,
		"Name LIKE '%'":               true,
		"Name LIKE 'Trip'":            false,
		"Name LIKE '%Trip'":           false,
		"Name LIKE 'Trip to Köln%n'":  false,
		"Name LIKE '%t%t%'":           true,
		"Name LIKE '%t%t%t%'":         false,
		"Name LIKE '%Köln%Trip%'":     false,
		"Name LIKE 'Trip to%to Köln'": false,
		"Name LIKE 'T_ip%'":           false,
		"Name NOT LIKE 'Trip'":        true,
		"Total LIKE '100%'":           true,
		"HasException LIKE 'f%'":      true,
		"Name CONTAINS 'TO'":          true,
		"Name CONTAINS '%'":           false,
		"Name NOT CONTAINS 'from'":    true,
		"Name STARTS WITH 'trip'":     true,
		"Name STARTS WITH 'to'":       false,
		"Name ENDS WITH 'köln'":       true,
		"Name NOT ENDS WITH 'trip'":   true,
		"Name IS NULL":                false,
	})
}

func wantEval(t *testing.T, clauses map[string]bool) {
	t.Helper()
	for where, want := range clauses {
		e, err := ceql.Parse(where)
		if err != nil {
			t.Errorf("Parse(%q): %v", where, err)
			continue
		}
		if got := ceql.Eval(e, fieldOf(report)); got != want {
			t.Errorf("Eval(%s) = %v, want %v", where, got, want)
		}
	}
}

func TestEveryRecordMatchesNoClause(t *testing.T) {
	if !ceql.Eval(nil, fieldOf(nil)) {
		t.Error("Eval(nil) = false, want true")
	}
}

func TestUnknownOperatorsMatchNothing(t *testing.T) {
	unknown := []ceql.Expr{
		ceql.Comparison{Field: "ID", Op: "~", Value: ceql.Text("R1")},
		ceql.Match{Field: "ID", Op: "SOUNDS LIKE", Text: "R1"},
	}
	for _, e := range unknown {
		if ceql.Eval(e, fieldOf(report)) {
			t.Errorf("Eval(%s) = true, want false", e)
		}
	}
}

func TestNumberThatIsNoneEqualsNothing(t *testing.T) {
	for _, digits := range []string{"", "-", ".", "1e", "0x10", "1_000", "--1", "-+1", "+-1", "1e1.5", "NaN"} {
		record := map[string]ceql.Value{"n": ceql.Number(digits)}
		e := ceql.Comparison{Field: "n", Op: ceql.Equal, Value: ceql.Number(digits)}
		if ceql.Eval(e, fieldOf(record)) {
			t.Errorf("Eval(%q = itself) = true, want false", digits)
		}
	}
}

func TestNumbersSortByValueHoweverSpelled(t *testing.T) {
	ascending := [][]string{
		{"-1e1000000000"},
		{"-1000", "-1e3", "-01000.0"},
		{"-999.99"},
		{"-100.51"},
		{"-100.5", "-100.50"},
		{"-0.2", "-.2", "-2e-1"},
		{"-0.02"},
		{"0", "-0", "+0", "0.00", "00", "0e9", "-0e-9"},
		{"1e-1000000000"},
		{"0.02"},
		{"0.2", "2e-1", "+.2"},
		{"10", "1e1", "1E+1", "+10.", "010"},
		{"10.000000000000000000001"},
		{"9007199254740992"},
		{"9007199254740993"},
		{"1e1000000000"},
	}
	for i, lower := range ascending {
		for j, higher := range ascending {
			for _, a := range lower {
				for _, b := range higher {
					wantOrder(t, a, b, i-j)
				}
			}
		}
	}
}

// wantOrder checks each operator between numbers that order as sign says.
func wantOrder(t rapid.TB, a, b string, sign int) {
	t.Helper()
	record := map[string]ceql.Value{"n": ceql.Number(a)}
	for op, want := range map[ceql.Op]bool{
		ceql.Equal: sign == 0, ceql.NotEqual: sign != 0,
		ceql.Less: sign < 0, ceql.LessOrEqual: sign <= 0,
		ceql.Greater: sign > 0, ceql.GreaterOrEqual: sign >= 0,
	} {
		e := ceql.Comparison{Field: "n", Op: op, Value: ceql.Text(b)}
		if got := ceql.Eval(e, fieldOf(record)); got != want {
			t.Errorf("Eval(%s %s %s) = %v, want %v", a, op, b, got, want)
		}
	}
}

func TestNumbersCompareAsExactFractions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := decimals().Draw(t, "a"), decimals().Draw(t, "b")
		wantOrder(t, a, b, fraction(t, a).Cmp(fraction(t, b)))
	})
}

func fraction(t *rapid.T, digits string) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(digits)
	if !ok {
		t.Fatalf("%q is no number to math/big", digits)
	}
	return r
}

func TestLikeAgreesWithARegularExpression(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringOfN(rapid.SampledFrom([]rune("aab.%%%")), 0, 7, -1).Draw(t, "pattern")
		text := rapid.StringOfN(rapid.SampledFrom([]rune("aab.")), 0, 8, -1).Draw(t, "text")
		re := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), "%", ".*") + "$")
		e := ceql.Like{Field: "f", Pattern: pattern}
		got := ceql.Eval(e, fieldOf(map[string]ceql.Value{"f": ceql.Text(text)}))
		if want := re.MatchString(text); got != want {
			t.Errorf("Eval(%q LIKE %q) = %v, want %v", text, pattern, got, want)
		}
	})
}
