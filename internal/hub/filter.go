package hub

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"turnstone/internal/ceql"
	"turnstone/internal/element"
)

// setting is a text that goes somewhere in a request.
type setting struct {
	name   string // by which the request's templates find it
	option element.Option
	text   string
}

// clause is what a list is asked for with: what the vendor does of it, and what is
// left to us.
type clause struct {
	resource *element.Resource
	where    string
	orderBy  string
	settings []setting // what the vendor is told
	rest     ceql.Expr // what is evaluated here; nil: nothing
	order    []sortKey // by what is sorted here; nil: nothing is
}

// clauseOf divides a where clause and an order between the vendor and us. Of a
// where clause the vendor gets the terms that it understands, since each of them
// saves pages. An OR or a NOT is evaluated here: half of it would be wrong.
func clauseOf(resource *element.Resource, where, orderBy string) (clause, error) {
	c := clause{resource: resource, where: where, orderBy: orderBy}
	if err := c.divideWhere(); err != nil {
		return clause{}, err
	}
	return c, c.divideOrder()
}

func (c *clause) divideWhere() error {
	if c.where == "" {
		return nil
	}
	expr, err := ceql.Parse(c.where)
	if err != nil {
		return badRequest("where", "%s", withoutSubject(err))
	}
	if c.resource.Retriever.Filter.Type == filteredByHooks {
		return nil // which see the whole of it
	}
	var asked []ceql.Comparison
	var rest []ceql.Expr
	for _, term := range ceql.Terms(expr) {
		comparison, plain := term.(ceql.Comparison)
		if plain && c.understood(comparison, asked) {
			asked = append(asked, comparison)
			continue
		}
		if err := c.evaluable(term, asked); err != nil {
			return err
		}
		rest = append(rest, term)
	}
	c.settings, c.rest = settingsFor(c.resource.Retriever.Filter, asked), ceql.All(rest)
	return nil
}

// understood reports whether the vendor can be asked for a comparison, beside those
// that it is asked for already.
func (c *clause) understood(test ceql.Comparison, asked []ceql.Comparison) bool {
	filter := c.resource.Retriever.Filter
	if !slices.Contains(filter.Attributes, test.Field) || test.Value.Text == "" {
		return false
	}
	if filter.Type == "search" {
		_, known := filter.Body.Operators[string(test.Op)]
		return known
	}
	twice := slices.ContainsFunc(asked, func(other ceql.Comparison) bool { return other.Field == test.Field })
	return filter.Type == "parameters" && test.Op == ceql.Equal && !twice
}

