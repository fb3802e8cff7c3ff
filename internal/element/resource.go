package element

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"turnstone/internal/element/format"
)

// NewestFirst is the Order of a resource whose vendor lists what was updated last
// first.
const NewestFirst = "newest_first"

// Resource returns the resource with that name, or the one whose name has
// parameters where name has values: reports/7C1E/entries is the resource
// reports/{reportId}/entries. Of several such, it is the one that has a parameter
// furthest to the right.
func (e *Element) Resource(name string) (*Resource, bool) {
	var best *Resource
	for i := range e.Resources {
		r := &e.Resources[i]
		if r.Name == name {
			return r, true
		}
		if r.serves(name) && (best == nil || moreSpecific(r.Name, best.Name)) {
			best = r
		}
	}
	return best, best != nil
}

// serves reports whether name has a value for each parameter of r and its words
// for the others.
func (r *Resource) serves(name string) bool {
	if !strings.Contains(r.Name, "{") || strings.Count(r.Name, "/") != strings.Count(name, "/") {
		return false
	}
	values := strings.Split(name, "/")
	for i, segment := range strings.Split(r.Name, "/") {
		if values[i] == "" || segment != values[i] && parameterOf(segment) == "" {
			return false
		}
	}
	return true
}

// moreSpecific reports whether of two names with as many segments a has a word
// first where b has a parameter.
func moreSpecific(a, b string) bool {
	others := strings.Split(b, "/")
	for i, segment := range strings.Split(a, "/") {
		if mine, other := parameterOf(segment) != "", parameterOf(others[i]) != ""; mine != other {
			return other
		}
	}
	return false
}

// Parameters returns the names of the parameters in the name of r, in their order.
func (r *Resource) Parameters() []string {
	var names []string
	for segment := range strings.SplitSeq(r.Name, "/") {
		if name := parameterOf(segment); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// Values returns the values that name, by which r was found, has for the
// parameters of r. A parameter has none where name has the parameter itself.
func (r *Resource) Values(name string) map[string]string {
	values := make(map[string]string)
	given := strings.Split(name, "/")
	for i, segment := range strings.Split(r.Name, "/") {
		if parameter := parameterOf(segment); parameter != "" && i < len(given) && given[i] != segment {
			values[parameter] = given[i]
		}
	}
	return values
}

// parameterOf returns the name of the parameter that a segment of a name is; empty
// if it is none.
func parameterOf(segment string) string {
	inside, opened := strings.CutPrefix(segment, "{")
	name, closed := strings.CutSuffix(inside, "}")
	if !opened || !closed {
		return ""
	}
	return name
}

// NeedsID reports whether the request is about the record with a given id. Some
// vendors are told in the body or in the query which record is meant.
func (r *Requester) NeedsID() bool { return reads(*r, lookup{root: rootID}) }

// Confirms reports whether asking for a record by its id tells that there is none
// any more. It does not where the request needs to be told more than the id: what
// is not found then may be there for somebody who knows it.
func (r *Resource) Confirms() bool {
	retrieve := r.Operations["retrieve"]
	if retrieve == nil {
		return false
	}
	complete := true
	format.Each(*retrieve, "", func(_ string, t Template) {
		if slices.ContainsFunc(t.parts, func(p part) bool { return p.lookup.root == rootWhere }) {
			complete = false
		}
	})
	return complete
}

// Deleted reports whether the vendor marks a record as deleted. Without a
// deleted_field, as of a nil Incremental, none is.
func (s *Incremental) Deleted(record json.RawMessage) bool {
	if s == nil || s.DeletedField == "" {
		return false
	}
	mark := gjson.GetBytes(record, s.DeletedField)
	return mark.Exists() && mark.Type != gjson.Null && slices.Contains(s.DeletedValues, textOf(mark))
}

// textOf returns a value as it is written, so that no number loses digits.
func textOf(value gjson.Result) string {
	if value.Type == gjson.String {
		return value.String()
	}
	return value.Raw
}
