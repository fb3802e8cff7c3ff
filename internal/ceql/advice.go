package ceql

import "strings"

// The functions here turn a place where reading stopped into an error that
// knows the usual mistake made there.

// unexpected explains what stands where AND, OR or the end should.
func (p *parser) unexpected() error {
	at := p.skipSpace()
	switch r := p.peek(0); {
	case isCurlyQuote(r):
		return p.curlyQuote(at)
	case r == ')':
		return p.fail(at, "no parenthesis is open here; remove this one, or write ( where its group begins")
	case at > 0 && p.runes[at-1] == '\'':
		return p.fail(at, "the text before ended at its quote; write a quote within a text twice, as in 'O''Brien', or write AND or OR here")
	default:
		return p.fail(at, "write AND or OR before another comparison, and single quotes around a value with spaces or signs")
	}
}

// badField explains what stands where a bare field name should.
func (p *parser) badField(at int) error {
	if at == len(p.runes) {
		return p.fail(at, "a comparison is missing; write one, as in status = 'OPEN'")
	}
	if isCurlyQuote(p.runes[at]) {
		return p.curlyQuote(at)
	}
	return p.fail(at, "write a field name, such as status or metaData.lastUpdateTime, with back-quotes around any other characters")
}

// badOperator explains what stands where an operator should.
func (p *parser) badOperator(at int, word string) error {
	switch op := intendedOperator(word); {
	case op != "":
		return p.fail(at, "write %s instead of %s", op, word)
	case strings.EqualFold(word, "IS"):
		return p.fail(at, "write IS NULL or IS NOT NULL; other values take =")
	case inSymbol(p.peek(0)):
		return p.fail(at, "NOT does not go with this operator; write NOT before the field")
	case isCurlyQuote(p.peek(0)):
		return p.curlyQuote(at)
	default:
		return p.fail(at, "an operator is missing; write =, !=, <, <=, >, >=, LIKE, IN, IS NULL, CONTAINS, STARTS WITH or ENDS WITH after the field")
	}
}

// intendedOperator returns what an operator of OData or of some programming
// language is here, or "" if it is none.
func intendedOperator(word string) Op {
	switch strings.ToLower(word) {
	case "eq", "==", "===":
		return Equal
	case "ne", "<>", "!", "=!", "!==":
		return NotEqual
	case "lt":
		return Less
	case "le", "lte", "=<":
		return LessOrEqual
	case "gt":
		return Greater
	case "ge", "gte", "=>":
		return GreaterOrEqual
	default:
		return ""
	}
}

// badValue explains what stands where the value of an operator should; at is
// where it starts.
func (p *parser) badValue(at int, operator string) error {
	if at == len(p.runes) {
		return p.fail(at, "a value is missing after %s; write a text in single quotes, a number, true or false", operator)
	}
	switch r := p.runes[at]; {
	case isCurlyQuote(r):
		return p.curlyQuote(at)
	case strings.ContainsRune("\"`", r):
		return p.fail(at, "this quote is for field names; write values in single quotes, as in 'OPEN'")
	case strings.ContainsRune("${", r):
		return p.fail(at, "placeholders are filled in only in the URLs of pollers; write the value itself")
	case p.at > at:
		return p.keywordValue(at, operator)
	default:
		return p.fail(at, "write a value after %s: a text in single quotes, a number, true or false", operator)
	}
}

// keywordValue explains the keyword that stands where a value should.
func (p *parser) keywordValue(at int, operator string) error {
	word := string(p.runes[at:p.at])
	switch {
	case !strings.EqualFold(word, "NULL"):
		return p.fail(at, "%[1]s is a keyword; write '%[1]s' if the text is meant, or the missing value before it", word)
	case operator == string(NotEqual):
		return p.fail(at, "write IS NOT NULL instead of != %s", word)
	case operator == string(Equal):
		return p.fail(at, "write IS NULL instead of = %s", word)
	default:
		return p.fail(at, "null does not go with %s; test for it with IS NULL", operator)
	}
}

func (p *parser) curlyQuote(at int) error {
	return p.fail(at, "%c is not a straight quote; write ' around texts and ` around field names", p.runes[at])
}
