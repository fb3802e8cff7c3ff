package turnstone

import "time"

// Configuration keys about webhooks of vendors.
const (
	// KeyInstanceFinder is "key|path": a webhook is for the instances whose configuration
	// entry key is what stands at path in its body.
	KeyInstanceFinder = "event.notification.instance.finder"
	// KeySubscriptionID is the vendor's name of the subscription that brings its webhooks.
	KeySubscriptionID = "event.notification.subscription.id"
	// KeyWebhookSecret is a secret that webhooks must carry.
	KeyWebhookSecret = "event.webhook.secret"
)

// WebhookOutcome is what became of a webhook.
type WebhookOutcome string

// The outcomes of a webhook. One that tells of changes may wake pollers as well.
const (
	WebhookTold    WebhookOutcome = "told"    // events were made of it
	WebhookWoke    WebhookOutcome = "woke"    // it made pollers due
	WebhookDropped WebhookOutcome = "dropped" // there was nothing in it to tell
	WebhookRefused WebhookOutcome = "refused" // it did not prove that it came from the vendor
	WebhookFailed  WebhookOutcome = "failed"  // the element's hook could not read it
)

// Webhook is a request with which a vendor told an instance of something, and what
// became of it.
type Webhook struct {
	ID         int64
	AccountID  int64
	InstanceID int64
	ReceivedAt time.Time
	DeliveryID string // the vendor's name of it, the same when it is sent again; empty: it gives none
	Outcome    WebhookOutcome
	Reason     string // for people; empty where the outcome says it all
	Size       int    // of its body, in bytes
	Details    WebhookDetails
}

// WebhookDetails are what else is kept of a webhook.
type WebhookDetails struct {
	Events   []int64  `json:"events,omitempty"`   // that were made of it
	Woken    []string `json:"woken,omitempty"`    // resources that were to be polled at once
	Log      []string `json:"log,omitempty"`      // what the element's hook wrote to its console
	Verified string   `json:"verified,omitempty"` // how it proved that it came from the vendor; empty: it did not
}

// WebhookCommit is what a webhook changes at one instance.
type WebhookCommit struct {
	Webhook Webhook
	Events  []Event
	// Deleted are objects of which Events tell that they were deleted. A poller that
	// knows one takes it for gone from now on.
	Deleted []ObjectRef
	Wake    []string // resources of which the pollers become due at once
}

// ObjectRef names an object of an instance.
type ObjectRef struct {
	Resource string
	ObjectID string
	EventID  int64 // the event that tells of it, and of nothing else
}

// WebhookFilter selects webhooks of an instance, newest first.
type WebhookFilter struct {
	AccountID  int64
	InstanceID int64
	Before     int64 // the last ID of the page before; 0: the newest
	Limit      int
}
