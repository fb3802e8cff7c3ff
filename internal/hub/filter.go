package hub

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"turnstone/internal/ceql"
	"turnstone/internal/element"
)

// setting is a text that goes somewhere in a request.
type setting struct {
	option element.Option
	text   string
}

// translate returns what the where clause asks, as the resource's vendor takes
// it.
func translate(resource *element.Resource, where string) ([]setting, error) {
	if where == "" {
		return nil, nil
	}
	filter := resource.Retriever.Filter
	if filter.Type == "" || filter.Type == "none" {
		return nil, badRequest("where", "the vendor cannot filter %s; leave where out", resource.Name)
	}
	comparisons, err := comparisonsOf(where)
	if err != nil {
		return nil, err
	}
	for _, c := range comparisons {
		if !slices.Contains(filter.Attributes, c.Field) {
			return nil, badRequest("where", "the vendor cannot filter %s by %.60s%s (it knows %s)",
				resource.Name, c.Field, suggestion(c.Field, filter.Attributes), listed(filter.Attributes))
		}
		if c.Value.Text == "" {
			return nil, badRequest("where", "%s has an empty value, which vendors ignore; write one, or leave %[1]s out", c.Field)
		}
	}
	if filter.Type == "search" && filter.Body != nil {
		return searchFor(filter.Body, comparisons)
	}
	return parametersFor(comparisons)
}

// comparisonsOf reads a where clause that is nothing but comparisons.
func comparisonsOf(where string) ([]ceql.Comparison, error) {
	expr, err := ceql.Parse(where)
	if err != nil {
		return nil, badRequest("where", "%s", withoutSubject(err))
	}
	comparisons, ok := ceql.Conjunction(expr)
	if !ok {
		return nil, badRequest("where", "the vendor takes comparisons joined by AND, and nothing else; leave out OR, NOT, IN, LIKE and their like")
	}
	return comparisons, nil
}

// withoutSubject returns the text of a syntax error, which RequestError puts
// the name of the parameter before.
func withoutSubject(err error) string {
	if _, ok := errors.AsType[*ceql.SyntaxError](err); ok {
		return strings.TrimPrefix(err.Error(), "where clause, ")
	}
	return err.Error()
}

// parametersFor makes each comparison the query parameter of that name.
func parametersFor(comparisons []ceql.Comparison) ([]setting, error) {
	var settings []setting
	for i, c := range comparisons {
		if c.Op != ceql.Equal {
			return nil, badRequest("where", "the vendor takes %s only with =; write %[1]s = %s", c.Field, c.Value)
		}
		if slices.ContainsFunc(comparisons[:i], func(other ceql.Comparison) bool { return other.Field == c.Field }) {
			return nil, badRequest("where", "%s is asked for twice, and the vendor takes it once; leave one of them out", c.Field)
		}
		settings = append(settings, setting{element.Option{FieldName: c.Field}, c.Value.Text})
	}
	return settings, nil
}

// searchFor makes one search expression of all comparisons.
func searchFor(q *element.SearchQuery, comparisons []ceql.Comparison) ([]setting, error) {
	terms := make([]string, len(comparisons))
	for i, c := range comparisons {
		op, known := q.Operators[string(c.Op)]
		if !known {
			return nil, badRequest("where", "the vendor knows no %s; write one of %s", c.Op, listed(slices.Collect(maps.Keys(q.Operators))))
		}
		terms[i] = c.Field + " " + op + " " + quoted(c.Value, q.Quote)
	}
	return []setting{{q.Option, strings.Join(terms, q.And)}}, nil
}

// quoted writes a text between quotes, with a backslash before each quote and
// backslash in it. Numbers and truth values stay bare.
func quoted(v ceql.Value, quote string) string {
	if v.Kind != ceql.TextKind || quote == "" {
		return v.Text
	}
	return quote + strings.NewReplacer(`\`, `\\`, quote, `\`+quote).Replace(v.Text) + quote
}
