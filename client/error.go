package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Error is an answer that refuses what was asked. Get at it with errors.As.
type Error struct {
	Method string
	Path   string // below the API's prefix
	Status int    // of HTTP
	// RequestID finds the call in the service's log; empty: it was not the service that
	// answered.
	RequestID string
	// Message says what is wrong and what to do; empty: as RequestID.
	Message string
	// ProviderMessage is what the vendor said; empty: it was not asked, or said nothing.
	ProviderMessage string
	// RetryAfter is how long the service asks to wait; 0: it did not say.
	RetryAfter time.Duration
}

// Error returns the message and the status.
func (e *Error) Error() string {
	status := fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status))
	if e.Message == "" {
		return fmt.Sprintf("%s %s: the answer is %s, and not one of this API", e.Method, e.Path, status)
	}
	return fmt.Sprintf("%s (%s)", e.Message, status)
}

// IsNotFound reports whether err says that there is no such thing, or not for the one
// who asks.
func IsNotFound(err error) bool {
	refused, ok := errors.AsType[*Error](err)
	return ok && refused.Status == http.StatusNotFound
}

// maxRefusal bounds what is read of an answer that refuses.
const maxRefusal = 1 << 20

// refusal reads an answer that refuses, and closes its body.
func refusal(r request, response *http.Response) *Error {
	defer response.Body.Close()
	e := &Error{Method: r.method, Path: r.path, Status: response.StatusCode}
	var said struct{ RequestID, Message, ProviderMessage string }
	body, err := io.ReadAll(io.LimitReader(response.Body, maxRefusal))
	if err == nil && json.Unmarshal(body, &said) == nil {
		e.RequestID, e.Message, e.ProviderMessage = said.RequestID, said.Message, said.ProviderMessage
	}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds > 0 {
		e.RetryAfter = time.Duration(seconds) * time.Second
	}
	return e
}

// isEmptyList reports whether an answer to a list says that it has no members, as the
// platform did: "No instances found".
func (e *Error) isEmptyList() bool {
	return e.Status == http.StatusNotFound && strings.HasPrefix(e.Message, "No ") && strings.HasSuffix(e.Message, " found")
}

const (
	// firstRetry is the first wait for a service that does not say how long.
	firstRetry = time.Second
	// maxRetry is the longest wait that is worth holding a caller up; a longer one is
	// the caller's to decide about.
	maxRetry = 30 * time.Second
)

// retry returns whether a call that was refused is worth another try, and when. 503 may
// come after the work was done, so that calls which do something twice are left alone.
func retry(method string, e *Error, try int) (time.Duration, bool) {
	repeatable := method != http.MethodPost && method != http.MethodPatch
	if e.Status != http.StatusTooManyRequests && (e.Status != http.StatusServiceUnavailable || !repeatable) {
		return 0, false
	}
	wait := e.RetryAfter
	if wait == 0 {
		wait = firstRetry << try
	}
	return wait, wait <= maxRetry
}
