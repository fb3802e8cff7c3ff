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
	suffixAccount = "BelowAccounts"
	suffixAny     = "BelowAnyAccount"
)

func suffixes() []string {
	return []string{suffixElement, suffixToken, suffixPlain, suffixAccount, suffixAny}
}

// The parts of a path that stand for the instance.
const (
	instances  = "/instances"
	ofInstance = instances + "/{id}"
	ofElement  = "/elements/{element}"
	ofHub      = "/hubs/{hub}"

	organizations = "/organizations"
	accounts      = "/accounts"
	ofAccount     = accounts + "/{account}"
)

// writtenOut returns the document with everything written out that its parts say in
// short.
func writtenOut(whole document) (document, error) {
	at := index(whole, "paths")
	if at < 0 {
		return nil, fmt.Errorf("no part has paths")
	}
	var paths document
	described := section(whole, "paths")
	for _, item := range described {
		path := fmt.Sprint(item.Key)
		operations, ok := item.Value.(document)
		if !ok {
			return nil, fmt.Errorf("path %s is no mapping", path)
		}
		made := document{{Key: path, Value: withErrors(withoutShort(operations))}}
		for _, other := range aliases(path, operations) {
			if other = notIn(described, other); other.Value != nil {
				made = append(made, other)
			}
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

// The members of a path that say that it has aliases.
const (
	shortInstance = "x-of-instance"
	shortHub      = "x-any-hub"
	shortAccount  = "x-of-account"
)

func withoutShort(operations document) document {
	return without(without(without(operations, shortInstance), shortHub), shortAccount)
}

// aliases returns the other paths that lead to what a path does, with operations that
// refer to what the path itself says.
func aliases(path string, operations document) document {
	described := withErrors(withoutShort(operations))
	others := document{}
	add := func(other, suffix string) {
		others = append(others, yaml.MapItem{Key: other, Value: alias(path, described, suffix)})
	}
	if value(operations, shortInstance) == true {
		add(ofElement+path, suffixElement)
		if below, found := strings.CutPrefix(path, ofInstance); found {
			add(instances+below, suffixToken)
		}
	}
	if value(operations, shortHub) == true {
		add(strings.TrimPrefix(path, ofHub), suffixPlain)
	}
	if below, found := strings.CutPrefix(path, organizations); found && value(operations, shortAccount) == true {
		add(accounts+below, suffixAccount)
		add(ofAccount+below, suffixAny)
	}
	return others
}

// notIn returns an alias without the operations that a part describes itself: paths
// that are an instance's for a token alone may be the account's for others. Its value
// is nil if none are left.
func notIn(described document, other yaml.MapItem) yaml.MapItem {
	operations, _ := other.Value.(document)
	left := 0
	for _, method := range methods {
		if index(section(described, fmt.Sprint(other.Key)), method) >= 0 {
			operations = without(operations, method)
		}
		if index(operations, method) >= 0 {
			left++
		}
	}
	if left == 0 {
		return yaml.MapItem{}
	}
	return yaml.MapItem{Key: other.Key, Value: operations}
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

// added are the parameters that aliases have beside those of their path.
var added = map[string]string{suffixElement: "#/components/parameters/Element", suffixAny: "#/components/parameters/Account"}

// parametersOf returns the parameters that all operations of an alias have.
func parametersOf(operations document, suffix string) []any {
	var all []any
	if first := added[suffix]; first != "" {
		all = append(all, reference(first))
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
