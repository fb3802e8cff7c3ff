package ceql

import "slices"

// Expr is a where clause or a part of one. It is one of [And], [Or], [Not],
// [Comparison], [In], [Like], [Match] and [IsNull]; other packages cannot add
// to them. Expressions are values: nothing in this package changes one, so
// they may be shared between goroutines.
type Expr interface {
	// String returns the canonical text of the expression.
	String() string

	eval(field func(path string) Value) bool
}

// And is true if all its terms are. It has at least two.
type And []Expr

// Or is true if one of its terms is. It has at least two.
type Or []Expr

// Not is true where its expression is false.
type Not struct{ Expr Expr }

// Comparison compares a field with a value, which is never null: the language
// has [IsNull] for that.
type Comparison struct {
	Field string
	Op    Op
	Value Value
}

// Op is the operator of a [Comparison], spelled as in a where clause.
type Op string

// The operators of a [Comparison].
const (
	Equal          Op = "="
	NotEqual       Op = "!="
	Less           Op = "<"
	LessOrEqual    Op = "<="
	Greater        Op = ">"
	GreaterOrEqual Op = ">="
)

// In is true if the field equals one of the values, of which there is at
// least one and none is null.
type In struct {
	Field  string
	Values []Value
}

// Like is true if the field's text matches the pattern as a whole, where %
// stands for any run of characters, even an empty one. Nothing else in a
// pattern is special, and upper and lower case are alike.
type Like struct {
	Field   string
	Pattern string
}

// Match is true if the text occurs in the field's text at the place the
// operator says. Upper and lower case are alike.
type Match struct {
	Field string
	Op    MatchOp
	Text  string
}

// MatchOp is the operator of a [Match], spelled as in a where clause.
type MatchOp string

// The operators of a [Match].
const (
	Contains   MatchOp = "CONTAINS"
	StartsWith MatchOp = "STARTS WITH"
	EndsWith   MatchOp = "ENDS WITH"
)

// IsNull is true if the field is null or missing.
type IsNull struct{ Field string }

// Terms returns the parts of an expression of which all must be true, in the order
// written, so that some of them can be asked of a vendor and the others evaluated.
// An expression that is no [And] is its only term; of nil there are none.
func Terms(e Expr) []Expr {
	all, ok := e.(And)
	switch {
	case e == nil:
		return nil
	case !ok:
		return []Expr{e}
	}
	var terms []Expr
	for _, term := range all {
		terms = append(terms, Terms(term)...)
	}
	return terms
}

// All returns the expression that is true if all terms are; nil, which every
// record matches, if there are none.
func All(terms []Expr) Expr {
	switch len(terms) {
	case 0:
		return nil
	case 1:
		return terms[0]
	}
	return And(terms)
}

// Fields returns the names of the fields that an expression tests, each once, in
// the order written.
func Fields(e Expr) []string {
	var names []string
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	each(e, add)
	return names
}

// each calls visit with the field of each test.
func each(e Expr, visit func(field string)) {
	switch e := e.(type) {
	case And:
		for _, term := range e {
			each(term, visit)
		}
	case Or:
		for _, term := range e {
			each(term, visit)
		}
	case Not:
		each(e.Expr, visit)
	case Comparison:
		visit(e.Field)
	case In:
		visit(e.Field)
	case Like:
		visit(e.Field)
	case Match:
		visit(e.Field)
	case IsNull:
		visit(e.Field)
	}
}

// Conjunction returns the comparisons of an expression that is one comparison
// or several joined by AND, in the order written. This is all that a vendor
// with one query parameter per attribute can take. The second result is false
// if the expression needs more, such as OR, NOT, IN or LIKE.
func Conjunction(e Expr) ([]Comparison, bool) {
	switch e := e.(type) {
	case Comparison:
		return []Comparison{e}, true
	case And:
		return conjunctionOf(e)
	default:
		return nil, false
	}
}

func conjunctionOf(terms And) ([]Comparison, bool) {
	var all []Comparison
	for _, term := range terms {
		comparisons, ok := Conjunction(term)
		if !ok {
			return nil, false
		}
		all = append(all, comparisons...)
	}
	return all, true
}
