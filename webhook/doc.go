// Package webhook is for those who receive callbacks: it signs and verifies
// them, and reads them into Go.
//
// Each callback is a POST that carries two signatures made with the signature
// key of the instance, over the bytes of the body as they were sent:
//
//   - Elements-Webhook-Signature, the platform's: "sha256=" and the base64 of an
//     HMAC-SHA256 of the body. [Sign] makes it, [Verify] checks it. It never
//     expires, so whoever recorded a callback can send it again.
//   - webhook-signature with webhook-id and webhook-timestamp, as the Standard
//     Webhooks specification (https://www.standardwebhooks.com) has it. It covers
//     the id and the time of sending as well. [SignStandard] makes it,
//     [VerifyStandard] checks it.
//
// [Read] is what most receivers need: it limits, verifies and decodes a request,
// in the platform's format or as a CloudEvent. Callbacks may arrive more than once,
// always with the same id; Event.ID is what to remember.
//
// To replace a key, let the receiver accept both, configure the new key as the
// instance's second one, and make it the first when every receiver knows it. While
// an instance has two keys, webhook-signature holds a signature of each, and the
// platform's header that of the first alone. All functions that verify take several
// keys.
//
// All functions may be called from several goroutines, and compare signatures in
// constant time. The package does not store ids, answer requests or fetch keys,
// and imports nothing but the standard library.
package webhook

import "errors"

// Names of the headers of a callback.
const (
	// HeaderID carries the event's id, the same on every attempt.
	HeaderID = "Elements-Webhook-Id"
	// HeaderSignature carries what Sign returns; only with a signature key.
	HeaderSignature = "Elements-Webhook-Signature"
	// HeaderStandardID carries the same id as HeaderID.
	HeaderStandardID = "webhook-id"
	// HeaderStandardTimestamp carries the time of this attempt, in seconds since
	// 1970.
	HeaderStandardTimestamp = "webhook-timestamp"
	// HeaderStandardSignature carries what SignAll returns for the keys in force;
	// only with a signature key.
	HeaderStandardSignature = "webhook-signature"
)

// Content types of a callback.
const (
	// ContentTypeElements is that of the platform's format.
	ContentTypeElements = "application/json"
	// ContentTypeCloudEvents is that of a CloudEvent in structured mode.
	ContentTypeCloudEvents = "application/cloudevents+json"
)

// Names of the headers by which a receiver of CloudEvents is asked, with an OPTIONS
// request before the first callback, whether it wants them (CloudEvents HTTP
// Webhook 1.0, section 4). It is asked only where the instance is configured so.
const (
	// HeaderRequestOrigin says who asks. It stands in each callback as well.
	HeaderRequestOrigin = "WebHook-Request-Origin"
	// HeaderRequestRate says how many callbacks a minute are to come, if that is
	// limited.
	HeaderRequestRate = "WebHook-Request-Rate"
	// HeaderAllowedOrigin in the answer agrees: it repeats the origin, or is an
	// asterisk.
	HeaderAllowedOrigin = "WebHook-Allowed-Origin"
	// HeaderAllowedRate in the answer says how many callbacks a minute may come; an
	// asterisk stands for any number.
	HeaderAllowedRate = "WebHook-Allowed-Rate"
)

// Why a callback is refused. Test for them with errors.Is.
var (
	// ErrNoKey says that there was no key to verify with, or an empty one.
	ErrNoKey = errors.New("no signature key given")
	// ErrUnsigned says that the callback carries no signature of the kind asked
	// for, or one that cannot be read.
	ErrUnsigned = errors.New("no usable signature")
	// ErrSignature says that no key given made the signature for this body.
	ErrSignature = errors.New("signature does not match")
	// ErrTimestamp says that the callback was signed longer ago than Tolerance,
	// or that far in the future.
	ErrTimestamp = errors.New("timestamp out of tolerance")
)
