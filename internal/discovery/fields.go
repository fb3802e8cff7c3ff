package discovery

import (
	"slices"
	"strings"

	"turnstone"
	"turnstone/internal/element"
)

// Object is a kind of object that can be called: a resource of the element, or a
// common resource made of one.
type Object struct {
	Name       string
	VendorName string // of the resource behind it; its own name, unless it is a common resource
	Resource   element.Resource
	Common     bool
	Fields     []Field
}

// Field is what is known of a field.
type Field struct {
	Path       string `json:"path"`
	VendorPath string `json:"vendorPath,omitempty"`
	Type       string `json:"type,omitempty"` // empty: not known
	PrimaryKey bool   `json:"primaryKey,omitempty"`
}

// ObjectOf returns a resource of an element as an object.
func ObjectOf(r element.Resource) Object {
	return Object{Name: r.Name, VendorName: r.Name, Resource: r, Fields: fieldsOf(r)}
}

// ObjectsOf returns all resources of an element as objects, in the element's order.
func ObjectsOf(el *element.Element) []Object {
	objects := make([]Object, len(el.Resources))
	for i, r := range el.Resources {
		objects[i] = ObjectOf(r)
	}
	return objects
}

// CommonObject returns a common resource as an object. r is what the transformation
// makes of the vendor's resource; defined are the fields of the definition.
func CommonObject(t turnstone.Transformation, r element.Resource, defined []turnstone.ObjectField) Object {
	o := Object{Name: t.Name, VendorName: t.Mapping.VendorName, Resource: r, Common: true}
	for _, f := range t.Mapping.Fields {
		o.Fields = append(o.Fields, Field{Path: f.Path, VendorPath: f.VendorPath, Type: f.Type, PrimaryKey: f.Path == r.PrimaryKey})
	}
	for _, f := range defined {
		at := slices.IndexFunc(o.Fields, func(known Field) bool { return known.Path == f.Path })
		if at < 0 {
			o.Fields = append(o.Fields, Field{Path: f.Path, Type: f.Type})
		} else if o.Fields[at].Type == "" {
			o.Fields[at].Type = f.Type
		}
	}
	if t.Mapping.Strict {
		return o
	}
	for _, f := range fieldsOf(r) {
		if !slices.ContainsFunc(o.Fields, func(known Field) bool { return overlaps(known.Path, f.Path) }) {
			o.Fields = append(o.Fields, f)
		}
	}
	return o
}

// overlaps reports whether one path is the other, or leads into it.
func overlaps(a, b string) bool {
	return a == b || leadsInto(a, b) || leadsInto(b, a)
}

func leadsInto(path, object string) bool {
	rest, found := strings.CutPrefix(path, object)
	return found && rest != "" && (rest[0] == '.' || rest[0] == '[')
}

// fieldsOf returns what the element declares of a resource's fields.
func fieldsOf(r element.Resource) []Field {
	known := map[string]string{r.PrimaryKey: "string"}
	if s := r.Incremental; s != nil {
		known[s.CursorField], known[s.CreatedField] = "date", "date"
		known[s.DeletedField] = ""
	}
	delete(known, "")
	paths := slices.Clone(r.Fields)
	for path := range known {
		if !slices.ContainsFunc(paths, func(other string) bool { return overlaps(other, path) }) {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	fields := make([]Field, len(paths))
	for i, path := range paths {
		fields[i] = Field{Path: path, VendorPath: path, Type: known[path], PrimaryKey: path == r.PrimaryKey}
	}
	return fields
}
