package legacy

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/tidwall/gjson"

	"turnstone/internal/element"
	"turnstone/internal/script"
)

// The types of hooks that exports have.
const (
	hookBefore = "prerequest"
	hookAfter  = "postrequest"
	hookEvent  = "event"
)

// hooks returns the hooks of the element or of an endpoint that run around requests.
func (im *importer) hooks(at string, list gjson.Result) node {
	before, after := []node{}, []node{}
	for i, h := range list.Array() {
		path := fmt.Sprintf("%s[%d]", at, i)
		kind := word(h, "type")
		if kind == hookEvent {
			continue // the element's alone, and of use for webhooks
		}
		n := im.hook(path, h)
		switch {
		case n == nil:
		case kind == hookBefore:
			before = append(before, n)
		case kind == hookAfter:
			after = append(after, n)
		default:
			im.report.add(Error, path, "a hook of type %.40q is not known; it is not run", kind)
		}
	}
	all := node{}
	all.set("before", before)
	all.set("after", after)
	return all
}

// hook returns a hook if it can be run.
func (im *importer) hook(path string, h gjson.Result) node {
	body := textAt(h, "body")
	language := word(h, "mimeType")
	switch {
	case body == "" && textAt(h, "ref") != "":
		im.report.add(Error, path, "the program is in a file of its own (%.60s) that the export does not hold; put its text into body", textAt(h, "ref"))
		return nil
	case body == "":
		return nil
	case language != "" && !strings.Contains(language, "javascript"):
		im.report.add(Error, path, "a hook in %.40q is not run", language)
		return nil
	}
	source := element.Hook{Script: body, Legacy: h.Get("isLegacy").Bool()}
	if err := script.Check(source); err != nil {
		im.report.add(Error, path, "cannot be compiled, and is left out: %v", err)
		return nil
	}
	im.checkHook(path, body)
	n := node{"script": body}
	if source.Legacy {
		n["legacy"] = true
	}
	return n
}

var (
	requires    = regexp.MustCompile(`\brequire\s*\(`)
	configures  = regexp.MustCompile(`['"]?configuration['"]?\s*:`)
	chains      = regexp.MustCompile(`\brequest_previous_response\b`)
	multipart   = regexp.MustCompile(`\bmultipart_hook_context_items\b`)
	readsWhere  = regexp.MustCompile(`\brequest_expression\b|\brequest_parameters\s*(\.\s*where|\[\s*['"]where)`)
	namesPages  = regexp.MustCompile(`(?i)elements-next-page-token`)
	readsPrompt = regexp.MustCompile(`\bawait\b`)
)

// checkHook reports what a hook uses that there is not.
func (im *importer) checkHook(path, body string) {
	for _, c := range []struct {
		uses    *regexp.Regexp
		level   Level
		message string
	}{
		{requires, Error, "calls require, and there are no modules; where it does, its calls fail"},
		{configures, Warning, "writes to the configuration, which is dropped; write the values in the instance"},
		{chains, Warning, "reads the answer of a request before it; there is none"},
		{multipart, Error, "makes a form; forms and files are not sent here"},
		{readsPrompt, Warning, "waits for something; a hook runs to its end at once"},
	} {
		if c.uses.MatchString(body) {
			im.report.add(c.level, path, "%s", c.message)
		}
	}
}

// anyHook reports whether a hook before or after the requests of an endpoint fits.
func (im *importer) anyHook(e *endpoint, pattern *regexp.Regexp, kind string) bool {
	for _, list := range []gjson.Result{im.src.Get("hooks"), e.Get("hooks")} {
		for _, h := range list.Array() {
			if word(h, "type") == kind && pattern.MatchString(textAt(h, "body")) {
				return true
			}
		}
	}
	return false
}

func (im *importer) hookReadsWhere(e *endpoint) bool { return im.anyHook(e, readsWhere, hookBefore) }

func (im *importer) hookNamesPages(e *endpoint) bool { return im.anyHook(e, namesPages, hookAfter) }
