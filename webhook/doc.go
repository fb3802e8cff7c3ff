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
// [Read] is what most receivers need: it limits, verifies and decodes a request.
// Callbacks may arrive more than once, always with the same id; Event.ID is what
// to remember.
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
	// HeaderStandardSignature carries what SignStandard returns, once for each
	// key in force, separated by spaces; only with a signature key.
	HeaderStandardSignature = "webhook-signature"
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
