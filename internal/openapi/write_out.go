package openapi

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
)

// methods are the members of a path that are operations.
var methods = []string{"get", "post", "put", "patch", "delete", "options", "head"}

// What the ids of aliases end with.
const (
	suffixElement = "OfElement"
	suffixToken   = "OfToken"
	suffixPlain   = "OfAnyHub"
)

// The parts of a path that stand for the instance.
const (
	instances  = "/instances"
	ofInstance = instances + "/{id}"
	ofElement  = "/elements/{element}"
	ofHub      = "/hubs/{hub}"
)

// writtenOut returns the document with everything written out that its parts say in
// short.
func writtenOut(whole document) (document, error) {
	at := index(whole, "paths")
	if at < 0 {
		return nil, fmt.Errorf("no part has paths")
	}
	var paths document
	for _, item := range section(whole, "paths") {
		path := fmt.Sprint(item.Key)
		operations, ok := item.Value.(document)
		if !ok {
			return nil, fmt.Errorf("path %s is no mapping", path)
		}
		shared, anyHub := value(operations, "x-of-instance") == true, value(operations, "x-any-hub") == true
		operations = withErrors(without(without(operations, "x-of-instance"), "x-any-hub"))
		made := document{{Key: path, Value: operations}}
		if shared {
			made = append(made, aliases(path, operations)...)
		}
		if anyHub {
			made = append(made, yaml.MapItem{Key: strings.TrimPrefix(path, ofHub), Value: alias(path, operations, suffixPlain)})
		}
		var err error
		if paths, err = merge(paths, made, ""); err != nil {
			return nil, err
		}
	}
	whole = slices.Clone(whole)
	whole[at].Value = paths
	return whole, nil
}

// withErrors returns the operations of a path with their errors among the
// responses: those that they list, and those that everything may answer with.
func withErrors(operations document) document {
	operations = slices.Clone(operations)
	for i, member := range operations {
		operation, ok := member.Value.(document)
		if !ok || !slices.Contains(methods, fmt.Sprint(member.Key)) {
			continue
		}
		statuses := []int{500, 503}
		if security, given := value(operation, "security").([]any); !given || len(security) > 0 {
			statuses = append(statuses, 401, 429)
		}
		listed, _ := value(operation, "x-errors").([]any)
		for _, status := range listed {
			n, err := strconv.Atoi(fmt.Sprint(status))
			if err == nil && !slices.Contains(statuses, n) {
				statuses = append(statuses, n)
			}
		}
		slices.Sort(statuses)
		operation = without(operation, "x-errors")
		responses := slices.Clone(section(operation, "responses"))
		for _, status := range statuses {
			if text := strconv.Itoa(status); index(responses, text) < 0 {
				responses = append(responses, yaml.MapItem{Key: text, Value: reference("#/components/responses/Error" + text)})
			}
		}
		if at := index(operation, "responses"); at >= 0 {
			operation[at].Value = responses
		}
		operations[i].Value = operation
	}
	return operations
}

// aliases returns the path of an instance below its element and, if there is
// something behind {id}, without it. They refer to what the path itself says.
func aliases(path string, operations document) document {
	others := document{{Key: ofElement + path, Value: alias(path, operations, suffixElement)}}
	below, found := strings.CutPrefix(path, ofInstance)
	if !found {
		return others
	}
	own := alias(path, operations, suffixToken)
	if below == "" {
		own = without(own, "get") // that is the collection's
	}
	return append(others, yaml.MapItem{Key: instances + below, Value: own})
}

// alias returns operations that are those of another path.
func alias(path string, operations document, suffix string) document {
	var all document
	pointer := "#/paths/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(path)
	for _, member := range operations {
		operation, ok := member.Value.(document)
		if !ok || !slices.Contains(methods, fmt.Sprint(member.Key)) {
			continue
		}
		here := fmt.Sprintf("%s/%s", pointer, member.Key)
		all = append(all, yaml.MapItem{Key: member.Key, Value: aliasOf(operation, here, suffix)})
	}
	if own := parametersOf(operations, suffix); len(own) > 0 {
		all = append(document{{Key: "parameters", Value: own}}, all...)
	}
	return all
}

// aliasOf returns an operation that is the one that here points at.
func aliasOf(operation document, here, suffix string) document {
	made := document{
		{Key: "operationId", Value: fmt.Sprint(value(operation, "operationId")) + suffix},
		{Key: "summary", Value: value(operation, "summary")},
		{Key: "tags", Value: value(operation, "tags")},
	}
	if suffix == suffixToken {
		made = append(made, yaml.MapItem{Key: "description", Value: "For the instance whose token the caller gave; otherwise as with its id."})
	}
	for _, key := range []string{"security", "parameters"} {
		if v := value(operation, key); v != nil {
			made = append(made, yaml.MapItem{Key: key, Value: v})
		}
	}
	if body := section(operation, "requestBody"); body != nil {
		made = append(made, yaml.MapItem{Key: "requestBody", Value: referred(body, here+"/requestBody")})
	}
	var responses document
	for _, r := range section(operation, "responses") {
		response, _ := r.Value.(document)
		responses = append(responses, yaml.MapItem{Key: r.Key, Value: referred(response, fmt.Sprintf("%s/responses/%v", here, r.Key))})
	}
	return append(made, yaml.MapItem{Key: "responses", Value: responses})
}

// referred returns a reference to what stands at a place; what is one already is
// returned as it is.
func referred(d document, place string) document {
	if index(d, "$ref") >= 0 {
		return d
	}
	return reference(place)
}

func reference(to string) document { return document{{Key: "$ref", Value: to}} }

// implied are the parameters that aliases do without.
var implied = map[string]string{suffixToken: "#/components/parameters/InstanceID", suffixPlain: "#/components/parameters/Hub"}

// parametersOf returns the parameters that all operations of an alias have.
func parametersOf(operations document, suffix string) []any {
	var all []any
	if suffix == suffixElement {
		all = append(all, reference("#/components/parameters/Element"))
	}
	listed, _ := value(operations, "parameters").([]any)
	for _, p := range listed {
		one, _ := p.(document)
		if to := text(one, "$ref"); to != "" && to == implied[suffix] {
			continue
		}
		all = append(all, p)
	}
	return all
}
