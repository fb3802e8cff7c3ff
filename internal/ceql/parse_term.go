package ceql

import (
	"strings"
)

// test reads a field and what is asked of it.
func (p *parser) test() (Expr, error) {
	start := p.skipSpace()
	field, err := p.field()
	if err != nil {
		return nil, err
	}
	p.tests = append(p.tests, place{field, start})
	p.skipSpace()
	switch {
	case inSymbol(p.peek(0)):
		return p.comparison(field)
	case p.takeWords("IS", "NULL"):
		return IsNull{field}, nil
	case p.takeWords("IS", "NOT", "NULL"):
		return Not{IsNull{field}}, nil
	case p.takeWords("NOT"):
		e, err := p.wordTest(field)
		if err != nil {
			return nil, err
		}
		return Not{e}, nil
	default:
		return p.wordTest(field)
	}
}

func (p *parser) field() (string, error) {
	start := p.skipSpace()
	if strings.ContainsRune("`'\"", p.peek(0)) {
		return p.quotedField()
	}
	name := p.run(inPath)
	if isKeyword(name) {
		return "", p.fail(start, "a field name is missing before %[1]s; write one, as in status = 'OPEN', or `%[1]s` if that is its name", name)
	}
	if !isBareName(name) {
		return "", p.badField(start)
	}
	return name, nil
}

func (p *parser) quotedField() (string, error) {
	start := p.at
	name, err := p.quoted()
	if err != nil {
		return "", err
	}
	if name == "" {
		return "", p.fail(start, "the field name is empty; write one between the quotes")
	}
	return name, nil
}

func (p *parser) comparison(field string) (Expr, error) {
	start := p.at
	symbol := p.run(inSymbol)
	switch op := Op(symbol); op {
	case Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual:
		v, err := p.value(symbol)
		if err != nil {
			return nil, err
		}
		return Comparison{field, op, v}, nil
	default:
		return nil, p.badOperator(start, symbol)
	}
}

// wordTest reads a test whose operator is a word that NOT may precede.
func (p *parser) wordTest(field string) (Expr, error) {
	start := p.skipSpace()
	switch {
	case p.takeWords("IN"):
		return p.in(field)
	case p.takeWords("LIKE"):
		v, err := p.value("LIKE")
		if err != nil {
			return nil, err
		}
		return Like{field, v.Text}, nil
	}
	for _, op := range []MatchOp{Contains, StartsWith, EndsWith} {
		if p.takeWords(strings.Fields(string(op))...) {
			return p.match(field, op)
		}
	}
	return nil, p.badOperator(start, p.run(inName))
}

func (p *parser) match(field string, op MatchOp) (Expr, error) {
	v, err := p.value(string(op))
	if err != nil {
		return nil, err
	}
	return Match{field, op, v.Text}, nil
}

func (p *parser) in(field string) (Expr, error) {
	if !p.take('(') {
		return nil, p.fail(p.skipSpace(), "write the values of IN in parentheses, as in ('a', 'b')")
	}
	var values []Value
	for {
		v, err := p.value("IN")
		if err != nil {
			return nil, err
		}
		values = append(values, v)
		if p.take(')') {
			return In{field, values}, nil
		}
		if !p.take(',') {
			return nil, p.fail(p.at, "write a comma before the next value of IN, or ) after the last")
		}
	}
}

// value reads the right-hand side of an operator.
func (p *parser) value(operator string) (Value, error) {
	start := p.skipSpace()
	if p.peek(0) == '\'' {
		s, err := p.quoted()
		return Text(s), err
	}
	word := p.run(inBareValue)
	if word == "" || isKeyword(word) {
		return Value{}, p.badValue(start, operator)
	}
	return bareValue(word), nil
}
