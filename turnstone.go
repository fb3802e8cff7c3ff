// Package turnstone is the vocabulary of a program that polls SaaS APIs, works
// out which records were created, updated or deleted, and delivers every change,
// signed, to the callback URLs of the people who asked.
//
// An Instance is an element (a vendor's API) authorised for one vendor account.
// Each Poller reads one resource of an instance; what it learns of an object is
// a Version, and a Version that differs from the known one is a Change. Changes
// are stored in Events, and an Event is owed to each Destination as a Delivery.
//
// This package holds the types that cross the store's border, their validation
// and the sentinel errors. It performs no I/O and reads no clock.
package turnstone

import (
	"errors"
	"log/slog"
)

// Errors that callers test for with errors.Is.
var (
	// ErrNotFound says that the thing asked for does not exist, or not for this
	// account.
	ErrNotFound = errors.New("not found")
	// ErrConflict says that the thing to be written exists, or changed meanwhile.
	ErrConflict = errors.New("conflict")
	// ErrLeaseLost says that a lease expired and was claimed by somebody else:
	// nothing was written, and the work is no longer the caller's.
	ErrLeaseLost = errors.New("lease lost")
	// ErrUnavailable says that the database does not answer. What was to be written
	// may have been.
	ErrUnavailable = errors.New("the database does not answer")
	// ErrUnauthenticated says that the vendor does not accept the credential of
	// an instance: somebody must authorise it again.
	ErrUnauthenticated = errors.New("needs authentication")
)

// Masked is what every answer, log line and page shows in place of a secret. As
// a configuration value in a request it means "unchanged".
const Masked = "********"

// Secret is text that never shows itself: printing, logging or marshalling it
// gives Masked. Convert it to a string where the value itself is needed.
type Secret string

// String returns Masked, or nothing for an empty secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return Masked
}

// GoString returns what String does, so that %#v does not show the secret.
func (s Secret) GoString() string { return s.String() }

// LogValue returns what String does.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText returns what String does.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
