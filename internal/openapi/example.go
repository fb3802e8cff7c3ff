package openapi

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/goccy/go-yaml"
)

// goldenKey names the golden file that a media type's example is read from.
const goldenKey = "x-golden"

// examples puts examples in the place of their names, in all of a value.
func examples(v any, golden fs.FS) error {
	switch inside := v.(type) {
	case document:
		for i, member := range inside {
			if member.Key == goldenKey {
				example, err := exampleOf(golden, fmt.Sprint(member.Value))
				if err != nil {
					return err
				}
				inside[i] = yaml.MapItem{Key: "example", Value: example}
				continue
			}
			if err := examples(member.Value, golden); err != nil {
				return err
			}
		}
	case []any:
		for _, each := range inside {
			if err := examples(each, golden); err != nil {
				return err
			}
		}
	}
	return nil
}

// exampleOf returns the body that a golden file holds behind its status and headers.
func exampleOf(golden fs.FS, name string) (any, error) {
	text, err := fs.ReadFile(golden, name+".golden")
	if err != nil {
		return nil, fmt.Errorf("read an example: %w", err)
	}
	_, body, found := strings.Cut(string(text), "\n\n")
	if !found {
		return nil, fmt.Errorf("golden file %s has no body", name)
	}
	var example any
	if err := yaml.UnmarshalWithOptions([]byte(body), &example, yaml.UseOrderedMap()); err != nil {
		return nil, fmt.Errorf("golden file %s: %w", name, err)
	}
	return example, nil
}
