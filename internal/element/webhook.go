package element

// Webhooks says what a vendor sends by webhook, and what to make of it. A webhook can
// tell of changes, or wake the pollers of resources, so that what changed is read at
// once, or both.
type Webhooks struct {
	Verify     Verification `yaml:"verify" need:"yes" doc:"How a webhook proves that it comes from the vendor."`
	Finder     string       `yaml:"instance_finder" example:"github.organization|organization.login" doc:"Default of event.notification.instance.finder: a configuration key and a path, with | between them. A webhook that names no instance is for those whose entry is what stands at the path."`
	DeliveryID DeliveryName `yaml:"delivery_id" doc:"Where the vendor names a webhook, so that one that is sent again is known. Without it, each counts."`
	Challenge  *Challenge   `yaml:"challenge" doc:"How the vendor asks whether somebody is there, before it sends anything."`
	Events     *EventHook   `yaml:"events" doc:"The hook that reads changes out of a webhook."`
	Wake       []WakeRule   `yaml:"wake" doc:"Which webhooks say that a resource has changed, so that its poller reads it at once. All rules that fit count."`
}

// Verification says how a webhook proves that it comes from the vendor.
type Verification struct {
	Type      string   `yaml:"type" need:"yes" enum:"hmac,token,basic,rsa,standard_webhooks,hook,none" doc:"hmac: a signature with secret. token: secret itself, in header or parameter. basic: username and password in an Authorization header. rsa: a signature whose public_key is known. standard_webhooks: the headers of standardwebhooks.com. hook: the events hook checks it. none: it cannot; such webhooks wake pollers, and tell of nothing. An instance may ask for event.webhook.secret beside any of them."`
	Secret    Template `yaml:"secret" example:"{{ config['webhook.secret'] }}" doc:"hmac, token, standard_webhooks: what the vendor and the instance know."`
	Username  Template `yaml:"username" doc:"basic: the user."`
	Password  Template `yaml:"password" doc:"basic: the password."`
	PublicKey Template `yaml:"public_key" doc:"rsa: the vendor's public key or certificate, in PEM."`
	Header    string   `yaml:"header" example:"X-Hub-Signature-256" doc:"hmac, rsa, token: the header that holds the signature or the token."`
	Parameter string   `yaml:"request_parameter" doc:"token: the query parameter that holds it, where there is no header."`
	Prefix    string   `yaml:"prefix" example:"sha256=" doc:"hmac, rsa, token: text in front of it, which is cut off."`
	Item      string   `yaml:"item" example:"v1" doc:"hmac: where the header is a list such as t=1,v1=ab, the name of the item with the signature; several may have it."`
	Algorithm string   `yaml:"algorithm" default:"sha256" enum:"sha1,sha256,sha512" doc:"hmac, rsa: the hash."`
	Encoding  string   `yaml:"encoding" default:"hex" enum:"hex,base64" doc:"hmac, rsa: how the signature is written."`
	Padding   string   `yaml:"padding" default:"pkcs1" enum:"pkcs1,pss" doc:"rsa: how the hash is padded."`
	Signed    string   `yaml:"signed" default:"{body}" example:"v0:{timestamp}:{body}" doc:"hmac, rsa: what is signed; {body} are the very bytes, {timestamp} is what timestamp says."`
	Timestamp string   `yaml:"timestamp" example:"X-Slack-Request-Timestamp" doc:"hmac: the header with the time of the webhook in seconds since 1970, or the item of header if item is set."`
	Tolerance Duration `yaml:"tolerance" default:"5m" doc:"hmac: how old or new that time may be, so that nobody sends a webhook again much later."`
}

// DeliveryName says where a vendor names a webhook.
type DeliveryName struct {
	Header string `yaml:"header" example:"X-GitHub-Delivery" doc:"The header with the name."`
	Path   string `yaml:"path" example:"id" doc:"The path in the body, where there is no header."`
}

// Challenge is how a vendor asks whether somebody is there: the value that it sends is
// sent back.
type Challenge struct {
	From   string `yaml:"from" need:"yes" enum:"request_parameter,header,body" doc:"Where the value stands."`
	Name   string `yaml:"name" need:"yes" example:"hub.challenge" doc:"Name of the parameter or header, or path in the body."`
	Answer string `yaml:"answer" default:"text" enum:"text,json,header" doc:"How it goes back: as the body, as the only member of a JSON object, or as the same header."`
	Member string `yaml:"member" default:"challenge" doc:"json: the name of the member."`
}

// EventHook is a program that reads changes out of a webhook. Exactly one of its
// languages is used.
type EventHook struct {
	JQ         string `yaml:"jq" example:"{event_object_id: .issue.id, event_object_type: \"issues\", event_type: .action | ascii_upcase}" doc:"A jq filter of the body, with $configuration. It puts out changes, each an object with event_object_id, event_object_type, event_type (CREATED, UPDATED or DELETED) and perhaps event_date, or an array of them, or {\"events\": [...]}; or nothing."`
	JavaScript string `yaml:"javascript" doc:"The body of a function of the platform's hooks: it sees events and configuration, and hands {\"events\": [...]} to done, or returns it."`
	Legacy     bool   `yaml:"legacy" doc:"javascript: it is one of the platform's legacy hooks, and not in strict mode."`
}

// WakeRule says which webhooks wake the poller of a resource. All conditions given must
// hold; without any, every webhook does.
type WakeRule struct {
	Resource string   `yaml:"resource" need:"yes" example:"issues" doc:"The resource to poll."`
	Header   string   `yaml:"header" example:"X-GitHub-Event" doc:"Header whose value is one of values."`
	Path     string   `yaml:"path" example:"eventType" doc:"Path in the body whose value is one of values."`
	Values   []string `yaml:"values" example:"issues" doc:"The values."`
}
