package instance

import (
	"slices"
	"strconv"

	"turnstone"
	"turnstone/internal/element"
)

// Fields returns everything that instances of an element can be configured with:
// what the element declares, then the event.* entries that all elements have,
// with the element's defaults.
func Fields(el *element.Element) []element.Field {
	fields := slices.Clone(el.Configuration)
	for _, f := range eventFields {
		if slices.ContainsFunc(fields, func(own element.Field) bool { return own.Key == f.Key }) {
			continue
		}
		switch f.Key {
		case turnstone.KeyRefreshInterval:
			f.Default = strconv.Itoa(el.Polling.IntervalMinutes)
		case turnstone.KeyPollers:
			f.Default = el.PollerConfiguration()
		}
		fields = append(fields, f)
	}
	return fields
}

// eventFields are the platform's entries for events, under its labels and types.
var eventFields = []element.Field{
	{
		Key: turnstone.KeyEventsEnabled, Name: "Events Enabled", Type: "BOOLEAN", Default: "false",
		Description: "Whether changes are looked for. Unset, they are if any other event entry is set.",
	},
	{
		Key: turnstone.KeyVendorType, Name: "Vendor Event Type", Type: "TEXTFIELD_128", Default: vendorPolling,
		Description: "How changes are found.",
	},
	{
		Key: turnstone.KeyCallbackURL, Name: "Event Notification Callback URL", Type: "TEXTFIELD_1000",
		Description: "The http or https address that events are posted to. Without it they are kept, but sent nowhere.",
	},
	{
		Key: turnstone.KeySignatureKey, Name: "Callback Notification Signature Key", Type: "TEXTFIELD_128", Secret: true,
		Description: "The key that callbacks are signed with.",
	},
	{
		Key: turnstone.KeyBasicUsername, Name: "Event Notification Basic User Name", Type: "TEXTFIELD_128",
		Description: "User name for HTTP Basic authentication at the callback URL.",
	},
	{
		Key: turnstone.KeyBasicPassword, Name: "Event Notification Basic Password", Type: "PASSWORD",
		Description: "Password for HTTP Basic authentication at the callback URL.",
	},
	{
		Key: turnstone.KeyCallbackHeaders, Name: "Event Notification Callback Headers", Type: "TEXTFIELD_1000", Secret: true,
		Description: `Further headers of callbacks: a JSON object, or name:value,name:value.`,
	},
	{
		Key: turnstone.KeyRefreshInterval, Name: "Event poller refresh interval (mins)", Type: "TEXTFIELD_128",
		Description: "Minutes between polls.",
	},
	{
		Key: turnstone.KeyPollers, Name: "Event Poller Resources Configuration", Type: "TEXTAREA",
		Description: "The resources to poll, as a JSON object with a member for each; {} stands for the default.",
	},
}

// secret reports whether an entry is masked in answers.
func secret(el *element.Element, key string) bool {
	// Callback headers often hold an Authorization.
	return key == turnstone.KeyCallbackHeaders || el.Secret(key)
}

// Masked returns the configuration of an instance as it may be shown.
func (s *Instances) Masked(in turnstone.Instance) turnstone.Configuration {
	el := s.elementOf(in)
	masked := in.Configuration.Clone()
	for key, value := range masked {
		if value != "" && secret(el, key) {
			masked[key] = turnstone.Masked
		}
	}
	return masked
}

// elementOf returns the element of an instance. For one that left the catalogue it
// is an empty element, which knows the secrets that are the same everywhere.
func (s *Instances) elementOf(in turnstone.Instance) *element.Element {
	if el, ok := s.Elements.Lookup(in.Element); ok {
		return el
	}
	return &element.Element{Key: in.Element}
}
