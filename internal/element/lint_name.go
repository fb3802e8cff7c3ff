package element

import (
	"slices"
	"strings"

	"turnstone/internal/element/format"
)

// isName reports whether text can name a resource. The first segment is a word, so
// that no resource serves every path, and so is the last, which would otherwise be
// the id of a record.
func isName(text string) bool {
	segments := strings.Split(text, "/")
	for i, segment := range segments {
		inside := i > 0 && i < len(segments)-1
		if variableSyntax.MatchString(segment) && inside {
			continue
		}
		if !wordSyntax.MatchString(segment) {
			return false
		}
	}
	return true
}

// lintNames checks that a path leads to one resource, and that the values in it
// are of use.
func lintNames(l linter) {
	shapes := map[string]string{}
	for i, r := range l.Resources {
		path, parameters := format.Item("resources", i), r.Parameters()
		if !isName(r.Name) || len(parameters) == 0 {
			continue
		}
		shape := r.shape()
		if other, taken := shapes[shape]; taken && other != r.Name {
			l.Report(path+".name", "%q serves the same paths as %q; leave one, or name a segment differently", r.Name, other)
		}
		shapes[shape] = r.Name
		for j, name := range parameters {
			switch {
			case slices.Contains(parameters[:j], name):
				l.Report(path+".name", "%q has {%s} twice; give each parameter a name of its own", r.Name, name)
			case r.Retriever != nil && !reads(r.Retriever.Requester, lookup{rootPath, name}):
				l.Report(path+".retriever.requester", "does not read {{ path.%s }}, so that the list is the same for every %[1]s;"+
					" write it into the path or the parameters, or leave {%[1]s} out of the name", name)
			}
		}
	}
}

// shape returns the name of r without those of its parameters.
func (r *Resource) shape() string {
	segments := strings.Split(r.Name, "/")
	for i, segment := range segments {
		if parameterOf(segment) != "" {
			segments[i] = "{}"
		}
	}
	return strings.Join(segments, "/")
}

// reads reports whether a template of a requester looks something up.
func reads(r Requester, wanted lookup) bool {
	found := false
	format.Each(r, "", func(_ string, t Template) {
		found = found || slices.ContainsFunc(t.parts, func(p part) bool { return p.lookup == wanted })
	})
	return found
}

// lintConditions checks that a list can be asked for under a condition: HTTP has
// that for GET, and the validator of one parent's list says nothing of the others.
func lintConditions(l linter) {
	for i, r := range l.Resources {
		if r.Retriever == nil || !r.Retriever.Conditional {
			continue
		}
		path := format.Item("resources", i) + ".retriever.conditional_requests"
		switch method := r.Retriever.Requester.Over(l.Requester).Method; {
		case method != "" && method != "GET":
			l.Report(path, "is for lists that are asked for with GET, and this one is with %s; leave it out", method)
		case r.Retriever.Partition != nil:
			l.Report(path, "is not for a resource with a partition_router, which is listed in parts; leave it out")
		}
	}
}
