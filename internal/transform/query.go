package transform

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"turnstone/internal/ceql"
)

// Where returns a where clause under the vendor's names. The error is that of
// reading the clause.
func (m Mapping) Where(where string) (string, error) {
	if strings.TrimSpace(where) == "" {
		return "", nil
	}
	expr, err := ceql.Parse(where)
	if err != nil {
		return "", fmt.Errorf("read the where clause: %w", err)
	}
	return m.renamed(expr).String(), nil
}

// renamed returns an expression with the fields under the vendor's names.
func (m Mapping) renamed(e ceql.Expr) ceql.Expr {
	switch e := e.(type) {
	case ceql.And:
		return ceql.And(m.all(e))
	case ceql.Or:
		return ceql.Or(m.all(e))
	case ceql.Not:
		return ceql.Not{Expr: m.renamed(e.Expr)}
	case ceql.Comparison:
		e.Field = m.VendorPath(e.Field)
		return e
	case ceql.In:
		e.Field = m.VendorPath(e.Field)
		return e
	case ceql.Like:
		e.Field = m.VendorPath(e.Field)
		return e
	case ceql.Match:
		e.Field = m.VendorPath(e.Field)
		return e
	case ceql.IsNull:
		e.Field = m.VendorPath(e.Field)
		return e
	}
	return e
}

func (m Mapping) all(terms []ceql.Expr) []ceql.Expr {
	renamed := make([]ceql.Expr, len(terms))
	for i, term := range terms {
		renamed[i] = m.renamed(term)
	}
	return renamed
}

// OrderBy returns an orderBy under the vendor's names: fields with commas between
// them, perhaps each with a direction.
func (m Mapping) OrderBy(orderBy string) string {
	terms := strings.Split(orderBy, ",")
	for i, term := range terms {
		name, direction, directed := strings.Cut(strings.TrimSpace(term), " ")
		terms[i] = m.VendorPath(name)
		if directed {
			terms[i] += " " + direction
		}
	}
	return strings.Join(terms, ",")
}

// Select returns a record with no other top-level members than these, in the
// record's own order; with all, if there are none. A text that is no JSON object is
// returned as it is.
func Select(record json.RawMessage, members []string) json.RawMessage {
	parsed := gjson.ParseBytes(record)
	if len(members) == 0 || !parsed.IsObject() {
		return record
	}
	out := []byte{'{'}
	parsed.ForEach(func(name, value gjson.Result) bool {
		if slices.Contains(members, name.String()) {
			out = comma(out, len(out)-1)
			out = append(append(append(out, name.Raw...), ':'), value.Raw...)
		}
		return true
	})
	return append(out, '}')
}
