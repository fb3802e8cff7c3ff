package ceql

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
