package instance

import (
	"context"
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
		Description: "How changes are found: polling, or webhooks where the vendor tells of them.",
	},
	{
		Key: turnstone.KeyInstanceFinder, Name: "Event Notification Instance Finder", Type: "TEXTFIELD_1000",
		Description: "Which webhooks are for the instance: a configuration key and a path in their body, as in site.id|data.site_id.",
	},
	{
		Key: turnstone.KeyWebhookSecret, Name: "Event Webhook Secret", Type: "TEXTFIELD_128", Secret: true,
		Description: "A secret that webhooks must carry, as webhookSecret in the query or in the header Elements-Webhook-Secret.",
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
		Key: turnstone.KeySecondaryKey, Name: "Callback Notification Secondary Signature Key", Type: "TEXTFIELD_128", Secret: true,
		Description: "Signs beside the first key, in webhook-signature alone, while receivers change from one to the other.",
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
		Key: turnstone.KeyFormat, Name: "Event Notification Format", Type: "TEXTFIELD_32", Default: formatElements,
		Description: "How events are written: elements, or cloudevents for CloudEvents 1.0 with one change in each.",
	},
	{
		Key: turnstone.KeyDiff, Name: "Event Notification Diff", Type: "BOOLEAN", Default: "false",
		Description: "Whether updates tell which fields changed, from what to what. The last record of each object is kept for it.",
	},
	{
		Key: turnstone.KeyTransformations, Name: "Event Transformations Enabled", Type: "BOOLEAN", Default: "false",
		Description: "Whether events tell of common resources, under the names that the account has given them.",
	},
	{
		Key: turnstone.KeyMaxChanges, Name: "Event Notification Max Changes", Type: "TEXTFIELD_32",
		Description: "The most changes in one event, 1 to 100. Unset, it is the operator's --max-changes.",
	},
	{
		Key: turnstone.KeyMaxBytes, Name: "Event Notification Max Bytes", Type: "TEXTFIELD_32", Default: "4194304",
		Description: "The bytes of records that close an event, 65536 to 8388608.",
	},
	{
		Key: turnstone.KeyRate, Name: "Event Notification Rate", Type: "TEXTFIELD_32",
		Description: "The most callbacks a second, on average; 0.5 is one in two seconds. Unset or 0, there is no limit.",
	},
	{
		Key: turnstone.KeyConcurrency, Name: "Event Notification Concurrency", Type: "TEXTFIELD_32",
		Description: "The most callbacks under way at a time, 1 to 64. Unset, it is 16.",
	},
	{
		Key: turnstone.KeyHandshake, Name: "Event Notification Handshake", Type: "TEXTFIELD_32",
		Description: "Whether the receiver is asked before the first callback, as CloudEvents has it: off, ask, or required. " +
			"Unset, it is ask for cloudevents and otherwise off.",
	},
	{
		Key: turnstone.KeyRefreshInterval, Name: "Event poller refresh interval (mins)", Type: "TEXTFIELD_128",
		Description: "Minutes between polls.",
	},
	{
		Key: turnstone.KeyMaxInterval, Name: "Event poller maximum interval (mins)", Type: "TEXTFIELD_128",
		Description: "Minutes between polls that a poller slows down to while nothing changes. Unset, it keeps its interval.",
	},
	{
		Key: turnstone.KeyPollers, Name: "Event Poller Resources Configuration", Type: "TEXTAREA",
		Description: "The resources to poll, as a JSON object with a member for each; {} stands for the default.",
	},
	{
		Key: turnstone.KeyPollerURLs, Name: "Event Poller URLs", Type: "TEXTFIELD_1000",
		Description: "The resources to poll in the older form, a line for each, or their names alone. " +
			"It counts where the resources configuration names none.",
	},
	{
		Key: turnstone.KeyObjects, Name: "Objects to Monitor for Changes", Type: "TEXTFIELD_1000",
		Description: "Which of the resources that are polled by default to poll, with commas between them. " +
			"It counts where nothing else names any.",
	},
}

// secret reports whether an entry is masked in answers.
func secret(el *element.Element, key string) bool {
	// Callback headers often hold an Authorization.
	return key == turnstone.KeyCallbackHeaders || key == turnstone.KeySecondaryKey || el.Secret(key)
}

// Masked returns the configuration of an instance as it may be shown.
func (s *Instances) Masked(ctx context.Context, in turnstone.Instance) turnstone.Configuration {
	el := s.elementOf(ctx, in)
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
func (s *Instances) elementOf(ctx context.Context, in turnstone.Instance) *element.Element {
	if el, err := s.Elements.OfInstance(ctx, in); err == nil {
		return el
	}
	return &element.Element{Key: in.Element}
}