// evaluable returns an error if a term cannot be evaluated on records, as a rule
// because it names what only the vendor knows.
func (c *clause) evaluable(term ceql.Expr, asked []ceql.Comparison) error {
	for _, field := range ceql.Fields(term) {
		var err error
		switch parameter := c.isParameter(field); {
		case c.isField(field):
		case parameter:
			err = c.misused(term, field, asked)
		case len(c.resource.Fields) > 0:
			known := slices.Concat(c.resource.Fields, c.resource.Retriever.Filter.Attributes)
			err = c.wrong(field, 0, "%s have no field %.60s%s", c.resource.Name, field, advice(field, known))
		default:
			err = c.misspelt(term, field)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// isField reports whether records are known to have a field. Of a dotted name the
// beginning counts.
func (c *clause) isField(field string) bool {
	first, _, _ := strings.Cut(field, ".")
	return slices.Contains(c.resource.Fields, field) || slices.Contains(c.resource.Fields, first)
}

// isParameter reports whether a name is a parameter of the vendor's. What a search
// compares are fields.
func (c *clause) isParameter(name string) bool {
	filter := c.resource.Retriever.Filter
	return filter.Type == "parameters" && slices.Contains(filter.Attributes, name)
}

// misused says how a parameter of the vendor is to be written, which no record has.
func (c *clause) misused(term ceql.Expr, field string, asked []ceql.Comparison) error {
	test, plain := term.(ceql.Comparison)
	switch {
	case !plain:
		return c.wrong(field, 0, "%s is a filter of the vendor and no field of a record, so that it can only be joined by AND; write %[1]s = '...' outside of OR, NOT, IN, LIKE and their like", field)
	case test.Op != ceql.Equal:
		return c.wrong(field, 0, "the vendor takes %s only with =; write %[1]s = %s", field, test.Value)
	case test.Value.Text == "":
		return c.wrong(field, 0, "%s has an empty value, which vendors ignore; write one, or leave %[1]s out", field)
	}
	return c.wrong(field, 1, "%s is asked for twice, and the vendor takes it once; leave one of them out", field)
}

// misspelt refuses a term that the vendor was probably meant to take. What fields
// records have is not known, and a list would silently be empty.
func (c *clause) misspelt(term ceql.Expr, field string) error {
	known := c.resource.Retriever.Filter.Attributes
	test, plain := term.(ceql.Comparison)
	if !plain || test.Op != ceql.Equal || c.resource.Retriever.Filter.Type == "none" || !resembles(field, known) {
		return nil
	}
	if slices.ContainsFunc(known, func(name string) bool { return capitalised(name) == field }) {
		return nil // the member of that name: vendors write PrimaryEmail there, and primaryEmail in queries
	}
	return c.wrong(field, 0, "the vendor cannot filter %s by %.60s%s (it knows %s)", c.resource.Name, field, suggestion(field, known), listed(known))
}

// capitalised returns a name with its first letter in upper case.
func capitalised(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

// wrong returns an error that points to the nth test of a field, from 0.
func (c *clause) wrong(field string, nth int, format string, args ...any) error {
	columns := ceql.Columns(c.where, field) // of which there is one: the field is in the clause
	problem := &ceql.SyntaxError{Where: c.where, Column: columns[min(nth, len(columns)-1)], Problem: fmt.Sprintf(format, args...)}
	return badRequest("where", "%s", withoutSubject(problem))
}

// withoutSubject returns the text of a syntax error, which RequestError puts
// the name of the parameter before.
func withoutSubject(err error) string {
	if _, ok := errors.AsType[*ceql.SyntaxError](err); ok {
		return strings.TrimPrefix(err.Error(), "where clause, ")
	}
	return err.Error()
}

// settingsFor returns what the vendor is told of comparisons that it understands.
func settingsFor(filter element.Filter, asked []ceql.Comparison) []setting {
	if len(asked) == 0 {
		return nil
	}
	if filter.Type == "search" {
		return []setting{searchFor(filter.Body, asked)}
	}
	settings := make([]setting, len(asked))
	for i, test := range asked {
		name := cmp.Or(filter.Names[test.Field], test.Field)
		settings[i] = setting{test.Field, element.Option{FieldName: name}, test.Value.Text}
	}
	return settings
}

// searchFor makes one search expression of all comparisons.
func searchFor(q *element.SearchQuery, asked []ceql.Comparison) setting {
	terms := make([]string, len(asked))
	for i, test := range asked {
		terms[i] = test.Field + " " + q.Operators[string(test.Op)] + " " + quoted(test.Value, q.Quote)
	}
	return setting{q.Option.FieldName, q.Option, strings.Join(terms, q.And)}
}

// quoted writes a text between quotes, with a backslash before each quote and
// backslash in it. Numbers and truth values stay bare.
func quoted(v ceql.Value, quote string) string {
	if v.Kind != ceql.TextKind || quote == "" {
		return v.Text
	}
	return quote + strings.NewReplacer(`\`, `\\`, quote, `\`+quote).Replace(v.Text) + quote
}

// attributesOf returns what an operation can look up: the parameters of the
// call, and the attributes of its where clause if it has one.
func attributesOf(query map[string]string) (map[string]string, error) {
	attributes := maps.Clone(query)
	if query["where"] == "" {
		return attributes, nil
	}
	expr, err := ceql.Parse(query["where"])
	if err != nil {
		return nil, badRequest("where", "%s", withoutSubject(err))
	}
	comparisons, ok := ceql.Conjunction(expr)
	if !ok {
		return nil, badRequest("where", "an operation on one record takes comparisons joined by AND, and nothing else; leave out OR, NOT, IN, LIKE and their like")
	}
	for _, c := range comparisons {
		if c.Op != ceql.Equal {
			return nil, badRequest("where", "an operation on one record takes %s only with =; write %[1]s = %s", c.Field, c.Value)
		}
		attributes[c.Field] = c.Value.Text
	}
	return attributes, nil
}
