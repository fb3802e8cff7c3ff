package format

import (
	"encoding"
	"reflect"
	"strings"
)

// key is one key of a format, as the tags of a struct field declare it.
type key struct {
	name    string
	doc     string
	value   string // the default, where it has one
	example string
	enum    []string
	need    bool
	overlay bool
	index   []int // of the field in its struct
	typ     reflect.Type
}

// keysOf returns the keys that a struct declares, in its order. The keys of an
// inlined struct stand among them.
func keysOf(t reflect.Type) []key {
	var keys []key
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if options == "inline" {
			continue // its fields are visible themselves
		}
		keys = append(keys, key{
			name:    name,
			doc:     f.Tag.Get("doc"),
			value:   f.Tag.Get("default"),
			example: f.Tag.Get("example"),
			enum:    list(f.Tag.Get("enum")),
			need:    f.Tag.Get("need") != "",
			overlay: f.Tag.Get("overlay") != "",
			index:   f.Index,
			typ:     f.Type,
		})
	}
	return keys
}

// list splits a tag that holds several texts.
func list(tag string) []string {
	if tag == "" {
		return nil
	}
	return strings.Split(tag, ",")
}

// isText reports whether a t is written as one text: a string, or a type that
// reads itself from text.
func isText(t reflect.Type) bool {
	return t.Kind() == reflect.String || reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// isTextList reports whether t is a list of texts, which may be written as one
// text where it has one.
func isTextList(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && isText(t.Elem())
}

// Each calls visit for every T in v, a value of a format that stands at path, with
// the path of each.
func Each[T any](v any, path string, visit func(path string, value T)) {
	each(reflect.ValueOf(v), path, visit)
}

func each[T any](v reflect.Value, path string, visit func(string, T)) {
	if value, ok := reflect.TypeAssert[T](v); ok {
		visit(path, value)
		return
	}
	switch {
	case isText(v.Type()):
	case v.Kind() == reflect.Pointer && !v.IsNil():
		each(v.Elem(), path, visit)
	case v.Kind() == reflect.Struct:
		for _, k := range keysOf(v.Type()) {
			each(v.FieldByIndex(k.index), Member(path, k.name), visit)
		}
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			each(v.Index(i), Item(path, i), visit)
		}
	case v.Kind() == reflect.Map:
		for entries := v.MapRange(); entries.Next(); {
			each(entries.Value(), Member(path, entries.Key().String()), visit)
		}
	}
}
