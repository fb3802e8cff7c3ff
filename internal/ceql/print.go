package ceql

import "strings"

// String returns the terms joined by AND, with parentheses where needed.
func (a And) String() string {
	terms := make([]string, len(a))
	for i, term := range a {
		terms[i] = grouped(term)
	}
	return strings.Join(terms, " AND ")
}

// String returns the terms joined by OR, with parentheses where needed.
func (o Or) String() string {
	terms := make([]string, len(o))
	for i, term := range o {
		terms[i] = term.String()
		if nested, ok := term.(Or); ok {
			terms[i] = grouped(nested)
		}
	}
	return strings.Join(terms, " OR ")
}

// grouped prints an operand of something that binds at least as tightly as
// AND. An And within an And keeps its parentheses, because the parser keeps
// such groups apart too.
func grouped(e Expr) string {
	switch e.(type) {
	case And, Or:
		return "(" + e.String() + ")"
	default:
		return e.String()
	}
}

// negatable is an expression with a negative form of its own, like NOT IN. Its
// form method prints it with the given word, or none, in the place of NOT.
type negatable interface {
	form(not string) string
}

// String returns the negative form of the expression: field NOT LIKE 'a%'
// where the language has one, otherwise NOT before the expression.
func (n Not) String() string {
	if e, ok := n.Expr.(negatable); ok {
		return e.form(" NOT")
	}
	return "NOT " + grouped(n.Expr)
}

// String returns the comparison with spaces around its operator.
func (c Comparison) String() string {
	return fieldName(c.Field) + " " + string(c.Op) + " " + c.Value.String()
}

// String returns the field, IN and the values in parentheses.
func (i In) String() string { return i.form("") }

func (i In) form(not string) string {
	values := make([]string, len(i.Values))
	for n, v := range i.Values {
		values[n] = v.String()
	}
	return fieldName(i.Field) + not + " IN (" + strings.Join(values, ", ") + ")"
}

// String returns the field, LIKE and the pattern in quotes.
func (l Like) String() string { return l.form("") }

func (l Like) form(not string) string {
	return fieldName(l.Field) + not + " LIKE " + quote(l.Pattern, '\'')
}

// String returns the field, the operator and the text in quotes.
func (m Match) String() string { return m.form("") }

func (m Match) form(not string) string {
	return fieldName(m.Field) + not + " " + string(m.Op) + " " + quote(m.Text, '\'')
}

// String returns the field and IS NULL.
func (n IsNull) String() string { return n.form("") }

func (n IsNull) form(not string) string { return fieldName(n.Field) + " IS" + not + " NULL" }

// fieldName returns the name bare if it can be, otherwise in back-quotes.
func fieldName(name string) string {
	if isBareName(name) && !isKeyword(name) {
		return name
	}
	return quote(name, '`')
}

func isBareName(name string) bool {
	for part := range strings.SplitSeq(name, ".") {
		runes := []rune(part)
		if len(runes) == 0 || !startsName(runes[0]) || strings.ContainsFunc(part, notInName) {
			return false
		}
	}
	return true
}

// quote puts text between two marks and escapes what the parser would
// otherwise take for an escape or the end.
func quote(text string, mark rune) string {
	m := string(mark)
	return m + strings.NewReplacer(`\`, `\\`, m, m+m).Replace(text) + m
}
