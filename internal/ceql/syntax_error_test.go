package ceql_test

import (
	"errors"
	"strings"
	"testing"

	"turnstone/internal/ceql"
)

func TestErrorsPointAtTheColumnAndSayWhatToWrite(t *testing.T) {
	tests := map[string]struct {
		where  string
		column int
		advice string // a part of the problem
	}{
		"empty":                        {"", 1, "leave where out"},
		"only spaces":                  {"  ", 1, "leave where out"},
		"field alone":                  {"status", 7, "an operator is missing; write =,"},
		"no value":                     {"status = ", 10, "a value is missing after ="},
		"no comparison after AND":      {"a = 1 AND", 10, "a comparison is missing"},
		"no comparison before AND":     {"AND a = 1", 1, "a field name is missing before AND"},
		"no field":                     {"= 1", 1, "write a field name"},
		"field starting with a digit":  {"2fa = 1", 1, "back-quotes"},
		"field ending in a dot":        {"a. = 1", 1, "back-quotes"},
		"empty field":                  {"a = 1 AND `` = 2", 11, "the field name is empty"},
		"open field quote":             {"`a = 1", 1, "write ` where the text ends"},
		"open text":                    {"a = 'x AND b = 2", 5, "write ' where the text ends"},
		"text ending in a backslash":   {`a = 'C:\'`, 5, "write ' where the text ends"},
		"single quote within a text":   {"a = 'O'Brien'", 8, "'O''Brien'"},
		"macro nobody expanded":        {"a > ${date}", 5, "in the URLs of pollers"},
		"placeholder nobody filled":    {"a = {id}", 5, "in the URLs of pollers"},
		"value in double quotes":       {`a = "x"`, 5, "single quotes"},
		"value in curly quotes":        {"a = ‘x’", 5, "‘ is not a straight quote"},
		"curly quote after the value":  {"a = x’", 6, "’ is not a straight quote"},
		"field in curly quotes":        {"“a” = 'x'", 1, "“ is not a straight quote"},
		"curly quote for the operator": {"a ’ 1", 3, "’ is not a straight quote"},
		"column counts characters":     {"größe = 'süß' oder", 15, "write AND or OR"},
		"value with a space":           {"a > 2024-01-01 00:00:00", 16, "single quotes around a value"},
		"OData operator":               {"receivedDate gte '2024'", 14, "write >= instead of gte"},
		"double equals":                {"a == 1", 3, "write = instead of =="},
		"SQL inequality":               {"a <> 1", 3, "write != instead of <>"},
		"arrow":                        {"a => 1", 3, "write >= instead of =>"},
		"unknown symbol":               {"a ~ 1", 3, "an operator is missing"},
		"unknown word":                 {"a sounds 'x'", 3, "STARTS WITH"},
		"STARTS without WITH":          {"a starts 'x'", 3, "STARTS WITH"},
		"NOT before a symbol":          {"a NOT = 1", 7, "write NOT before the field"},
		"IS a value":                   {"a IS 1", 3, "write IS NULL or IS NOT NULL"},
		"equals null":                  {"a = null", 5, "write IS NULL instead of = null"},
		"not equal to null":            {"a != NULL", 6, "write IS NOT NULL instead of != NULL"},
		"null in a list":               {"a IN (1, NULL)", 10, "IS NULL"},
		"keyword as value":             {"state = OR", 9, "write 'OR'"},
		"parenthesis as value":         {"a = (1)", 5, "write a value after ="},
		"LIKE with nothing":            {"a LIKE", 7, "a value is missing after LIKE"},
		"NOT CONTAINS with nothing":    {"a NOT CONTAINS", 15, "a value is missing after CONTAINS"},
		"IN without parentheses":       {"a IN 1", 6, "('a', 'b')"},
		"IN with nothing":              {"a IN ()", 7, "write a value after IN"},
		"IN without a comma":           {"a IN (1 2)", 9, "write a comma"},
		"IN without an end":            {"a IN (1", 8, "or ) after the last"},
		"open parenthesis":             {"a = 1 OR (b = 2 ", 10, "never closed"},
		"nothing in parentheses":       {"()", 2, "write a field name"},
		"closed parenthesis too many":  {"a = 1) OR b = 2", 6, "no parenthesis is open"},
		"two comparisons":              {"(a = 1 b = 2)", 8, "write AND or OR"},
		"too many parentheses":         {strings.Repeat("(", 50_000), ceql.MaxDepth + 1, "nest more than 64 deep"},
		"too many NOTs":                {strings.Repeat("NOT ", 100) + "a = 1", 4*ceql.MaxDepth + 1, "nest more than 64 deep"},
		"too long":                     {strings.Repeat("ä", ceql.MaxLength), ceql.MaxLength/2 + 1, "write at most 65536"},
		"not UTF-8":                    {"größe = '\xff'", 10, "not UTF-8"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e, err := ceql.Parse(tt.where)
			var problem *ceql.SyntaxError
			if !errors.As(err, &problem) {
				t.Fatalf("Parse = %v, %v, want a SyntaxError", e, err)
			}
			if problem.Column != tt.column || !strings.Contains(problem.Problem, tt.advice) {
				t.Errorf("Parse = column %d, %q, want column %d, ...%q...", problem.Column, problem.Problem, tt.column, tt.advice)
			}
			if problem.Where != tt.where {
				t.Errorf("Where = %q, want the clause", problem.Where)
			}
		})
	}
}

func TestErrorsTranslateTheOperatorsOfOtherLanguages(t *testing.T) {
	tests := map[string][]string{
		"=":  {"eq", "EQ", "==", "==="},
		"!=": {"ne", "<>", "!", "=!", "!=="},
		"<":  {"lt"},
		"<=": {"le", "lte", "=<"},
		">":  {"gt"},
		">=": {"ge", "gte", "=>"},
	}
	for op, foreign := range tests {
		for _, word := range foreign {
			want := "write " + op + " instead of " + word
			_, err := ceql.Parse("a " + word + " 1")
			var problem *ceql.SyntaxError
			if !errors.As(err, &problem) || problem.Problem != want {
				t.Errorf("Parse of a %s 1 = %v, want %s", word, err, want)
			}
		}
	}
}

func TestErrorsRepeatOnlyAnExcerptOfTheClause(t *testing.T) {
	tests := map[string]struct {
		where string
		want  string
	}{
		"at the end": {
			"a =",
			"where clause, column 4, at its end: a value is missing after =; write a text in single quotes, a number, true or false",
		},
		"short rest": {
			"a gt 5",
			`where clause, column 3, at "gt 5": write > instead of gt`,
		},
		"long rest": {
			"a gt '2024-05-02T11:45:00'",
			`where clause, column 3, at "gt '2024-05-02T11:45"…: write > instead of gt`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := ceql.Parse(tt.where)
			if err == nil || err.Error() != tt.want {
				t.Errorf("Parse = %v, want %s", err, tt.want)
			}
		})
	}
}
