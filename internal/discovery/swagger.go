package discovery

import (
	"maps"
	"slices"
	"strings"
)

// Document is a Swagger 2.0 document.
type Document struct {
	Swagger     string                `json:"swagger"`
	Info        Info                  `json:"info"`
	Host        string                `json:"host,omitempty"`
	BasePath    string                `json:"basePath"`
	Schemes     []string              `json:"schemes,omitempty"`
	Consumes    []string              `json:"consumes"`
	Produces    []string              `json:"produces"`
	Paths       map[string]PathItem   `json:"paths"`
	Definitions map[string]Schema     `json:"definitions,omitempty"`
	Security    []map[string][]string `json:"security"`
	Authorities map[string]Authority  `json:"securityDefinitions"`
}

// Info says what a document is about.
type Info struct {
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	Version     string `json:"version"`
}

// PathItem holds the operations of a path, by method in small letters.
type PathItem map[string]Operation

// Operation is what a method does.
type Operation struct {
	OperationID string              `json:"operationId"`
	Summary     string              `json:"summary"`
	Tags        []string            `json:"tags"`
	Parameters  []Parameter         `json:"parameters"`
	Responses   map[string]Response `json:"responses"`
}

// Parameter is a parameter of an operation.
type Parameter struct {
	Name        string  `json:"name"`
	In          string  `json:"in"`
	Description string  `json:"description,omitempty"`
	Required    bool    `json:"required"`
	Type        string  `json:"type,omitempty"`
	Schema      *Schema `json:"schema,omitempty"`
}

// Response is an answer.
type Response struct {
	Description string            `json:"description"`
	Schema      *Schema           `json:"schema,omitempty"`
	Headers     map[string]Header `json:"headers,omitempty"`
}

// Header is a header of an answer.
type Header struct {
	Type        string `json:"type"`
	Description string `json:"description,omitempty"`
}

// Schema describes JSON.
type Schema struct {
	Ref        string            `json:"$ref,omitempty"`
	Type       string            `json:"type,omitempty"`
	Format     string            `json:"format,omitempty"`
	Items      *Schema           `json:"items,omitempty"`
	Properties map[string]Schema `json:"properties,omitempty"`
	Required   []string          `json:"required,omitempty"`
}

// Authority is a way to say who one is.
type Authority struct {
	Type        string `json:"type"`
	Name        string `json:"name"`
	In          string `json:"in"`
	Description string `json:"description"`
}

// errorName is the name of the definition that every document has.
const errorName = "ErrorResponse"

// refTo returns a schema that is defined elsewhere.
func refTo(name string) *Schema { return &Schema{Ref: definitionPrefix + name} }

const definitionPrefix = "#/definitions/"

// errorSchema is the body of every error.
func errorSchema() Schema {
	text := Schema{Type: "string"}
	return Schema{
		Type:       "object",
		Properties: map[string]Schema{"requestId": text, "message": text, "providerMessage": text},
		Required:   []string{"requestId", "message"},
	}
}

// Only returns the document with one operation, and what that refers to. It reports
// whether there is such an operation.
func (d Document) Only(operationID string) (Document, bool) {
	for path, item := range d.Paths {
		for method, operation := range item {
			if operation.OperationID != operationID {
				continue
			}
			d.Paths = map[string]PathItem{path: {method: operation}}
			d.Definitions = d.named(operation.names())
			return d, true
		}
	}
	return Document{}, false
}

// OperationIDs returns the names of all operations, sorted.
func (d Document) OperationIDs() []string {
	var ids []string
	for _, item := range d.Paths {
		for _, operation := range item {
			ids = append(ids, operation.OperationID)
		}
	}
	slices.Sort(ids)
	return ids
}

// named returns some of the definitions.
func (d Document) named(names []string) map[string]Schema {
	some := make(map[string]Schema)
	for _, name := range names {
		some[name] = d.Definitions[name]
	}
	return some
}

// names returns the names of the definitions that an operation refers to.
func (o Operation) names() []string {
	var names []string
	o.schemas(func(s Schema) Schema {
		if name, refers := strings.CutPrefix(s.Ref, definitionPrefix); refers {
			names = append(names, name)
		}
		return s
	})
	return names
}

// schemas returns the operation with each of its schemas, and those inside them,
// replaced by what change returns.
func (o Operation) schemas(change func(Schema) Schema) Operation {
	parameters := slices.Clone(o.Parameters)
	for i, p := range parameters {
		parameters[i].Schema = p.Schema.each(change)
	}
	responses := maps.Clone(o.Responses)
	for status, r := range responses {
		r.Schema = r.Schema.each(change)
		responses[status] = r
	}
	o.Parameters, o.Responses = parameters, responses
	return o
}

// each returns a schema after change, from the inside to the outside. Definitions
// refer to no other definitions.
func (s *Schema) each(change func(Schema) Schema) *Schema {
	if s == nil {
		return nil
	}
	changed := *s
	changed.Items = s.Items.each(change)
	changed = change(changed)
	return &changed
}

// Resolved returns the document with the definitions in the place of what refers to
// them.
func (d Document) Resolved() Document {
	paths := make(map[string]PathItem, len(d.Paths))
	for path, item := range d.Paths {
		paths[path] = make(PathItem, len(item))
		for method, operation := range item {
			paths[path][method] = operation.schemas(func(s Schema) Schema {
				if name, refers := strings.CutPrefix(s.Ref, definitionPrefix); refers {
					return d.Definitions[name]
				}
				return s
			})
		}
	}
	d.Paths, d.Definitions = paths, nil
	return d
}
