package ceql

import (
	"slices"
	"strconv"
	"strings"
)

// Value is a value in a where clause or a field of a record. The zero Value is
// null, which also stands for a field the record lacks. Values are equal by ==
// if they are of one kind and spelled alike; [Eval] compares more kindly.
type Value struct {
	Kind Kind
	// Text is the characters of a text, the digits of a number exactly as the
	// vendor or the client wrote them, or true or false. It is empty for null.
	Text string
}

// Kind is the type of a [Value].
type Kind int

// The kinds of a [Value].
const (
	NullKind Kind = iota
	TextKind
	NumberKind
	BoolKind
)

// Text returns a text value.
func Text(s string) Value { return Value{Kind: TextKind, Text: s} }

// Number returns the number that digits spell in decimal, such as -12.50 or
// 1e6. It keeps the spelling: amounts and long ids do not survive a float64. A
// spelling that is no decimal number makes a value that equals nothing.
func Number(digits string) Value { return Value{Kind: NumberKind, Text: digits} }

// Bool returns a truth value.
func Bool(b bool) Value { return Value{Kind: BoolKind, Text: strconv.FormatBool(b)} }

// String returns the value as a where clause spells it.
func (v Value) String() string {
	switch v.Kind {
	case TextKind:
		return quote(v.Text, '\'')
	case NumberKind, BoolKind:
		return v.Text
	default:
		return "NULL"
	}
}

// bareValue returns the value that an unquoted word spells.
func bareValue(word string) Value {
	if _, ok := parseDecimal(word); ok {
		return Number(word)
	}
	if b, ok := parseBool(word); ok {
		return Bool(b)
	}
	return Text(word)
}

// Compare says how two values of a field are sorted: negative if a comes before
// b, zero if neither does. It is a total order, so it puts those that [Eval] does
// not compare in some place: numbers come first, then texts, truth values, and at
// the end what is null or missing.
func Compare(a, b Value) int {
	if a.Kind == b.Kind {
		sign, _ := order(a, b)
		return sign
	}
	return rank(a) - rank(b)
}

func rank(v Value) int {
	return slices.Index([]Kind{NumberKind, TextKind, BoolKind, NullKind}, v.Kind)
}

// order says whether a sorts before, with or after b (negative, zero,
// positive). The second result is false if the two cannot be compared.
func order(a, b Value) (int, bool) {
	switch {
	case a.Kind == NullKind || b.Kind == NullKind:
		return 0, false
	case a.Kind == NumberKind || b.Kind == NumberKind:
		return orderNumbers(a.Text, b.Text)
	case a.Kind == BoolKind || b.Kind == BoolKind:
		return orderBools(a.Text, b.Text)
	default:
		return strings.Compare(a.Text, b.Text), true
	}
}

func orderNumbers(a, b string) (int, bool) {
	x, xok := parseDecimal(a)
	y, yok := parseDecimal(b)
	if !xok || !yok {
		return 0, false
	}
	return x.compare(y), true
}

func orderBools(a, b string) (int, bool) {
	x, xok := parseBool(a)
	y, yok := parseBool(b)
	if !xok || !yok {
		return 0, false
	}
	return strings.Compare(strconv.FormatBool(x), strconv.FormatBool(y)), true
}

// parseBool is narrower than strconv.ParseBool, for which 1 and t are true.
func parseBool(s string) (value, ok bool) {
	value = strings.EqualFold(s, "true")
	return value, value || strings.EqualFold(s, "false")
}
