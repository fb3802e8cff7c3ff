package element

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Over returns the request that r makes of base: what r says wins, what it does
// not say comes from base. Parameters and headers are joined by name, the names
// of headers without regard to case. The response filters of r are tried before
// those of base. Neither r nor base is changed.
func (r Requester) Over(base Requester) Requester {
	return Requester{
		URLBase:      firstSet(r.URLBase, base.URLBase),
		Path:         firstTemplate(r.Path, base.Path),
		Method:       cmp.Or(r.Method, base.Method),
		Parameters:   joined(r.Parameters, base.Parameters),
		Required:     firstSet(r.Required, base.Required),
		Headers:      joinedHeaders(r.Headers, base.Headers),
		Body:         firstTemplate(r.Body, base.Body),
		Decoder:      cmp.Or(r.Decoder, base.Decoder),
		Timeout:      cmp.Or(r.Timeout, base.Timeout),
		RateLimit:    cmp.Or(r.RateLimit, base.RateLimit),
		ErrorHandler: r.ErrorHandler.over(base.ErrorHandler),
		Record:       cmp.Or(r.Record, base.Record),
		BodyRoot:     cmp.Or(r.BodyRoot, base.BodyRoot),
		Hooks:        base.Hooks.around(r.Hooks),
	}
}

func (h ErrorHandler) over(base ErrorHandler) ErrorHandler {
	return ErrorHandler{
		Filters:  slices.Concat(h.Filters, base.Filters),
		Messages: firstSet(h.Messages, base.Messages),
		MinWait:  cmp.Or(h.MinWait, base.MinWait),
	}
}

func firstSet[T any](lists ...[]T) []T {
	for _, l := range lists {
		if len(l) > 0 {
			return l
		}
	}
	return nil
}

func firstTemplate(a, b Template) Template {
	if a.IsZero() {
		return b
	}
	return a
}

func joined(over, base map[string]Template) map[string]Template {
	all := make(map[string]Template, len(over)+len(base))
	maps.Copy(all, base)
	maps.Copy(all, over)
	return all
}

func joinedHeaders(over, base map[string]Template) map[string]Template {
	all := maps.Clone(base)
	for name := range over {
		maps.DeleteFunc(all, func(other string, _ Template) bool { return strings.EqualFold(name, other) })
	}
	return joined(over, all)
}
