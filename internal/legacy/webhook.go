package legacy

import (
	"fmt"
	"strings"

	"github.com/tidwall/gjson"

	"turnstone/internal/element"
	"turnstone/internal/script"
)

// webhooks adds how the vendor's webhooks are read: by the event hook of the export.
func (im *importer) webhooks(root node) {
	path, h := im.eventHook()
	if path == "" {
		if strings.HasPrefix(strings.ToLower(im.defaults[keyVendorType]), "webhook") {
			im.report.add(Warning, "configuration."+keyVendorType, "the element was told of changes by webhooks, and has no event hook to read them; poll what changes instead")
		}
		return
	}
	body := textAt(h, "body")
	if err := script.Check(element.Hook{Script: body, Legacy: h.Get("isLegacy").Bool()}); err != nil || body == "" {
		im.report.add(Error, path, "the event hook cannot be compiled, so that webhooks are not read: %v", err)
		return
	}
	im.checkHook(path, body)
	im.report.add(Warning, path, "nothing in the export says how the vendor signs its webhooks: unless the hook checks it, whoever knows the address can send one; set event.webhook.secret in the instance")
	events := node{"javascript": body}
	if h.Get("isLegacy").Bool() {
		events["legacy"] = true
	}
	hooks := node{"verify": node{"type": "hook"}, "events": events}
	hooks.set("instance_finder", im.finder())
	root["webhooks"] = hooks
}

// eventHook returns the hook that reads webhooks, and its path; empty: there is none.
func (im *importer) eventHook() (string, gjson.Result) {
	for i, h := range im.src.Get("hooks").Array() {
		if word(h, "type") == hookEvent {
			return fmt.Sprintf("hooks[%d]", i), h
		}
	}
	return "", gjson.Result{}
}

// finder returns the default instance finder, if it has the form of one.
func (im *importer) finder() string {
	finder := im.defaults[keyFinder]
	if key, path, found := strings.Cut(finder, "|"); found && key != "" && path != "" {
		return finder
	}
	if finder != "" {
		im.report.add(Warning, "configuration."+keyFinder, "%.60q is no instance finder; write a configuration key and a path with | between them", finder)
	}
	return ""
}
