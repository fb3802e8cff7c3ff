package hub

import (
	"maps"
	"strings"

	"turnstone/internal/ceql"
	"turnstone/internal/element"
	"turnstone/internal/script"
)

// filteredByHooks says that the hooks of a resource read the where clause.
const filteredByHooks = "hooks"

// hubCall returns a list as hooks see it.
func (l *listing) hubCall(resource *element.Resource, at place) script.Call {
	seen := script.Call{
		Method: "GET", Path: "/" + at.Resource, Parameters: map[string]string{}, Variables: resource.Values(at.Resource),
	}
	if paths := resource.Retriever.Selector.FieldPath; len(paths) > 0 {
		seen.Root = paths[0]
	}
	if resource == l.asked.resource && l.asked.where != "" {
		seen.Parameters["where"] = l.asked.where
		seen.Where = comparedIn(l.asked.where)
		maps.Copy(seen.Parameters, equalities(seen.Where))
	}
	return seen
}

// comparedIn returns the comparisons of a where clause, wherever they stand in it.
func comparedIn(where string) []script.Comparison {
	expr, err := ceql.Parse(where)
	if err != nil { // it was parsed before
		return nil
	}
	all := []script.Comparison{}
	for _, term := range ceql.Terms(expr) {
		if c, plain := term.(ceql.Comparison); plain {
			all = append(all, script.Comparison{Attribute: c.Field, Operator: string(c.Op), Value: c.Value.Text})
		}
	}
	return all
}

// equalities returns what comparisons set to a value: on the platform these were
// parameters of the call too.
func equalities(all []script.Comparison) map[string]string {
	values := map[string]string{}
	for _, c := range all {
		if c.Operator == string(ceql.Equal) && c.Attribute != "where" {
			values[c.Attribute] = c.Value
		}
	}
	return values
}

// hubCall returns an operation as hooks see it.
func (op operation) hubCall(resource *element.Resource, requester *element.Requester) script.Call {
	methods := map[string]string{"retrieve": "GET", "create": "POST", "update": "PATCH", "delete": "DELETE"}
	seen := script.Call{
		Method: methods[op.name], Path: "/" + strings.TrimSuffix(op.ref.Resource+"/"+op.ref.ID, "/"),
		Parameters: op.ref.Query, Variables: resource.Values(op.ref.Resource), Root: requester.Record,
	}
	seen.Variables["id"] = op.ref.ID
	return seen
}
