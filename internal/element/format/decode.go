package format

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// at is where in a file the decoder is.
type at struct {
	path    string
	key     key
	overlay bool // below a key with the tag overlay
}

// member is the key k of the struct at a.
func (a at) member(k key) at {
	return at{path: Member(a.path, k.name), key: k, overlay: a.overlay || k.overlay}
}

// entry is an entry of the map at a; item an item of the list.
func (a at) entry(name string) at {
	return at{path: Member(a.path, name), overlay: a.overlay}
}

func (a at) item(i int) at {
	return at{path: Item(a.path, i), key: key{enum: a.key.enum, example: a.key.example}, overlay: a.overlay}
}

// Member is the path of a member of the struct or map at path.
func Member(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// Item is the path of an item of the list at path.
func Item(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// nearest returns the place of path, or of the nearest value around it that the
// file has.
func (d *Document) nearest(path string) place {
	for {
		if p, ok := d.places[path]; ok {
			return p
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
}

// value fills v from n.
func (d *Document) value(n ast.Node, v reflect.Value, a at) {
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem())) // also for a bad value, so that lint meets no nil
		v = v.Elem()
	}
	d.places[a.path] = start(n)
	if !d.plain(n, a) {
		return
	}
	switch t := v.Type(); {
	case isText(t):
		d.text(n, v, a)
	case t.Kind() == reflect.Struct:
		d.structure(n, v, a)
	case t.Kind() == reflect.Slice:
		d.list(n, v, a)
	case t.Kind() == reflect.Map:
		d.mapping(n, v, a)
	case t.Kind() == reflect.Bool:
		d.boolean(n, v, a)
	case t.Kind() == reflect.Interface:
		v.Set(reflect.ValueOf(d.free(n, a)))
	default:
		d.integer(n, v, a)
	}
}

// plain reports whether n is a value as it stands, and a problem if it is not.
func (d *Document) plain(n ast.Node, a at) bool {
	switch n.(type) {
	case *ast.NullNode:
		d.report(a.path, "has no value; write one, or leave the key out")
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
		d.report(a.path, "is an anchor or an alias, which are not read; write the value out")
	case *ast.TagNode, *ast.DirectiveNode:
		d.report(a.path, "has a YAML tag, which are not read; leave it out")
	default:
		return true
	}
	return false
}

// structure fills the struct v from a mapping: each key once, no other keys, and
// the defaults of the absent ones.
func (d *Document) structure(n ast.Node, v reflect.Value, a at) {
	keys := map[string]key{}
	for _, k := range keysOf(v.Type()) {
		keys[k.name] = k
	}
	seen := map[string]bool{}
	ok := d.entries(n, a, func(name string, value ast.Node, p place) {
		k, known := keys[name]
		if !known {
			d.reportAt(p, Member(a.path, name), "unknown key; %s", Suggestion(name, names(keysOf(v.Type()))))
			return
		}
		seen[name] = true
		d.value(value, v.FieldByIndex(k.index), a.member(k))
	})
	if ok {
		d.absent(v, a, seen)
	}
}

// absent reports the keys of the struct v that are needed and not seen, and gives
// the others their defaults.
func (d *Document) absent(v reflect.Value, a at, seen map[string]bool) {
	for _, k := range keysOf(v.Type()) {
		if seen[k.name] {
			continue
		}
		field := v.FieldByIndex(k.index)
		switch {
		case k.need:
			d.report(Member(a.path, k.name), "is missing; %s", k.remedy())
		case !a.overlay:
			fill(field, k)
		}
	}
}

// fill gives v, the value of the absent key k, its default or those in it.
func fill(v reflect.Value, k key) {
	switch {
	case k.overlay:
	case k.value != "":
		setDefault(v, k.value)
	case v.Kind() == reflect.Struct && !isText(v.Type()):
		for _, inner := range keysOf(v.Type()) {
			fill(v.FieldByIndex(inner.index), inner)
		}
	}
}

// remedy says how to give the key a value.
func (k key) remedy() string {
	switch {
	case len(k.enum) == 1:
		return "write " + k.name + ": " + k.enum[0]
	case len(k.enum) > 1:
		return "write " + k.name + ": with " + OneOf(k.enum)
	case k.example != "":
		return "write it, as in " + k.name + ": " + k.example
	}
	purpose, _, _ := strings.Cut(k.doc, ". ")
	return "write it (" + strings.TrimSuffix(lowerFirst(purpose), ".") + ")"
}

// setDefault gives v the default that the tag of its field holds.
func setDefault(v reflect.Value, text string) {
	if u, ok := reflect.TypeAssert[encoding.TextUnmarshaler](v.Addr()); ok {
		_ = u.UnmarshalText([]byte(text)) // the tests check the tags
		return
	}
	switch {
	case v.Kind() == reflect.String:
		v.SetString(text)
	case v.Kind() == reflect.Bool:
		v.SetBool(text == "true")
	case v.Kind() == reflect.Slice:
		v.Set(reflect.ValueOf(list(text)))
	default:
		number, _ := strconv.ParseInt(text, 10, 64)
		v.SetInt(number)
	}
}

// list fills the slice v. A list of texts may be written as one text.
func (d *Document) list(n ast.Node, v reflect.Value, a at) {
	if isTextList(v.Type()) && isScalar(n) {
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		d.value(n, v.Index(0), a.item(0))
		return
	}
	sequence, ok := n.(*ast.SequenceNode)
	if !ok {
		d.wrong(n, a, "a list")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(sequence.Values), len(sequence.Values)))
	for i, item := range sequence.Values {
		d.value(item, v.Index(i), a.item(i))
	}
}

// mapping fills the map v, whose names are the file's own unless there is an enum
// of them.
func (d *Document) mapping(n ast.Node, v reflect.Value, a at) {
	v.Set(reflect.MakeMap(v.Type()))
	d.entries(n, a, func(name string, value ast.Node, p place) {
		if len(a.key.enum) > 0 && !slices.Contains(a.key.enum, name) {
			d.reportAt(p, Member(a.path, name), "unknown key; %s", Suggestion(name, a.key.enum))
			return
		}
		entry := reflect.New(v.Type().Elem()).Elem()
		d.value(value, entry, a.entry(name))
		v.SetMapIndex(reflect.ValueOf(name), entry)
	})
}

// entries calls each for the entries of a mapping. It reports names that stand in
// it twice; what is no mapping it reports and answers with false.
func (d *Document) entries(n ast.Node, a at, each func(name string, value ast.Node, p place)) bool {
	mapping, ok := n.(ast.MapNode)
	if !ok {
		d.wrong(n, a, "keys with values")
		return false
	}
	seen := map[string]place{}
	for entries := mapping.MapRange(); entries.Next(); {
		p := placeOf(entries.Key().GetToken())
		name, ok := keyText(entries.Key())
		if !ok {
			d.reportAt(p, a.path, "a key that is no plain name; write a name and a colon (merge keys are not read)")
			continue
		}
		if first, twice := seen[name]; twice {
			d.reportAt(p, Member(a.path, name), "stands here and in line %d; leave one of them", first.line)
			continue
		}
		seen[name] = p
		each(name, entries.Value(), p)
	}
	return true
}
