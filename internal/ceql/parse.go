package ceql

import (
	"unicode/utf8"
)

const (
	// MaxLength is the longest where clause in bytes that [Parse] reads: room
	// for a few thousand values of an IN, far more than pollers' URLs hold.
	MaxLength = 64 << 10

	// MaxDepth is how deep parentheses and leading NOTs may nest. People
	// write three levels; the limit keeps generated text off the stack.
	MaxDepth = 64
)

// Parse reads a where clause. Its errors are of type *[SyntaxError]. The clause
// must be decoded from its URL, and its macros expanded, before.
func Parse(where string) (Expr, error) {
	p := parser{scanner: scanner{text: where}}
	return p.parse()
}

// Columns returns where the tests of a field begin in a clause, counted in
// characters from 1, so that an error that is not one of syntax can point there
// too. There are none in a clause that Parse refuses.
func Columns(where, field string) []int {
	p := parser{scanner: scanner{text: where}}
	if _, err := p.parse(); err != nil {
		return nil
	}
	var columns []int
	for _, t := range p.tests {
		if t.field == field {
			columns = append(columns, t.at+1)
		}
	}
	return columns
}

type parser struct {
	scanner
	depth int
	tests []place // of the fields, in the order written
}

// place is where a field stands: the index of its first character.
type place struct {
	field string
	at    int
}

func (p *parser) parse() (Expr, error) {
	if err := p.readable(); err != nil {
		return nil, err
	}
	p.runes = []rune(p.text)
	if p.end() {
		return nil, p.fail(0, "the clause is empty; write a comparison such as status = 'OPEN', or leave where out")
	}
	e, err := p.disjunction()
	if err != nil {
		return nil, err
	}
	if !p.end() {
		return nil, p.unexpected()
	}
	return e, nil
}

// readable refuses what must not be read at all.
func (p *parser) readable() error {
	if len(p.text) > MaxLength {
		within := utf8.RuneCountInString(p.text[:MaxLength])
		return p.fail(within, "the clause has %d bytes; write at most %d", len(p.text), MaxLength)
	}
	if !utf8.ValidString(p.text) {
		return p.fail(validCharacters(p.text), "this byte is not UTF-8; send the clause in UTF-8, percent-encoded")
	}
	return nil
}

// validCharacters counts the characters before the first byte that is not
// UTF-8.
func validCharacters(text string) int {
	count := 0
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError && size == 1 {
			break
		}
		text = text[size:]
		count++
	}
	return count
}

func (p *parser) disjunction() (Expr, error) {
	terms, err := p.joined("OR", p.conjunction)
	if err != nil {
		return nil, err
	}
	if len(terms) == 1 {
		return terms[0], nil
	}
	return Or(terms), nil
}

func (p *parser) conjunction() (Expr, error) {
	terms, err := p.joined("AND", p.factor)
	if err != nil {
		return nil, err
	}
	if len(terms) == 1 {
		return terms[0], nil
	}
	return And(terms), nil
}

// joined reads one or more operands with the keyword between them.
func (p *parser) joined(keyword string, operand func() (Expr, error)) ([]Expr, error) {
	var operands []Expr
	for {
		e, err := operand()
		if err != nil {
			return nil, err
		}
		operands = append(operands, e)
		if !p.takeWords(keyword) {
			return operands, nil
		}
	}
}

func (p *parser) factor() (Expr, error) {
	start := p.skipSpace()
	switch {
	case p.takeWords("NOT"):
		return p.nested(start, p.negation)
	case p.take('('):
		return p.nested(start, p.group)
	default:
		return p.test()
	}
}

// nested reads a part one level deeper; start is where it begins.
func (p *parser) nested(start int, part func(start int) (Expr, error)) (Expr, error) {
	if p.depth == MaxDepth {
		return nil, p.fail(start, "parentheses and NOT nest more than %d deep; write it flatter, for instance with IN", MaxDepth)
	}
	p.depth++
	defer func() { p.depth-- }()
	return part(start)
}

func (p *parser) negation(int) (Expr, error) {
	e, err := p.factor()
	if err != nil {
		return nil, err
	}
	return Not{e}, nil
}

func (p *parser) group(open int) (Expr, error) {
	e, err := p.disjunction()
	if err != nil {
		return nil, err
	}
	if p.take(')') {
		return e, nil
	}
	if p.end() {
		return nil, p.fail(open, "this parenthesis is never closed; write ) where the group ends")
	}
	return nil, p.unexpected()
}
