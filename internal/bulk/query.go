package bulk

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"turnstone"
	"turnstone/internal/ceql"
)

// QueryError is a query that cannot be carried out as it stands. Its text is fit for
// the client.
type QueryError struct {
	Column  int    // where the problem is, in characters, the first being 1; 0: nowhere in particular
	Problem string // what is wrong, and what to write instead
}

// Error names the parameter, the column and the problem.
func (e *QueryError) Error() string {
	if e.Column == 0 {
		return "q: " + e.Problem
	}
	return fmt.Sprintf("q, column %d: %s", e.Column, e.Problem)
}

const (
	// maxQuery leaves room for the longest where clause there is.
	maxQuery = 64 << 10
	// maxFields bounds what has to be looked for in each record.
	maxFields = 500

	queryHelp = "write it like select * from reports where approvalStatusCode = 'A_APPR'"
)

// Parse reads a query: select, * or the members to keep with commas between them,
// from, a resource, and, if it should not be all records, where and a clause. Key words
// may be written in either case. Members of members have dots between their names;
// back-quotes protect names with dots or spaces in them. The error is a *[QueryError].
func Parse(text string) (turnstone.BulkQuery, error) {
	if len(text) > maxQuery {
		return turnstone.BulkQuery{}, &QueryError{0, fmt.Sprintf("is longer than %d bytes; write a shorter where clause", maxQuery)}
	}
	p := parser{text: []rune(text)}
	q := turnstone.BulkQuery{Text: text}
	var err error
	if err = p.keyword("select"); err == nil {
		q.Fields, err = p.fields()
	}
	if err == nil {
		err = p.keyword("from")
	}
	if err == nil {
		q.Resource, err = p.resource()
	}
	if err == nil {
		q.Where, err = p.where()
	}
	return q, err
}

// parser reads a query from its beginning.
type parser struct {
	text []rune
	at   int
}

// wrong returns an error at the place that was reached.
func (p *parser) wrong(format string, args ...any) error {
	return &QueryError{p.at + 1, fmt.Sprintf(format, args...)}
}

func (p *parser) skipSpace() {
	for p.at < len(p.text) && unicode.IsSpace(p.text[p.at]) {
		p.at++
	}
}

// word returns the word that comes next, and where it ends. It does not move.
func (p *parser) word() (string, int) {
	p.skipSpace()
	end := p.at
	for end < len(p.text) && !unicode.IsSpace(p.text[end]) && p.text[end] != ',' {
		end++
	}
	return string(p.text[p.at:end]), end
}

// keyword reads a word that has to come next.
func (p *parser) keyword(want string) error {
	word, end := p.word()
	if !strings.EqualFold(word, want) {
		return p.wrong("%s is expected %s; %s", want, found(word), queryHelp)
	}
	p.at = end
	return nil
}

// found says what stands where something else is expected.
func found(word string) string {
	if word == "" {
		return "here"
	}
	return fmt.Sprintf("in place of %.40q", word)
}

// fields reads the list of members; none means all of them.
func (p *parser) fields() ([]string, error) {
	if word, end := p.word(); word == "*" {
		p.at = end
		return nil, nil
	}
	var fields []string
	for {
		field, err := p.field()
		if err != nil {
			return nil, err
		}
		if !slices.Contains(fields, field) {
			fields = append(fields, field)
		}
		if len(fields) > maxFields {
			return nil, p.wrong("names more than %d members; write * for all of them", maxFields)
		}
		p.skipSpace()
		if p.at == len(p.text) || p.text[p.at] != ',' {
			return fields, nil
		}
		p.at++
	}
}

// field reads a member, as segments with dots between them.
func (p *parser) field() (string, error) {
	var segments []string
	for {
		if word, _ := p.word(); len(segments) == 0 && strings.EqualFold(word, "from") {
			return "", p.wrong("a member is expected in place of from; write * for all of them, or `from` in back-quotes for one of that name")
		}
		name, err := p.name(".,")
		if err != nil {
			return "", err
		}
		segments = append(segments, name)
		if p.at == len(p.text) || p.text[p.at] != '.' {
			return joined(segments), nil
		}
		p.at++
	}
}

// name reads a name, which ends with white space or one of some characters, unless it
// stands in back-quotes.
func (p *parser) name(ends string) (string, error) {
	start := p.at
	if start < len(p.text) && p.text[start] == '`' {
		length := slices.Index(p.text[start+1:], '`')
		if length < 1 {
			return "", p.wrong("a name begins with a back-quote and does not end with one; write `name`")
		}
		p.at = start + length + 2
		return string(p.text[start+1 : p.at-1]), nil
	}
	for p.at < len(p.text) && !unicode.IsSpace(p.text[p.at]) && !strings.ContainsRune(ends, p.text[p.at]) {
		p.at++
	}
	if p.at == start {
		return "", p.wrong("a name is expected; %s", queryHelp)
	}
	return string(p.text[start:p.at]), nil
}

// resource reads the name of the resource, which may be a path.
func (p *parser) resource() (string, error) {
	p.skipSpace()
	name, err := p.name("")
	if err != nil {
		return "", err
	}
	return strings.Trim(name, "/"), nil
}

// where reads the clause behind the resource, which goes to the end.
func (p *parser) where() (string, error) {
	word, end := p.word()
	if word == "" {
		return "", nil
	}
	if !strings.EqualFold(word, "where") {
		return "", p.wrong("the query should end here, or go on with where, but there is %.40q", word)
	}
	p.at = end
	p.skipSpace()
	clause := strings.TrimSpace(string(p.text[p.at:]))
	if clause == "" {
		return "", p.wrong("a clause is expected behind where; %s", queryHelp)
	}
	if _, err := ceql.Parse(clause); err != nil {
		if syntax, ok := errors.AsType[*ceql.SyntaxError](err); ok {
			p.at += syntax.Column - 1
			return "", p.wrong("%s", syntax.Problem)
		}
		return "", p.wrong("%v", err)
	}
	return clause, nil
}
