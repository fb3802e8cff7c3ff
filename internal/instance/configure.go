package instance

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"turnstone"
	"turnstone/internal/element"
)

// Limits of a configuration.
const (
	maxKeys  = 500
	maxKey   = 256     // bytes
	maxValue = 1 << 20 // bytes; poller configurations are the largest
)

// path returns where a configuration entry stands in a request.
func path(key string) string { return "configuration." + key }

// merge lays what the client sent over the configuration, entry by entry. A value
// that is the mask of a secret leaves the entry as it is.
func (d *draft) merge(sent map[string]string) {
	if len(sent) > maxKeys {
		d.problems.add("configuration", "has %d entries; write at most %d", len(sent), maxKeys)
		return
	}
	for _, key := range slices.Sorted(maps.Keys(sent)) {
		value := sent[key]
		switch _, known := d.Configuration[key]; {
		case strings.TrimSpace(key) == "" || len(key) > maxKey || strings.ContainsFunc(key, isControl):
			d.problems.add("configuration", "has the key %s; write a name of 1 to %d characters", excerpt(key), maxKey)
		case value == turnstone.Masked && !known:
			d.problems.add(path(key), "is the mask of a secret, and there is none to keep; write the secret itself")
		case value == turnstone.Masked:
		case len(value) > maxValue:
			d.problems.add(path(key), "has %d bytes; write at most %d", len(value), maxValue)
		default:
			d.Configuration[key] = value
			d.sent[key] = true
		}
	}
	if len(d.Configuration) > maxKeys {
		d.problems.add("configuration", "has %d entries; write at most %d", len(d.Configuration), maxKeys)
	}
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// complete gives entries that are not set their defaults. What an entry is by
// default is fixed when the instance is written: later changes of the element do
// not reach it.
func (d *draft) complete() {
	for key, value := range d.el.Defaults() {
		d.fill(key, value)
	}
	if d.value(turnstone.KeyEventsEnabled) == "" && d.mentionsEvents() {
		d.Configuration[turnstone.KeyEventsEnabled] = "true"
	}
	if EventsEnabled(d.Configuration) {
		d.fill(turnstone.KeyVendorType, vendorPolling)
		d.fill(turnstone.KeyRefreshInterval, fmt.Sprint(d.el.Polling.IntervalMinutes))
	}
}

// mentionsEvents reports whether any event entry is set.
func (d *draft) mentionsEvents() bool {
	for key := range d.Configuration {
		if strings.HasPrefix(key, "event.") && d.value(key) != "" {
			return true
		}
	}
	return false
}

// value returns an entry without surrounding space.
func (d *draft) value(key string) string { return strings.TrimSpace(d.Configuration[key]) }

// fill sets an entry that is not set.
func (d *draft) fill(key, value string) {
	if d.value(key) == "" {
		d.Configuration[key] = value
	}
}

// EventsEnabled reports whether changes are looked for.
func EventsEnabled(c turnstone.Configuration) bool {
	return strings.EqualFold(strings.TrimSpace(c[turnstone.KeyEventsEnabled]), "true")
}

// checkFields checks the entries that the element or the platform declares.
func (d *draft) checkFields() {
	for _, f := range Fields(d.el) {
		value := d.value(f.Key)
		switch {
		case value == "" && f.Required:
			d.problems.add(path(f.Key), "is missing; write the %s%s", f.Name, explanation(f))
		case value == "":
		case f.Type == "BOOLEAN":
			d.boolean(f.Key, value)
		}
	}
}

func explanation(f element.Field) string {
	if f.Description == "" {
		return ""
	}
	return ": " + strings.TrimSuffix(f.Description, ".")
}

// boolean checks an entry that is true or false, and spells it so.
func (d *draft) boolean(key, value string) {
	lower := strings.ToLower(value)
	if lower != "true" && lower != "false" {
		d.problems.add(path(key), "is %s; write true or false", excerpt(value))
		return
	}
	d.Configuration[key] = lower
}

// checkLines refuses line breaks and control characters in entries that become part
// of a request's address or headers, where they could end one and begin another.
func (d *draft) checkLines() {
	for _, key := range slices.Sorted(maps.Keys(d.Configuration)) {
		if oneLine(d.el, key) && strings.ContainsFunc(d.Configuration[key], isControl) {
			d.problems.add(path(key), "%s", notOneLine)
		}
	}
}

const notOneLine = "has a line break or control character in it; write it on one line"

// oneLine reports whether an entry becomes part of an address or of headers: those of
// the platform that do, and what the element declares, but for texts of several lines.
func oneLine(el *element.Element, key string) bool {
	if slices.Contains(lineKeys, key) || strings.HasPrefix(key, "oauth.") {
		return true
	}
	return slices.ContainsFunc(el.Configuration, func(f element.Field) bool { return f.Key == key && f.Type != "TEXTAREA" })
}

// lineKeys are the entries of all elements that become part of an address or of
// headers. Callback headers are judged one by one.
var lineKeys = []string{
	turnstone.KeyCallbackURL, turnstone.KeyBaseURL, turnstone.KeySignatureKey, turnstone.KeySecondaryKey,
	turnstone.KeyBasicUsername, turnstone.KeyBasicPassword, turnstone.KeyUsername, turnstone.KeyPassword,
}
