package generic

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"turnstone/internal/element"
)

// node is a part of an element in our format.
type node = map[string]any

// Of returns base with the resources and the authentication that a configuration
// declares. The error is Problems.
func Of(base *element.Element, config map[string]string) (*element.Element, error) {
	var problems Problems
	key := base.ResourcesFrom
	resources := readResources(key, config[key], &problems)
	root := node{
		"version": element.FormatVersion, "key": base.Key, "id": base.ID, "name": base.Name, "hub": base.Hub, "description": base.Description,
		"resources_from": key, "configuration": fields(base),
	}
	requester := node{"url_base": "{{ config['base.url'] }}", "error_handler": node{"message_paths": base.Requester.ErrorHandler.Messages}}
	root["requester"] = requester
	authenticate(root, requester, config, &problems)
	var items, pollers []node
	for i, r := range resources {
		b := builder{key: key, path: fmt.Sprintf("[%d]", i), hub: base.Hub, problems: &problems}
		if r.Name == "" {
			problems.add(key, b.path+".name", "is missing; write the name of the resource, such as orders")
			continue
		}
		items, pollers = append(items, b.resource(r)), append(pollers, b.poller(r))
	}
	root["resources"], root["polling"] = items, node{"resources": pollers}
	if len(problems) > 0 {
		return nil, problems
	}
	return parsed(key, root)
}

// fields returns the configuration of the base.
func fields(base *element.Element) []node {
	var all []node
	for _, f := range base.Configuration {
		n := node{"key": f.Key, "name": f.Name, "type": f.Type, "secret": f.Secret, "required": f.Required}
		if f.Description != "" {
			n["description"] = f.Description
		}
		if f.Default != "" {
			n["default"] = f.Default
		}
		all = append(all, n)
	}
	return all
}

// parsed checks the element as a file of it would be, and tells what is wrong in the
// words of the declaration.
func parsed(key string, root node) (*element.Element, error) {
	text, err := json.Marshal(root)
	if err != nil {
		return nil, fmt.Errorf("write the element: %w", err)
	}
	el, err := element.Parse(key, text)
	if err == nil {
		return el, nil
	}
	var problems, following Problems // those of pollers follow from those of resources, as a rule
	for _, p := range problemsOf(err) {
		if strings.HasPrefix(p.Path, "polling") {
			following.add(key, declared(p.Path), "%s", p.Message)
			continue
		}
		problems.add(key, declared(p.Path), "%s", p.Message)
	}
	if problems == nil {
		problems = following
	}
	return nil, problems
}

// problemsOf returns the problems that an error joins.
func problemsOf(err error) []*element.Problem {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*element.Problem
		for _, inner := range joined.Unwrap() {
			all = append(all, problemsOf(inner)...)
		}
		return all
	}
	if p, ok := errors.AsType[*element.Problem](err); ok {
		return []*element.Problem{p}
	}
	return []*element.Problem{{Message: err.Error()}}
}

// inPollers finds the number of a resource in a path of its poller.
var inPollers = regexp.MustCompile(`^polling\.resources(\[\d+\])\.?`)

// renamed replaces the members of our format by what they are in a declaration.
func renamed() *strings.Replacer {
	return strings.NewReplacer(
		".retriever.requester.request_parameters", ".query", ".retriever.requester.request_headers", ".headers",
		".retriever.requester.request_body_json", ".body", ".retriever.requester.http_method", ".method",
		".retriever.requester.path", ".path", ".retriever.record_selector.field_paths", ".records", ".primary_key", ".id",
		".retriever.paginator.page_size_option.field_name", ".paging.size", ".retriever.paginator.page_token_option.field_name", ".paging.token",
		".retriever.paginator.page_token_option", ".paging.token", ".retriever.paginator.page_size", ".paging.limit",
		".retriever.paginator.start_from_page", ".paging.start", ".retriever.paginator", ".paging", ".retriever.filter.attributes", ".where",
		".incremental_sync.cursor_field", ".updated", ".incremental_sync.created_field", ".created",
		".incremental_sync.cursor_datetime_formats", ".format", ".incremental_sync.deleted_field", ".deleted",
		".operations.retrieve.path", ".single",
	)
}

// declared returns the path in a declaration that a path in the element stands for.
func declared(path string) string {
	if m := inPollers.FindStringSubmatch(path); m != nil {
		return m[1]
	}
	return renamed().Replace(strings.TrimPrefix(path, "resources"))
}
