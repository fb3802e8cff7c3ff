package element

import (
	"maps"
	"slices"

	"turnstone/internal/element/format"
)

// lintHooks checks what can be told of hooks without reading their programs, and that
// filters which need them have them.
func lintHooks(l linter) {
	if l.Requester.Record != "" || l.Requester.BodyRoot != "" {
		l.Report("requester", "has record or body_root, which are about one operation; write them there")
	}
	for i, r := range l.Resources {
		if r.Retriever == nil {
			continue
		}
		path, f := format.Item("resources", i)+".retriever", r.Retriever.Filter
		hooks := l.Requester.Hooks.around(r.Retriever.Requester.Hooks)
		if f.Type == "hooks" && (hooks == nil || len(hooks.Before) == 0) {
			l.Report(path+".filter.type", "hooks is for a list with hooks before its request, and there are none; write one, or another type")
		}
		for _, name := range slices.Sorted(maps.Keys(f.Names)) {
			if f.Type != "parameters" || !slices.Contains(f.Attributes, name) {
				l.Report(path+".filter.names."+name, "is about no attribute; add %s to attributes, with type: parameters", name)
			}
		}
		if len(r.Retriever.Requester.Record)+len(r.Retriever.Requester.BodyRoot) > 0 {
			l.Report(path+".requester", "has record or body_root, which are for operations; a list has a record_selector")
		}
	}
}
