package format

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
)

// schema is a JSON Schema of draft 2020-12, as far as it is needed.
type schema struct {
	Dialect     string     `json:"$schema,omitempty"`
	Title       string     `json:"title,omitempty"`
	Ref         string     `json:"$ref,omitempty"`
	Description string     `json:"description,omitempty"`
	Type        any        `json:"type,omitempty"` // a name, or several
	Pattern     string     `json:"pattern,omitempty"`
	MinLength   int        `json:"minLength,omitempty"`
	Enum        []any      `json:"enum,omitempty"`
	Default     any        `json:"default,omitempty"`
	Examples    []any      `json:"examples,omitempty"`
	AnyOf       []*schema  `json:"anyOf,omitempty"`
	Items       *schema    `json:"items,omitempty"`
	Names       *schema    `json:"propertyNames,omitempty"`
	Properties  properties `json:"properties,omitzero"`
	Required    []string   `json:"required,omitempty"`
	Additional  any        `json:"additionalProperties,omitempty"` // a schema, or false
	Definitions properties `json:"$defs,omitzero"`
}

// properties are named schemas in an order of their own, which a map would lose.
type properties []property

type property struct {
	name   string
	schema *schema
}

// MarshalJSON returns the properties as a JSON object.
func (p properties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	for i, each := range p {
		b.WriteByte("{,"[min(i, 1)])
		b.Write(compact(each.name))
		b.WriteByte(':')
		b.Write(compact(each.schema))
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// JSONSchema returns the format that the struct t declares as a JSON Schema of
// draft 2020-12, for editors.
func JSONSchema(t reflect.Type, title string) []byte {
	types := structsOf(t)
	root := objectSchema(types[0].typ)
	root.Dialect = "https://json-schema.org/draft/2020-12/schema"
	root.Title = title
	for _, t := range types[1:] {
		root.Definitions = append(root.Definitions, property{t.typ.Name(), objectSchema(t.typ)})
	}
	var b bytes.Buffer
	if err := json.Indent(&b, compact(root), "", "  "); err != nil { // it was encoded just now
		return nil
	}
	b.WriteByte('\n')
	return b.Bytes()
}

func objectSchema(t reflect.Type) *schema {
	s := &schema{Type: "object", Additional: false}
	for _, k := range keysOf(t) {
		s.Properties = append(s.Properties, property{k.name, k.schema()})
		if k.need {
			s.Required = append(s.Required, k.name)
		}
	}
	return s
}

// schema returns the schema of the key's values.
func (k key) schema() *schema {
	s := typeSchema(k.typ, k.enum)
	s.Description = k.doc
	if k.value != "" {
		s.Default = k.defaultJSON()
	}
	if k.example != "" && s.Type == "string" {
		s.Examples = []any{k.example}
	}
	if k.need && s.Type == "string" && len(k.enum) == 0 {
		s.MinLength = 1
	}
	return s
}

// typeSchema returns the schema of a type. An enum is of texts or numbers, and of
// a map it names the keys.
func typeSchema(t reflect.Type, enum []string) *schema {
	switch {
	case isText(t):
		return &schema{Type: "string", Pattern: patternOf(t), Enum: enumJSON(t, enum)}
	case isTextList(t):
		one := typeSchema(t.Elem(), enum)
		return &schema{AnyOf: []*schema{one, {Type: "array", Items: one}}}
	case t.Kind() == reflect.Pointer:
		return typeSchema(t.Elem(), enum)
	case t.Kind() == reflect.Struct:
		return &schema{Ref: "#/$defs/" + t.Name()}
	case t.Kind() == reflect.Slice:
		return &schema{Type: "array", Items: typeSchema(t.Elem(), enum)}
	case t.Kind() == reflect.Map:
		return mapSchema(t, enum)
	case t.Kind() == reflect.Bool:
		return &schema{Type: "boolean"}
	case t.Kind() == reflect.Interface:
		return &schema{}
	}
	return &schema{Type: "integer", Enum: enumJSON(t, enum)}
}

// patternOf returns the regular expression that a text type says it fits, if it
// says one.
func patternOf(t reflect.Type) string {
	p, ok := reflect.TypeAssert[interface{ Pattern() string }](reflect.Zero(t))
	if !ok {
		return ""
	}
	return p.Pattern()
}

func mapSchema(t reflect.Type, names []string) *schema {
	s := &schema{Type: "object", Additional: typeSchema(t.Elem(), nil)}
	if len(names) > 0 {
		s.Names = &schema{Enum: enumJSON(t.Key(), names)}
	}
	return s
}

func enumJSON(t reflect.Type, enum []string) []any {
	var all []any
	for _, text := range enum {
		if isText(t) {
			all = append(all, text)
			continue
		}
		all = append(all, json.Number(text))
	}
	return all
}

// defaultJSON returns the key's default as a JSON value.
func (k key) defaultJSON() any {
	switch {
	case isTextList(k.typ):
		return list(k.value)
	case isText(k.typ):
		return k.value
	case k.typ.Kind() == reflect.Bool:
		yes, _ := strconv.ParseBool(k.value) // the tests check the tags
		return yes
	}
	return json.Number(k.value)
}

// compact returns v as JSON, with <, > and & as they are, for readers.
func compact(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil { // schemas have a JSON form
		return []byte("null")
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'})
}
