package element

import (
	"strings"

	"turnstone/internal/element/format"
)

// lintPolling checks what it can without reading date patterns and where clauses;
// the tests of package elements do the rest.
func lintPolling(l linter) {
	if l.Polling.IntervalMinutes < 1 {
		l.Report("polling.refresh_interval", "%d is no interval; write minutes, 1 or more", l.Polling.IntervalMinutes)
	}
	seen := map[string]bool{}
	l.pollers("polling.resources", l.Polling.Resources, seen)
	l.pollers("polling.available", l.Polling.Available, seen)
}

// pollers checks a list of pollers; seen holds the resources of those before it.
func (l linter) pollers(list string, pollers []DefaultPoller, seen map[string]bool) {
	for i, p := range pollers {
		path := format.Item(list, i)
		r, ok := l.Resource(p.Resource)
		switch {
		case !ok:
			l.Report(path+".resource", "there is no resource %q; %s", p.Resource, format.Suggestion(p.Resource, l.resourceNames()))
		case r.Retriever == nil:
			l.Report(path+".resource", "the resource %q has no retriever; write one, or poll another", p.Resource)
		case seen[p.Resource]:
			l.Report(path+".resource", "%q is polled twice; leave one", p.Resource)
		default:
			l.polledURL(path+".url", p)
			for _, parameter := range r.Parameters() {
				l.unknownSetting(path+".resource", parameter) // where an instance has the value
			}
		}
		seen[p.Resource] = true
		for _, k := range []string{"url", "idField", "datesConfiguration"} {
			if l.Says(path + ".more." + k) {
				l.Report(path+".more."+k, "has a key of its own; write it one level up")
			}
		}
	}
}

func (l linter) polledURL(path string, p DefaultPoller) {
	place, query, _ := strings.Cut(p.URL, "?")
	if want := "/hubs/" + l.Hub + "/" + p.Resource; place != want {
		l.Report(path, "%q does not lead to the resource; write %s, and a query if need be", place, want)
	}
	for rest := query; ; {
		_, after, found := strings.Cut(rest, "${")
		if !found {
			return
		}
		if _, rest, found = strings.Cut(after, "}"); !found {
			l.Report(path, "has a macro without }; close it, as in ${gmtDate:yyyy-MM-dd}")
			return
		}
	}
}
