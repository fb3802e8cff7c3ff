package provider

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// MaxWait is the longest wait that [RetryAfter] returns. Vendors reset their
// quotas daily; more than that is a mistake in the header.
const MaxWait = 24 * time.Hour

// resetHeaders say when a quota is full again, in seconds or as a moment. They
// are conventions, not standards, and each vendor has chosen its own.
var resetHeaders = []string{
	"Ratelimit-Reset",
	"X-Ratelimit-Reset-After",
	"X-Ratelimit-Reset",
	"X-Rate-Limit-Reset",
}

// RetryAfter returns how long the header of an answer asks us to wait: by
// Retry-After (RFC 9110), otherwise by RateLimit or one of its forerunners. The
// wait is between zero and [MaxWait]; false means that the header does not say,
// or not in a way that can be read. A moment is counted from the answer's own
// Date, because the vendor's clock is not ours; without a Date it is ignored.
func RetryAfter(header http.Header) (time.Duration, bool) {
	date, err := http.ParseTime(header.Get("Date"))
	dated := err == nil
	if text := header.Get("Retry-After"); text != "" {
		if wait, ok := seconds(text); ok {
			return wait, true
		}
		if at, err := http.ParseTime(text); err == nil && dated {
			return bounded(at.Sub(date)), true
		}
	}
	if wait, ok := rateLimitWait(header.Get("Ratelimit")); ok {
		return wait, true
	}
	for _, name := range resetHeaders {
		if wait, ok := resetWait(header.Get(name), date); ok {
			return wait, true
		}
	}
	return 0, false
}

// rateLimitWait reads the RateLimit field in either of its drafts:
//
//	limit=100, remaining=0, reset=50
//	"hour";r=0;t=50
//
// Of several quotas the one that takes longest counts.
func rateLimitWait(field string) (time.Duration, bool) {
	longest, found := time.Duration(0), false
	for part := range strings.FieldsFuncSeq(field, func(r rune) bool { return r == ',' || r == ';' }) {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if name != "reset" && name != "t" {
			continue
		}
		if wait, ok := seconds(value); ok {
			longest, found = max(longest, wait), true
		}
	}
	return longest, found
}

// Numbers this large are not a number of seconds to wait but a moment: seconds
// since 1970 from 1973 on, or the same in milliseconds.
const (
	leastEpochSeconds      = 1e8
	leastEpochMilliseconds = 1e11
)

// resetWait reads a number of seconds or, if it is large, a moment.
func resetWait(text string, date time.Time) (time.Duration, bool) {
	number, ok := decimal(text)
	switch {
	case !ok:
		return 0, false
	case number < leastEpochSeconds:
		return bounded(time.Duration(number * float64(time.Second))), true
	case date.IsZero():
		return 0, false
	case number >= leastEpochMilliseconds:
		number /= 1000
	}
	wait := number - float64(date.Unix())
	return bounded(time.Duration(min(wait, MaxWait.Seconds()) * float64(time.Second))), true
}

// seconds reads a number of seconds, which some vendors give with a fraction.
func seconds(text string) (time.Duration, bool) {
	number, ok := decimal(text)
	if !ok {
		return 0, false
	}
	return bounded(time.Duration(min(number, MaxWait.Seconds()) * float64(time.Second))), true
}

// decimal reads digits with an optional fraction. It refuses the signs, the
// exponents and the words that strconv would take.
func decimal(text string) (float64, bool) {
	text = strings.TrimSpace(text)
	if strings.Trim(text, "0123456789.") != "" {
		return 0, false
	}
	number, err := strconv.ParseFloat(text, 64)
	return number, err == nil
}

func bounded(wait time.Duration) time.Duration { return min(max(wait, 0), MaxWait) }
