package element

import (
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"strings"

	"turnstone/internal/element/format"
)

// overlays yields the requests of the resources with their paths, in the order of
// the file but for the operations of a resource, which come by name.
func (l linter) overlays() iter.Seq2[string, Requester] {
	return func(yield func(string, Requester) bool) {
		for i, r := range l.Resources {
			path := format.Item("resources", i)
			if r.Retriever != nil && !yield(path+".retriever.requester", r.Retriever.Requester) {
				return
			}
			for _, verb := range slices.Sorted(maps.Keys(r.Operations)) {
				if !yield(path+".operations."+verb, *r.Operations[verb]) {
					return
				}
			}
		}
	}
}

func lintRequesters(l linter) {
	l.requester("requester", l.Requester)
	for path, r := range l.overlays() {
		l.requester(path, r)
		l.required(path, r)
		switch p := r.Path.String(); {
		case p == "":
			l.Report(path+".path", "is missing; write what comes after url_base, like /v1/reports")
		case !strings.HasPrefix(p, "/"):
			l.Report(path+".path", "%q does not begin with /; add it", p)
		case strings.ContainsAny(p, "?#"):
			l.Report(path+".path", "%q has a query or a fragment; write the query as request_parameters", p)
		}
	}
}

// managedHeaders are set by the client itself.
var managedHeaders = []string{"authorization", "connection", "content-length", "host", "transfer-encoding"}

func (l linter) requester(path string, r Requester) {
	l.headers(path+".request_headers", r.Headers)
	if body := r.Body.sample(); body != "" && !json.Valid([]byte(body)) {
		l.Report(path+".request_body_json", "is no JSON; write JSON text, with every lookup inside quotes")
	}
	if limit := r.RateLimit; limit != nil && (limit.Requests < 1 || limit.Per <= 0) {
		l.Report(path+".rate_limit", "allows nothing; write a limit and an interval above 0")
	}
	if l.Says(path+".timeout") && r.Timeout <= 0 {
		l.Report(path+".timeout", "leaves no time; write a length above 0, like 60s")
	}
	for i, f := range r.ErrorHandler.Filters {
		at := format.Item(path+".error_handler.response_filters", i)
		l.match(at, f.Match)
		if f.Wait > 0 && f.Action != "RATE_LIMITED" {
			l.Report(at+".wait", "is for RATE_LIMITED; leave it out, or change the action")
		}
	}
}

// required checks that what a call must give is read.
func (l linter) required(path string, r Requester) {
	for i, name := range r.Required {
		if !reads(r, lookup{rootWhere, name}) {
			l.Report(format.Item(path+".required", i), "nothing reads {{ where['%s'] }}; write it into request_parameters, or leave it out here", name)
		}
	}
}

func (l linter) headers(path string, headers map[string]Template) {
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		switch {
		case !headerSyntax.MatchString(name):
			l.Report(path+"."+name, "is no name of a header; write letters, digits and dashes")
		case slices.Contains(managedHeaders, strings.ToLower(name)):
			l.Report(path+"."+name, "is set by the client; leave it out (the authenticator says how a token is sent)")
		}
	}
}

func (l linter) matches(path string, all []Match) {
	for i, m := range all {
		l.match(format.Item(path, i), m)
	}
}

func (l linter) match(path string, m Match) {
	if len(m.Codes) == 0 && m.Path == "" && len(m.Contains) == 0 {
		l.Report(path, "matches every answer; write http_codes, path or error_message_contains")
	}
	if len(m.Values) > 0 && m.Path == "" {
		l.Report(path+".values", "are compared with nothing; write the path of the value too")
	}
	for i, code := range m.Codes {
		if code < 100 || code > 599 {
			l.Report(format.Item(path+".http_codes", i), "%d is no HTTP status; write one from 100 to 599", code)
		}
	}
}

// lintTemplates checks that every lookup can find something where it stands.
func lintTemplates(l linter) {
	l.templates("authenticator", l.Authenticator, rootCredential)
	l.templates("requester", l.Requester, rootCredential, rootUUID)
	for i, r := range l.Resources {
		path := format.Item("resources", i)
		if r.Retriever != nil {
			roots := r.roots(rootCredential, rootUUID, rootWhere)
			if r.Retriever.Partition != nil {
				roots = append(roots, rootParent)
			}
			l.templates(path+".retriever.requester", r.Retriever.Requester, roots...)
			l.pathLookups(path+".retriever.requester", r.Retriever.Requester, r)
		}
		for verb, o := range r.Operations {
			if verb == "retrieve" && !o.NeedsID() {
				l.Report(path+".operations.retrieve", "does not read {{ id }}, so that every record is the same; write it into the path")
			}
			l.templates(path+".operations."+verb, *o, r.roots(rootCredential, rootUUID, rootWhere, rootID)...)
			l.pathLookups(path+".operations."+verb, *o, r)
		}
	}
}

// roots returns what the requests of a resource can look up: these, and the path
// where its name has parameters.
func (r *Resource) roots(roots ...string) []string {
	if len(r.Parameters()) > 0 {
		roots = append(roots, rootPath)
	}
	return roots
}

// pathLookups checks that the name of a resource has the parameters that its
// requests look up. Where it has none, templates reports every such lookup.
func (l linter) pathLookups(path string, v any, r Resource) {
	known := r.Parameters()
	if len(known) == 0 {
		return
	}
	format.Each(v, path, func(path string, t Template) {
		for _, p := range t.parts {
			if p.lookup.root == rootPath && !slices.Contains(known, p.lookup.key) {
				l.Report(path, "the name %s has no {%s}; %s", r.Name, p.lookup.key, format.Suggestion(p.lookup.key, known))
			}
		}
	})
}

// templates checks the templates in v, in which lookups of the roots, and of the
// configuration, may stand.
func (l linter) templates(path string, v any, roots ...string) {
	format.Each(v, path, func(path string, t Template) {
		for _, p := range t.parts {
			switch at := p.lookup; {
			case at.root == "":
			case at.root == rootConfig:
				l.unknownSetting(path, at.key)
			case !slices.Contains(roots, at.root):
				l.Report(path, "%s has no value here; write %s", at, format.OneOf(lookupForms(roots)))
			case at.root == rootCredential && !l.kept(at.key):
				l.Report(path, "no credential has %s; add it to the authenticator's token_response.keep", at.key)
			}
		}
	})
}

// lookupForms shows how the lookups that may stand in a place are written.
func lookupForms(roots []string) []string {
	forms := []string{lookup{rootConfig, "key"}.String()}
	for _, root := range roots {
		forms = append(forms, lookup{root, "name"}.String())
	}
	return forms
}

// kept reports whether credentials have the part.
func (l linter) kept(name string) bool {
	_, ok := l.Authenticator.TokenResponse.Keep[name]
	return ok || name == l.Authenticator.ErrorHandler.MovedToURL
}
