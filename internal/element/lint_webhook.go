package element

import (
	"strings"

	"turnstone/internal/element/format"
)

// lintWebhooks checks what can be said of webhooks without running hooks; the tests of
// package elements compile them.
func lintWebhooks(l linter) {
	w := l.Webhooks
	if w == nil {
		return
	}
	if w.Events == nil && len(w.Wake) == 0 {
		l.Report("webhooks", "make nothing of what comes; write events, wake or both")
	}
	l.templates("webhooks.verify", w.Verify)
	l.verification("webhooks.verify", w.Verify)
	if w.Verify.Type == "hook" && w.Events == nil {
		l.Report("webhooks.verify.type", "leaves it to a hook that is not there; write events")
	}
	if key, path, ok := strings.Cut(w.Finder, "|"); w.Finder != "" {
		if !ok || strings.TrimSpace(path) == "" {
			l.Report("webhooks.instance_finder", "%q has no path; write a configuration key and a path, as in site.id|data.site_id", w.Finder)
		} else {
			l.unknownSetting("webhooks.instance_finder", strings.TrimSpace(key))
		}
	}
	if e := w.Events; e != nil && (e.JQ == "") == (e.JavaScript == "") {
		l.Report("webhooks.events", "needs one program; write jq or javascript")
	}
	for i, rule := range w.Wake {
		l.wakeRule(format.Item("webhooks.wake", i), rule)
	}
}

// needed says what a kind of verification cannot do without.
var needed = map[string][]string{
	"hmac":              {"secret", "header"},
	"token":             {"secret"},
	"basic":             {"username", "password"},
	"rsa":               {"public_key", "header"},
	"standard_webhooks": {"secret"},
}

func (l linter) verification(path string, v Verification) {
	for _, key := range needed[v.Type] {
		if !l.Says(path + "." + key) {
			l.Report(path, "is %s, which needs %s; write it", v.Type, key)
		}
	}
	if v.Type == "token" && (v.Header == "") == (v.Parameter == "") {
		l.Report(path, "needs the place of the token; write header or request_parameter")
	}
	if l.Says(path+".signed") && !strings.Contains(v.Signed, "{body}") {
		l.Report(path+".signed", "leaves out the body, which anybody could replace; write {body} in it")
	}
	if strings.Contains(v.Signed, "{timestamp}") && v.Timestamp == "" {
		l.Report(path+".signed", "has {timestamp}, and nothing says where it stands; write timestamp")
	}
}

func (l linter) wakeRule(path string, rule WakeRule) {
	r, ok := l.Resource(rule.Resource)
	switch {
	case !ok:
		l.Report(path+".resource", "there is no resource %q; %s", rule.Resource, format.Suggestion(rule.Resource, l.resourceNames()))
	case r.Retriever == nil:
		l.Report(path+".resource", "the resource %q has no retriever, so that nothing polls it; write one", rule.Resource)
	case (rule.Header != "" || rule.Path != "") != (len(rule.Values) > 0):
		l.Report(path, "compares nothing; write values, and header or path")
	case rule.Header != "" && rule.Path != "":
		l.Report(path, "has a header and a path for the same values; leave one")
	}
}
