package format

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// structType is a struct of a format and the places where it stands.
type structType struct {
	typ   reflect.Type
	paths []string // as in resources[].retriever
}

// structsOf returns the structs of the format that t declares, each once, t first,
// level by level.
func structsOf(t reflect.Type) []structType {
	types := []structType{{typ: t, paths: []string{""}}}
	for i := 0; i < len(types); i++ { // types grows on the way
		for _, k := range keysOf(types[i].typ) {
			t, suffix := inner(k.typ)
			if t.Kind() != reflect.Struct || isText(t) {
				continue
			}
			path := Member(types[i].paths[0], k.name) + suffix
			known := slices.IndexFunc(types, func(other structType) bool { return other.typ == t })
			if known < 0 {
				types = append(types, structType{typ: t, paths: []string{path}})
				continue
			}
			types[known].paths = append(types[known].paths, path)
		}
	}
	return types
}

// inner returns what a pointer, list or map holds, and how a path goes into it.
func inner(t reflect.Type) (reflect.Type, string) {
	switch t.Kind() { //nolint:exhaustive // the others hold nothing
	case reflect.Pointer:
		return inner(t.Elem())
	case reflect.Slice:
		held, suffix := inner(t.Elem())
		return held, "[]" + suffix
	case reflect.Map:
		held, suffix := inner(t.Elem())
		return held, ".*" + suffix
	}
	return t, ""
}

// Reference returns the format that the struct t declares as Markdown: a section
// with a table for each struct.
func Reference(t reflect.Type) []byte {
	var b bytes.Buffer
	for _, t := range structsOf(t) {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| key | value | meaning |\n|---|---|---|\n", t.typ.Name(), t.where())
		for _, k := range keysOf(t.typ) {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", k.name, cell(k.values()), cell(k.meaning()))
		}
	}
	return b.Bytes()
}

// where says where in an element the type stands.
func (t structType) where() string {
	if t.paths[0] == "" {
		return "The file itself."
	}
	return "At `" + strings.Join(t.paths, "`, `") + "`."
}

// values says what the key may have.
func (k key) values() string {
	text := kind(k.typ)
	if len(k.enum) > 0 && k.typ.Kind() == reflect.Map {
		text += ", by " + codes(k.enum)
	} else if len(k.enum) > 0 {
		text = codes(k.enum)
	}
	switch {
	case k.need:
		return text + "; **required**"
	case k.value != "":
		return text + "; default `" + strings.ReplaceAll(k.value, ",", "`, `") + "`"
	}
	return text
}

// meaning is the key's documentation with its example, if it has one.
func (k key) meaning() string {
	if k.example == "" {
		return k.doc
	}
	return k.doc + " Example: `" + k.example + "`."
}

// kind names a type for readers.
func kind(t reflect.Type) string {
	switch {
	case t.Kind() == reflect.String:
		return "text"
	case isText(t):
		return strings.ToLower(t.Name())
	case t.Kind() == reflect.Pointer:
		return kind(t.Elem())
	case t.Kind() == reflect.Struct:
		return "[" + t.Name() + "](#" + strings.ToLower(t.Name()) + ")"
	case t.Kind() == reflect.Slice:
		return "list of " + kind(t.Elem())
	case t.Kind() == reflect.Map:
		return "map of " + kind(t.Elem())
	case t.Kind() == reflect.Bool:
		return "true/false"
	case t.Kind() == reflect.Interface:
		return "anything"
	}
	return "number"
}

func codes(texts []string) string { return "`" + strings.Join(texts, "`, `") + "`" }

// cell makes text fit into a cell of a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
