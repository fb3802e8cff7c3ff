package hub

import (
	"maps"
	"slices"

	"turnstone/internal/ceql"
	"turnstone/internal/element"
)

// settled returns the request with the parameters of its URL that the hub does not know
// as part of its where clause, if the vendor can be asked for them. Clients of the
// platform wrote them either way.
func (r Request) settled(resource *element.Resource) (Request, error) {
	if len(r.Parameters) == 0 {
		return r, nil
	}
	filter := resource.Retriever.Filter
	for _, name := range slices.Sorted(maps.Keys(r.Parameters)) {
		value := r.Parameters[name]
		if !slices.Contains(filter.Attributes, name) && filter.Type != filteredByHooks {
			return r, badRequest(name, "is no parameter of a list; write what to look for in where, as in where=%.40s='...'", name)
		}
		if value == "" {
			continue
		}
		term := ceql.Comparison{Field: name, Op: ceql.Equal, Value: ceql.Value{Kind: ceql.TextKind, Text: value}}.String()
		if r.Where != "" {
			term = "(" + r.Where + ") AND " + term
		}
		r.Where = term
	}
	r.Parameters = nil
	return r, nil
}
