package collection

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Record is one object as an API shows it: its members, in the vendor's order. A
// Record that has been committed is never altered: With makes copies.
type Record []Member

// Member is a named value: nil, a bool, a string, a Number, a Link, a Record or a
// List.
type Member struct {
	Name  string
	Value any
}

// Number is a number as it is spelled. Concur prints some that a float would ruin.
type Number string

// Link is an address: the path and query below the base URL.
type Link string

// List is an array of values.
type List []any

// Value returns the member at a path of names separated by dots; nil if there is
// none.
func (r Record) Value(path string) any {
	name, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		return r.Member(name)
	}
	inner, _ := r.Member(name).(Record)
	return inner.Value(rest)
}

// Member returns the value of the member with a name, which may hold dots.
func (r Record) Member(name string) any {
	i := r.index(name)
	if i < 0 {
		return nil
	}
	return r[i].Value
}

func (r Record) index(name string) int {
	return slices.IndexFunc(r, func(m Member) bool { return m.Name == name })
}

// Text returns the member at a path as text; empty for null, a Record and a List.
func (r Record) Text(path string) string { return text(r.Value(path)) }

func text(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case Number:
		return string(v)
	case Link:
		return string(v)
	case bool:
		return strconv.FormatBool(v)
	default:
		return ""
	}
}

// With returns a copy of r whose member at the path has the value. A member that is
// not there is added at the end.
func (r Record) With(path string, value any) Record {
	name, rest, deeper := strings.Cut(path, ".")
	if deeper {
		inner, _ := r.Member(name).(Record)
		value = inner.With(rest, value)
	}
	return r.WithMember(name, value)
}

// WithMember is With for the member with a name, which may hold dots.
func (r Record) WithMember(name string, value any) Record {
	c := slices.Clone(r)
	if i := c.index(name); i >= 0 {
		c[i].Value = value
		return c
	}
	return append(c, Member{Name: name, Value: value})
}

// Has reports whether the record has a member with the name, of whatever value.
func (r Record) Has(name string) bool { return r.index(name) >= 0 }

// Without returns a copy of r that lacks the members with the names.
func (r Record) Without(names ...string) Record {
	return slices.DeleteFunc(slices.Clone(r), func(m Member) bool { return slices.Contains(names, m.Name) })
}

// same reports whether two values are equal, as Equal does for records.
func same(a, b any) bool {
	switch v := a.(type) {
	case Record:
		w, ok := b.(Record)
		return ok && slices.EqualFunc(v, w, func(m, n Member) bool { return m.Name == n.Name && same(m.Value, n.Value) })
	case List:
		w, ok := b.(List)
		return ok && slices.EqualFunc(v, w, same)
	default:
		switch b.(type) {
		case Record, List:
			return false
		}
		return a == b
	}
}

// Cents is an amount in hundredths.
type Cents int64

// Number spells an amount as v3 does: decimal, without trailing zeros.
func (c Cents) Number() Number {
	spelled := c.String()
	if strings.Contains(spelled, ".") {
		spelled = strings.TrimRight(strings.TrimRight(spelled, "0"), ".")
	}
	return Number(spelled)
}

// String spells an amount with two decimals.
func (c Cents) String() string {
	sign := ""
	if c < 0 {
		sign, c = "-", -c
	}
	return fmt.Sprintf("%s%d.%02d", sign, c/100, c%100)
}

// CentsOf reads an amount as a client may spell it. It returns an error if the text
// is no amount, or has more than two decimals that are not zero.
func CentsOf(text string) (Cents, error) {
	digits, negative := strings.CutPrefix(text, "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	fraction = strings.TrimRight(fraction, "0")
	if len(fraction) > 2 {
		return 0, fmt.Errorf("%q has more than two decimals", text)
	}
	n, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", 2-len(fraction)), 10, 64)
	if err != nil || whole == "" || n < 0 {
		return 0, fmt.Errorf("%q is not an amount", text)
	}
	if negative {
		n = -n
	}
	return Cents(n), nil
}
