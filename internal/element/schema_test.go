package element_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"turnstone/internal/element"
)

func TestTheJSONSchemaDescribesEveryKey(t *testing.T) {
	var root object
	if err := json.Unmarshal(element.JSONSchema(), &root); err != nil {
		t.Fatal(err)
	}
	check(t, "Element", root)
	for name, def := range root.Defs {
		check(t, name, def)
	}
	for _, name := range []string{"Authenticator", "Grant", "Requester", "ResponseFilter", "Paginator", "DefaultPoller"} {
		if _, ok := root.Defs[name]; !ok {
			t.Errorf("$defs has no %s", name)
		}
	}
	if want := []string{"version", "key", "id", "name", "hub", "description", "authenticator", "requester", "resources"}; !slices.Equal(root.Required, want) {
		t.Errorf("required = %v, want %v", root.Required, want)
	}
	paginator := root.Defs["Paginator"].Properties
	if got := paginator["page_size"].Default; got != 100.0 {
		t.Errorf("default of page_size = %v, want 100", got)
	}
	if got := paginator["type"].Enum; len(got) != 5 {
		t.Errorf("enum of the paginator's type = %v, want five", got)
	}
}

// object is the part of a JSON Schema that the test reads.
type object struct {
	Description string
	Ref         string `json:"$ref"`
	Default     any
	Enum        []any
	Required    []string
	Properties  map[string]object
	Additional  any               `json:"additionalProperties"`
	Defs        map[string]object `json:"$defs"`
}

func check(t *testing.T, name string, o object) {
	t.Helper()
	if o.Additional != false {
		t.Errorf("%s: additionalProperties = %v, want false", name, o.Additional)
	}
	for key, p := range o.Properties {
		if p.Description == "" {
			t.Errorf("%s.%s has no description", name, key)
		}
	}
}

func TestGeneratedTextIsAlwaysTheSame(t *testing.T) {
	for range 10 {
		if !bytes.Equal(element.JSONSchema(), element.JSONSchema()) || !bytes.Equal(element.Reference(), element.Reference()) {
			t.Fatal("two calls give different texts")
		}
	}
}

func TestTheReferenceLinksOnlyToItsOwnSections(t *testing.T) {
	page := string(element.Reference())
	for rest := page; ; {
		_, after, found := strings.Cut(rest, "](#")
		if !found {
			return
		}
		anchor, next, _ := strings.Cut(after, ")")
		rest = next
		if !strings.Contains(strings.ToLower(page), "\n## "+anchor+"\n") {
			t.Errorf("link to #%s, which is no section", anchor)
		}
	}
}

// TestTheTagsOfTheFormatAreComplete goes through the declaration itself: a key
// without a text would be one nobody can look up.
func TestTheTagsOfTheFormatAreComplete(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice || typ.Kind() == reflect.Map {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || typ == reflect.TypeFor[element.Template]() || seen[typ] {
			return
		}
		seen[typ] = true
		for f := range typ.Fields() {
			checkTag(t, typ.Name()+"."+f.Name, f)
			walk(f.Type)
		}
	}
	walk(reflect.TypeFor[element.Element]())
}

func checkTag(t *testing.T, name string, f reflect.StructField) {
	t.Helper()
	if strings.HasSuffix(f.Tag.Get("yaml"), ",inline") {
		return
	}
	if f.Tag.Get("yaml") == "" || f.Tag.Get("doc") == "" {
		t.Errorf("%s has no yaml or no doc tag", name)
	}
	value, enum := f.Tag.Get("default"), f.Tag.Get("enum")
	if value != "" && f.Tag.Get("need") != "" {
		t.Errorf("%s is needed and has a default", name)
	}
	if value != "" && enum != "" && !slices.Contains(strings.Split(enum, ","), value) {
		t.Errorf("%s has the default %q, which is not in its enum", name, value)
	}
}
