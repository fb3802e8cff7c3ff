package ceql

import (
	"slices"
	"strings"
)

// Eval says whether a record matches an expression; every record matches nil,
// the absent where clause. The function field returns the record's value at a
// path, or the zero Value if there is none; it is called at most once for each
// test and should look for a field of that whole name before it takes the dots
// as steps.
//
// Values compare as follows.
//   - Number with number, or with text that spells one: by exact decimal value,
//     so 12.50 equals '12.5'.
//   - Text with text: by bytes, so case matters and 'Z' is before 'a'. Dates in
//     one fixed-width format and one zone therefore compare as dates.
//   - Truth value with truth value, or with the text true or false in any case:
//     false is before true.
//   - All other pairs are neither equal nor in any order.
//
// [Like] and [Match] look at the text of a value, digits included, and ignore
// case as the vendors' own LIKE mostly does.
func Eval(e Expr, field func(path string) Value) bool {
	return e == nil || e.eval(field)
}

func (a And) eval(field func(string) Value) bool {
	for _, term := range a {
		if !term.eval(field) {
			return false
		}
	}
	return true
}

func (o Or) eval(field func(string) Value) bool {
	for _, term := range o {
		if term.eval(field) {
			return true
		}
	}
	return false
}

func (n Not) eval(field func(string) Value) bool { return !n.Expr.eval(field) }

func (c Comparison) eval(field func(string) Value) bool {
	sign, ordered := order(field(c.Field), c.Value)
	if !ordered {
		return c.Op == NotEqual
	}
	return c.Op.holds(sign)
}

// holds says whether two values that are ordered as sign says satisfy o.
func (o Op) holds(sign int) bool {
	switch o {
	case Equal:
		return sign == 0
	case NotEqual:
		return sign != 0
	case Less:
		return sign < 0
	case LessOrEqual:
		return sign <= 0
	case Greater:
		return sign > 0
	case GreaterOrEqual:
		return sign >= 0
	default:
		return false
	}
}

func (i In) eval(field func(string) Value) bool {
	actual := field(i.Field)
	return slices.ContainsFunc(i.Values, func(v Value) bool {
		sign, ordered := order(actual, v)
		return ordered && sign == 0
	})
}

func (l Like) eval(field func(string) Value) bool {
	v := field(l.Field)
	return v.Kind != NullKind && matches(strings.ToLower(v.Text), strings.ToLower(l.Pattern))
}

// matches says whether the whole text fits a pattern in which % is any run of
// characters. It takes each part at its first occurrence, which is enough
// without other wildcards, so no pattern makes it backtrack.
func matches(text, pattern string) bool {
	parts := strings.Split(pattern, "%")
	first, last := parts[0], parts[len(parts)-1]
	if len(parts) == 1 {
		return text == first
	}
	rest, starts := strings.CutPrefix(text, first)
	rest, ends := strings.CutSuffix(rest, last)
	if !starts || !ends {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(rest, part)
		if !found {
			return false
		}
		rest = after
	}
	return true
}

func (m Match) eval(field func(string) Value) bool {
	v := field(m.Field)
	if v.Kind == NullKind {
		return false
	}
	text, part := strings.ToLower(v.Text), strings.ToLower(m.Text)
	switch m.Op {
	case Contains:
		return strings.Contains(text, part)
	case StartsWith:
		return strings.HasPrefix(text, part)
	case EndsWith:
		return strings.HasSuffix(text, part)
	default:
		return false
	}
}

func (n IsNull) eval(field func(string) Value) bool { return field(n.Field).Kind == NullKind }
