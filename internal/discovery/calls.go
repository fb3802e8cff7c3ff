package discovery

import (
	"cmp"
	"strings"

	"turnstone/internal/element"
)

// call is something that a hub does with a resource.
type call struct {
	method string // in small letters
	record bool   // it is about one record
	body   bool
	list   bool
	does   string // for people
}

// callsOf returns what a hub does with a resource. PUT does the same as PATCH, and is
// not told of: a client that is made from a document needs one of them.
func callsOf(r *element.Resource) []call {
	var calls []call
	if r.Retriever != nil {
		calls = append(calls, call{method: "get", list: true, does: "List"})
	}
	for _, c := range []struct {
		operation string
		call      call
	}{
		{"create", call{method: "post", body: true, does: "Create one of"}},
		{"retrieve", call{method: "get", record: true, does: "Retrieve one of"}},
		{"update", call{method: "patch", record: true, body: true, does: "Update one of"}},
		{"delete", call{method: "delete", record: true, does: "Delete one of"}},
	} {
		operation := r.Operations[c.operation]
		if operation == nil {
			continue
		}
		c.call.record = c.call.record && operation.NeedsID()
		calls = append(calls, c.call)
	}
	return calls
}

// operationID returns the name of a call, such as GET-reports, or GET-reports-id of
// one record.
func (c call) operationID(resource string) string {
	id := strings.ToUpper(c.method) + "-" + identifier(resource)
	if c.record {
		id += "-id"
	}
	return id
}

// identifier returns a name of which letters, digits, dashes and underscores are left,
// with a dash in the place of others.
func identifier(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
	})
	return cmp.Or(strings.Join(words, "-"), "object")
}

// listParameters are the parameters of every list.
func listParameters() []Parameter {
	return []Parameter{
		{Name: "where", In: "query", Type: "string", Description: "A CEQL expression that the records must match."},
		{Name: "fields", In: "query", Type: "string", Description: "The members to return, with commas between them."},
		{Name: "orderBy", In: "query", Type: "string", Description: "The field to sort by, and asc or desc."},
		{Name: "pageSize", In: "query", Type: "integer", Description: "The most records to return."},
		{Name: "page", In: "query", Type: "integer", Description: "The number of the page, from 1."},
		{Name: "nextPage", In: "query", Type: "string", Description: "The Elements-Next-Page-Token of the page before."},
	}
}

// idParameter names the record that a call is about.
func idParameter() Parameter {
	return Parameter{Name: "id", In: "path", Type: "string", Required: true, Description: "The id of the record."}
}
