package pollerconfig

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// Limits of a configuration. The largest seen in the field has 14 resources in
// 9 kB.
const (
	MaxBytes     = 1 << 20
	MaxResources = 1000
)

// Parse reads a poller configuration: the text of a JSON object, or of a JSON
// string that holds one. Text that is empty holds no resources. The error is
// Problems.
func Parse(text string) (Set, error) {
	object, err := objectText(text)
	if err != nil {
		return Set{}, err
	}
	r := &reader{}
	set := Set{Text: object}
	seen := make(map[string]bool)
	gjson.Parse(object).ForEach(func(name, value gjson.Result) bool {
		if m, ok := r.member(name.String(), value, seen); ok {
			set.Members = append(set.Members, m)
		}
		return len(seen) <= MaxResources
	})
	if len(seen) > MaxResources {
		r.problem(Root, "names more than %d resources; spread them over several instances", MaxResources)
	}
	if len(r.problems) > 0 {
		return Set{}, r.problems
	}
	set.Warnings = r.warnings
	return set, nil
}

// objectText returns the compact JSON object that text is or holds.
func objectText(text string) (string, error) {
	const remedy = `write an object with one member a resource, such as {"reports": {"url": "/hubs/…", "idField": "ID"}}, or {} for the element's own resources`
	if len(text) > MaxBytes {
		return "", Problems{{Root, fmt.Sprintf("is larger than %d bytes; poll fewer resources", MaxBytes)}}
	}
	if strings.TrimSpace(text) == "" {
		return "{}", nil
	}
	if !utf8.ValidString(text) || !json.Valid([]byte(text)) {
		return "", Problems{{Root, "is no JSON: " + syntaxProblem(text) + "; " + remedy}}
	}
	value := gjson.Parse(text)
	if value.Type == gjson.String { // the text of an object, once more quoted
		return objectText(value.String())
	}
	if !value.IsObject() {
		return "", Problems{{Root, "is " + kind(value) + "; " + remedy}}
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(text)); err != nil {
		return "", Problems{{Root, "is no JSON: " + err.Error() + "; " + remedy}}
	}
	return compact.String(), nil
}

// syntaxProblem says where text stops being JSON.
func syntaxProblem(text string) string {
	var v any
	err := json.Unmarshal([]byte(text), &v)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Sprintf("%v at character %d", err, syntax.Offset)
	}
	return "it is not valid UTF-8"
}

// kind names the type of a JSON value for people.
func kind(v gjson.Result) string {
	switch {
	case v.IsObject():
		return "an object"
	case v.IsArray():
		return "an array"
	case v.Type == gjson.String:
		return "text"
	case v.Type == gjson.Number:
		return "a number"
	case v.Type == gjson.Null:
		return "null"
	}
	return "true or false"
}
