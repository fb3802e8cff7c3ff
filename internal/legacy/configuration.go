package legacy

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"turnstone/internal/element"
)

// Configuration keys that say how an exported element talks to its vendor.
const (
	keyBase       = "base.url"
	keyToken      = "oauth.user.token"
	keyAuthorize  = "oauth.authorization.url"
	keyTokenURL   = "oauth.token.url"
	keyRefreshURL = "oauth.token.refresh_url"
	keyCallback   = "oauth.callback.url"
	keyScope      = "oauth.scope"
	keyBasic      = "oauth.basic.header"
	keyPollers    = "event.poller.configuration"
	keyInterval   = "event.poller.refresh_interval"
	keyVendorType = "event.vendor.type"
	keyFinder     = "event.notification.instance.finder"
)

// keySyntax is what configuration keys look like in our format.
var keySyntax = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._-]*$`)

// consumed are keys that become a part of the element itself, or that the service keeps.
var consumed = []string{
	keyAuthorize, keyTokenURL, keyRefreshURL, keyBasic, "oauth.token.revoke_url", "oauth.user.refresh_interval",
	"oauth.user.refresh_time", "pagination.max", "pagination.type", "pagination.page.startindex", "authentication.time",
	"default.select.fields.map", "allow.select.fields", "authentication.type",
}

// setting is a configuration entry of an export.
type setting struct {
	gjson.Result
	path  string
	key   string
	value string // its default
}

// readConfiguration makes the declared keys known, and their defaults.
func (im *importer) readConfiguration() {
	for i, entry := range im.src.Get("configuration").Array() {
		s := setting{entry, "configuration[" + strconv.Itoa(i) + "]", textAt(entry, "key"), textAt(entry, "defaultValue")}
		switch {
		case s.key == "":
			im.report.add(Note, s.path, "has no key, and is left out")
			continue
		case !keySyntax.MatchString(s.key):
			im.report.add(Error, s.path, "the key %.60q has characters that keys cannot have here, and is left out; rename it", s.key)
			continue
		case slices.Contains(im.keys, s.key):
			im.report.add(Note, s.path, "declares %s again; the first one counts", s.key)
			continue
		}
		im.keys = append(im.keys, s.key)
		im.settings = append(im.settings, s)
		im.defaults[s.key] = s.value
	}
}

// fields returns the configuration of the element.
func (im *importer) fields() []node {
	var fields []node
	for _, s := range im.settings {
		if im.ours(s) {
			fields = append(fields, im.field(s))
		}
	}
	return append(fields, im.undeclared...)
}

// ours reports whether an instance of ours has the entry.
func (im *importer) ours(s setting) bool {
	if strings.HasPrefix(s.key, "event.") || strings.HasPrefix(s.key, "bulk.") {
		im.event(s)
		return false
	}
	if slices.Contains(consumed, s.key) {
		return false
	}
	return true
}

// event says what becomes of an event.* entry, which every element has.
func (im *importer) event(s setting) {
	read := []string{keyPollers, keyInterval, keyVendorType, keyFinder, "event.notification.enabled", "event.metadata"}
	if s.value == "" || s.value == "false" || slices.Contains(read, s.key) {
		return
	}
	im.report.add(Warning, s.path, "the default of %s is not carried over; write it in the instance", s.key)
}

// fieldTypes are the kinds of input that our format has.
var fieldTypes = []string{
	"TEXTFIELD_32", "TEXTFIELD_64", "TEXTFIELD_100", "TEXTFIELD_128", "TEXTFIELD_1000", "TEXTAREA", "PASSWORD", "BOOLEAN", "COMBO",
}

// field returns a configuration entry in our format.
func (im *importer) field(s setting) node {
	kind := strings.ToUpper(textAt(s.Result, "type"))
	if !slices.Contains(fieldTypes, kind) {
		kind = "TEXTFIELD_1000"
	}
	n := node{"key": s.key, "name": firstOf(textAt(s.Result, "name"), s.key), "type": kind}
	n.set("description", textAt(s.Result, "description"))
	value := im.defaultOf(s, kind)
	told := s.key == keyBase && im.base != "" // by the element, where the instance does not say
	if s.Get("required").Bool() && !told && s.key != keyCallback {
		n["required"] = true
	}
	n.set("default", value)
	return n
}

// defaultOf returns the default that an entry keeps.
func (im *importer) defaultOf(s setting, kind string) string {
	probe := element.Element{Configuration: []element.Field{{Key: s.key, Type: kind}}}
	switch {
	case s.value == "" || s.key == keyBase:
		return ""
	case probe.Secret(s.key):
		im.report.add(Warning, s.path, "the default of %s is a secret, and is not kept; write it in the instance", s.key)
		return ""
	case kind == "BOOLEAN" && s.value != "true" && s.value != "false":
		im.report.add(Note, s.path, "the default %.40q is no truth value, and is left out", s.value)
		return ""
	case s.key == keyCallback && !absolute(s.value):
		im.report.add(Note, s.path, "the default %.60q is no whole address, and is left out; write yours in the instance", s.value)
		return ""
	}
	return s.value
}

func absolute(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.IsAbs()
}

// firstOf returns the first text that is not empty.
func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// configuredOrDeclared returns the lookup of a configuration key, which is declared if it
// is not; empty: it cannot be.
func (im *importer) configuredOrDeclared(path, key string) string {
	if lookup := im.configured(key); lookup != "" {
		return lookup
	}
	return im.declare(path, key)
}

// declare adds a configuration key that requests use and the export does not declare.
func (im *importer) declare(path, key string) string {
	if !keySyntax.MatchString(key) || strings.HasPrefix(key, "bulk.") {
		return ""
	}
	im.report.add(Note, path, "uses the configuration key %s, which the export does not declare; instances can have it", key)
	im.keys = append(im.keys, key)
	if !strings.HasPrefix(key, "event.") && !strings.HasPrefix(key, "oauth.") && key != keyBase {
		kind := "TEXTFIELD_1000"
		if (&element.Element{}).Secret(key) {
			kind = "PASSWORD"
		}
		im.undeclared = append(im.undeclared, node{"key": key, "name": key, "type": kind})
	}
	return keyLookup(key)
}
