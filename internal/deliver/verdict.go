package deliver

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter bounds what a receiver may ask for: an event should not wait
// longer than a day because of a slip in a header.
const maxRetryAfter = 24 * time.Hour

// Verdict is what a receiver's answer means.
type Verdict struct {
	Done  bool
	Gone  bool          // the receiver wants no more events: 410
	Wait  time.Duration // the receiver asked for at least this long; 0 if it did not
	Cause string        // why the attempt failed, and what to do; empty when Done
}

// Judge returns what an answer of the status and headers means, received at now, to
// a body of so many bytes. Only 2xx is success: a redirect is not followed, since it
// would carry the signed body to an address nobody configured. A cause holds nothing
// of what the receiver wrote, which may be what it was sent.
func Judge(status int, header http.Header, sent int, now time.Time) Verdict {
	switch {
	case status >= 200 && status <= 299:
		return Verdict{Done: true}
	case status == http.StatusGone:
		return Verdict{Gone: true, Cause: "the receiver answered 410 Gone: it wants no more events"}
	case status >= 300 && status <= 399:
		return Verdict{Cause: fmt.Sprintf("the receiver answered %d with a redirect, which is not followed; configure the final address", status)}
	}
	return Verdict{
		Wait:  retryAfter(header.Get("Retry-After"), now),
		Cause: strings.TrimSuffix(fmt.Sprintf("the receiver answered %d %s", status, http.StatusText(status)), " ") + "; " + remedy(status, sent),
	}
}

// remedy returns what to do about a status that is no success.
func remedy(status, sent int) string {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return "see that it knows the signature key, and the user, password and headers that are configured for callbacks"
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return "see that the callback URL is the address where it takes POSTs"
	case http.StatusRequestEntityTooLarge:
		return fmt.Sprintf("it refuses bodies of %d bytes: lower event.notification.max_bytes or raise its limit", sent)
	case http.StatusUnsupportedMediaType:
		return "see that it takes what event.notification.format says"
	case http.StatusTooManyRequests:
		return "lower event.notification.rate or event.notification.concurrency if this goes on"
	}
	return "its log may say why"
}

// retryAfter reads the header's two forms: seconds, or a date.
func retryAfter(text string, now time.Time) time.Duration {
	// What is beyond all numbers is read as the largest.
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil || errors.Is(err, strconv.ErrRange) {
		return min(time.Duration(seconds)*time.Second, maxRetryAfter)
	}
	if date, err := http.ParseTime(text); err == nil {
		return min(max(date.Sub(now), 0), maxRetryAfter)
	}
	return 0
}
