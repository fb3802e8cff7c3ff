package commonresource

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/spelling"
	"turnstone/internal/transform"
)

// maxName bounds a name, which is a part of a path.
const maxName = 100

// nameCharacters are all that a name can have in it.
const nameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

// taken are names that mean something else behind /hubs/{hub}/.
var taken = []string{"bulk", "docs", "elements", "objects", "ping"}

// checkName says what is wrong with the name of a common resource.
func checkName(name string) transform.Problems {
	switch {
	case len(name) > maxName, strings.Trim(name, nameCharacters) != "", strings.Trim(name, ".") == "":
		return transform.Problems{{Path: "name", Message: fmt.Sprintf("%.60q is no name of a common resource; write at most %d letters, digits, dashes, underscores and dots", name, maxName)}}
	case slices.Contains(taken, name):
		return transform.Problems{{Path: "name", Message: fmt.Sprintf("/hubs/{hub}/%s is something else; choose another name", name)}}
	}
	return nil
}

// checkDefinition says what is wrong with a definition.
func checkDefinition(d turnstone.ObjectDefinition) error {
	problems := checkName(d.Name)
	if len(d.Fields) > transform.MaxFields {
		return append(problems, tooMany())
	}
	seen := make(map[string]bool)
	for i, f := range d.Fields {
		path := fmt.Sprintf("fields.%d.path", i)
		err := transform.CheckPath(f.Path)
		switch {
		case f.Path == "":
			problems = append(problems, transform.Problem{Path: path, Message: "is missing; write the name of the field"})
		case err != nil:
			problems = append(problems, transform.Problem{Path: path, Message: fmt.Sprintf("%.60q %v", f.Path, err)})
		case seen[f.Path]:
			problems = append(problems, transform.Problem{Path: path, Message: fmt.Sprintf("%.60q stands twice; keep one", f.Path)})
		}
		seen[f.Path] = true
	}
	return asError(problems)
}

func tooMany() transform.Problem {
	return transform.Problem{Path: "fields", Message: fmt.Sprintf("has more than %d fields; write fewer", transform.MaxFields)}
}

// checkTransformation says what is wrong with a transformation of an element.
func checkTransformation(el *element.Element, t turnstone.Transformation) error {
	problems := checkName(t.Name)
	switch _, known := vendorResource(el, t.Mapping.VendorName); {
	case t.Mapping.VendorName == "":
		problems = append(problems, transform.Problem{Path: "vendorName", Message: fmt.Sprintf("is missing; write the resource of %s that it is about", el.Name)})
	case !known:
		problems = append(problems, transform.Problem{Path: "vendorName", Message: unknownResource(el, t.Mapping.VendorName)})
	}
	if len(t.Mapping.Fields) > transform.MaxFields {
		return append(problems, tooMany())
	}
	_, err := transform.Compile(t.Mapping)
	wrong, _ := errors.AsType[transform.Problems](err)
	return asError(append(problems, wrong...))
}

// vendorResource returns the resource of an element that a transformation names, with
// values for all its parameters.
func vendorResource(el *element.Element, name string) (*element.Resource, bool) {
	resource, known := el.Resource(name)
	if !known || len(resource.Values(name)) < len(resource.Parameters()) {
		return nil, false
	}
	return resource, true
}

// unknownResource says that an element has no such resource.
func unknownResource(el *element.Element, name string) string {
	names := make([]string, len(el.Resources))
	for i := range el.Resources {
		names[i] = el.Resources[i].Name
	}
	slices.Sort(names)
	meant := ""
	if near, ok := spelling.Nearest(name, names); ok {
		meant = fmt.Sprintf("; did you mean %s?", near)
	}
	return fmt.Sprintf("%.60q is no resource of %s%s (it has %s)", name, el.Name, meant, strings.Join(names, ", "))
}

func asError(problems transform.Problems) error {
	if len(problems) == 0 {
		return nil
	}
	return problems
}
