package turnstone

import (
	"fmt"
	"time"
)

// VendorAction is what a vendor's unsuccessful answer asks us to do.
type VendorAction string

// What an unsuccessful answer can ask for.
const (
	VendorFail    VendorAction = "fail"    // give this request up
	VendorRetry   VendorAction = "retry"   // a passing fault: the same request may succeed later
	VendorWait    VendorAction = "wait"    // throttled: not a failure, ask again after Wait
	VendorRestart VendorAction = "restart" // the page token is no longer good: read the window from its start
)

// RateLimit is what a vendor tells of the requests it allows. The zero RateLimit
// says that it told nothing.
type RateLimit struct {
	Limit     int           `json:"limit,omitempty"` // in the current interval; 0: it did not say
	Remaining int           `json:"remaining"`       // of them
	Reset     time.Duration `json:"reset,omitempty"` // until the interval ends
}

// VendorError is an unsuccessful answer of a vendor, or the lack of one.
type VendorError struct {
	Action  VendorAction
	Status  int           // HTTP status; 0 when no answer came
	Message string        // the vendor's own words, shortened; may be empty
	Wait    time.Duration // how long the vendor asked us to wait; 0 when it did not say
	// MinWait and MaxWait bound the wait for a vendor that did not say: the first,
	// and what repeated ones grow to. 0: the caller's own.
	MinWait time.Duration
	MaxWait time.Duration
	// RateLimit is what the answer told of the requests that the vendor allows.
	RateLimit RateLimit
	URL       string // what was asked, without credentials
	Err       error  // the cause when no usable answer came
}

// Error says what was asked and what the vendor answered.
func (e *VendorError) Error() string {
	switch {
	case e.Err != nil && e.Status != 0:
		return fmt.Sprintf("%s: the vendor answered %d: %v", e.URL, e.Status, e.Err)
	case e.Err != nil:
		return fmt.Sprintf("%s: no answer from the vendor: %v", e.URL, e.Err)
	case e.Message != "":
		return fmt.Sprintf("%s: the vendor answered %d: %s", e.URL, e.Status, e.Message)
	}
	return fmt.Sprintf("%s: the vendor answered %d", e.URL, e.Status)
}

// Unwrap returns the cause.
func (e *VendorError) Unwrap() error { return e.Err }
