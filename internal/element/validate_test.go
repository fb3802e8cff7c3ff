package element_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"turnstone/internal/element"
)

// The JSON Schema and Parse come from one declaration by two ways; these tests
// hold them together with a validator for the part of JSON Schema that is used.
func TestTheJSONSchemaAgreesWithParse(t *testing.T) {
	tests := map[string]string{ // file: what the schema objects to, or nothing
		"../../elements/concur/element.yaml":         "",
		"testdata/minimal.yaml":                      "",
		"testdata/notes.yaml":                        "",
		"testdata/bad/conditional-requests.yaml":     "order is not in",
		"testdata/bad/everything-missing.yaml":       "key is missing",
		"testdata/bad/unknown-keys.yaml":             "colour is unknown",
		"testdata/bad/values-of-the-wrong-kind.yaml": "id is no integer",
		"testdata/bad/unknown-values.yaml":           "version is not in",
		"testdata/bad/unknown-operation.yaml":        "operations is not in",
		"testdata/bad/true-in-quotes.yaml":           "required is no boolean",
		"testdata/bad/durations.yaml":                "", // a pattern, which the validator does not read
	}
	var root node
	if err := json.Unmarshal(element.JSONSchema(), &root); err != nil {
		t.Fatal(err)
	}
	for file, want := range tests {
		t.Run(file, func(t *testing.T) {
			var doc any
			if err := yaml.Unmarshal(read(t, file), &doc); err != nil {
				t.Fatal(err)
			}
			got := strings.Join(validate(root["$defs"].(map[string]any), root, "element", doc), "\n")
			if (want == "") != (got == "") || !strings.Contains(got, want) {
				t.Errorf("the schema objects to %q, want %q", got, want)
			}
		})
	}
}

// node is a JSON Schema.
type node = map[string]any

func validate(defs, schema node, name string, value any) []string {
	if ref, ok := schema["$ref"].(string); ok {
		return validate(defs, defs[strings.TrimPrefix(ref, "#/$defs/")].(node), name, value)
	}
	if choices, ok := schema["anyOf"].([]any); ok {
		var all []string
		for _, choice := range choices {
			problems := validate(defs, choice.(node), name, value)
			if len(problems) == 0 {
				return nil
			}
			all = append(all, problems...)
		}
		return all
	}
	if enum, ok := schema["enum"].([]any); ok && !slices.Contains(texts(enum), fmt.Sprint(value)) {
		return []string{name + " is not in " + fmt.Sprint(enum)}
	}
	if kind, ok := schema["type"].(string); ok && kind != kindOf(value) {
		return []string{name + " is no " + kind}
	}
	switch v := value.(type) {
	case map[string]any:
		return validateObject(defs, schema, name, v)
	case []any:
		var all []string
		for _, item := range v {
			all = append(all, validate(defs, schema["items"].(node), name, item)...)
		}
		return all
	}
	return nil
}

func validateObject(defs, schema node, name string, value map[string]any) []string {
	var all []string
	required, _ := schema["required"].([]any)
	for _, key := range texts(required) {
		if _, ok := value[key]; !ok {
			all = append(all, key+" is missing")
		}
	}
	properties, _ := schema["properties"].(node)
	for key, v := range value {
		property, known := properties[key].(node)
		other, open := schema["additionalProperties"].(node)
		switch {
		case known:
			all = append(all, validate(defs, property, key, v)...)
		case open:
			all = append(all, validate(defs, other, key, v)...)
		default:
			all = append(all, key+" is unknown")
		}
		if names, ok := schema["propertyNames"].(node); ok {
			all = append(all, validate(defs, names, name, key)...)
		}
	}
	return all
}

func kindOf(value any) string {
	switch value.(type) {
	case map[string]any:
		return "object"
	case []any:
		return "array"
	case string:
		return "string"
	case bool:
		return "boolean"
	case uint64, int64:
		return "integer"
	}
	return fmt.Sprintf("%T", value)
}

func texts(values []any) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = fmt.Sprint(v)
	}
	return all
}
