package discovery

import (
	"fmt"
	"regexp"
	"strings"

	"turnstone/internal/element"
)

// Site is where a hub is called.
type Site struct {
	Scheme   string // http or https
	Host     string // perhaps with a port
	BasePath string // what the paths begin with, such as /elements/api-v2
}

// Swagger returns the document of the hub paths of some objects of an element. Of
// objects with the same name the first counts.
func Swagger(el *element.Element, objects []Object, site Site) Document {
	b := builder{hub: el.Hub, ids: make(map[string]int), shapes: make(map[string]string), document: Document{
		Swagger:     "2.0",
		Info:        Info{Title: el.Name, Description: el.Description, Version: "v2"},
		Host:        site.Host,
		BasePath:    site.BasePath,
		Schemes:     []string{site.Scheme},
		Consumes:    []string{"application/json"},
		Produces:    []string{"application/json"},
		Paths:       make(map[string]PathItem),
		Definitions: map[string]Schema{errorName: errorSchema()},
		Security:    []map[string][]string{{"Authorization": {}}},
		Authorities: map[string]Authority{"Authorization": {
			Type: "apiKey", Name: "Authorization", In: "header",
			Description: "User <user secret>, Element <element token>",
		}},
	}}
	named := make(map[string]bool)
	for _, o := range objects {
		if !named[o.Name] {
			named[o.Name] = true
			b.object(o)
		}
	}
	return b.document
}

// builder makes a document.
type builder struct {
	hub      string
	document Document
	ids      map[string]int    // how many operations have a name
	shapes   map[string]string // paths, by themselves without the names of their parameters
}

// parameterName finds the parameters of a path.
var parameterName = regexp.MustCompile(`\{[^{}]*\}`)

// object adds the operations of an object, and its definition.
func (b *builder) object(o Object) {
	name := b.define(o)
	for _, c := range callsOf(&o.Resource) {
		path := "/hubs/" + b.hub + "/" + o.Name
		if c.record {
			path += "/{id}"
		}
		// Two paths that differ in the names of parameters alone are one to a client.
		shape := parameterName.ReplaceAllString(path, "{}")
		if other, taken := b.shapes[shape]; taken && other != path {
			continue
		}
		b.shapes[shape] = path
		if b.document.Paths[path] == nil {
			b.document.Paths[path] = make(PathItem)
		}
		b.document.Paths[path][c.method] = b.operation(c, o, name)
	}
}

// define adds the definition of an object, and returns its name.
func (b *builder) define(o Object) string {
	name := identifier(o.Name)
	for base, n := name, 2; ; n++ {
		if _, taken := b.document.Definitions[name]; !taken {
			break
		}
		name = fmt.Sprintf("%s-%d", base, n)
	}
	b.document.Definitions[name] = schemaOf(o.Fields)
	return name
}

// operation describes a call.
func (b *builder) operation(c call, o Object, definition string) Operation {
	id := c.operationID(o.Name)
	if b.ids[id]++; b.ids[id] > 1 {
		id = fmt.Sprintf("%s-%d", id, b.ids[id])
	}
	ok := Response{Description: "What was asked for.", Schema: refTo(definition)}
	operation := Operation{
		OperationID: id, Summary: c.does + " " + o.Name, Tags: []string{o.Name},
		Parameters: []Parameter{}, Responses: map[string]Response{},
	}
	for _, name := range o.Resource.Parameters() {
		operation.Parameters = append(operation.Parameters, Parameter{Name: name, In: "path", Type: "string", Required: true})
	}
	switch {
	case c.list:
		operation.Parameters = append(operation.Parameters, listParameters()...)
		ok.Schema = &Schema{Type: "array", Items: refTo(definition)}
		ok.Headers = map[string]Header{
			"Elements-Returned-Count":  {Type: "integer", Description: "How many records there are in the answer."},
			"Elements-Next-Page-Token": {Type: "string", Description: "Asks for the next page, as nextPage; absent on the last."},
		}
	case c.record:
		operation.Parameters = append(operation.Parameters, idParameter())
	}
	if c.body {
		operation.Parameters = append(operation.Parameters, Parameter{Name: "body", In: "body", Required: true, Schema: refTo(definition)})
	}
	if c.method == "delete" {
		ok.Schema = &Schema{Type: "object"}
	}
	operation.Responses["200"] = ok
	operation.Responses["default"] = Response{Description: "Why it could not be done, and what to do.", Schema: refTo(errorName)}
	return operation
}

// schemaOf returns the schema of a record with some fields.
func schemaOf(fields []Field) Schema {
	root := &shape{}
	for _, f := range fields {
		at := root
		for name := range strings.SplitSeq(strings.ReplaceAll(f.Path, "[", ".["), ".") {
			at = at.inside(name)
		}
		at.kind = f.Type
	}
	root.kind = "object"
	return root.schema()
}

// shape is a schema that is being made.
type shape struct {
	kind  string
	names map[string]*shape
	item  *shape // of an array
}

// inside returns the shape of a member, or with a bracket that of an item.
func (s *shape) inside(name string) *shape {
	if strings.HasPrefix(name, "[") {
		if s.item == nil {
			s.item = &shape{}
		}
		return s.item
	}
	if s.names == nil {
		s.names = make(map[string]*shape)
	}
	if s.names[name] == nil {
		s.names[name] = &shape{}
	}
	return s.names[name]
}

// kinds are the types of Swagger for the words that definitions use.
var kinds = map[string]string{
	"string": "string", "text": "string", "date": "string", "datetime": "string",
	"number": "number", "double": "number", "float": "number", "decimal": "number", "currency": "number", "bigdecimal": "number",
	"integer": "integer", "int": "integer", "long": "integer",
	"boolean": "boolean", "object": "object", "array": "array",
}

func (s *shape) schema() Schema {
	switch {
	case s.item != nil:
		item := s.item.schema()
		return Schema{Type: "array", Items: &item}
	case len(s.names) > 0:
		properties := make(map[string]Schema, len(s.names))
		for name, inside := range s.names {
			properties[name] = inside.schema()
		}
		return Schema{Type: "object", Properties: properties}
	}
	kind := kinds[strings.ToLower(s.kind)]
	if kind == "array" {
		return Schema{Type: kind, Items: &Schema{}}
	}
	return Schema{Type: kind}
}
