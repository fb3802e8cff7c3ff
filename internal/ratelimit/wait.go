package ratelimit

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// MaxWait is the longest wait that [RetryAfter] and [Told] return. Vendors reset
// their quotas daily; more than that is a mistake in the header.
const MaxWait = 24 * time.Hour

// resetHeaders say when a quota is full again, in seconds or as a moment. They
// are conventions, not standards, and each vendor has chosen its own.
var resetHeaders = []string{
	"Ratelimit-Reset",
	"X-Ratelimit-Reset-After",
	"X-Ratelimit-Reset",
	"X-Rate-Limit-Reset",
	"X-Ratelimit-Reset-Requests",
}

// RetryAfter returns how long the header of an answer asks us to wait: by
// Retry-After (RFC 9110), otherwise by RateLimit or one of its forerunners. The
// wait is between zero and [MaxWait]; false means that the header does not say,
// or not in a way that can be read. A moment is counted from the answer's own
// Date; without one it is ignored.
func RetryAfter(header http.Header) (time.Duration, bool) {
	if wait, ok := asked(header); ok {
		return wait, true
	}
	if q, ok := tightest(quotas(header.Get("Ratelimit"))); ok && q.reset >= 0 {
		return q.reset, true
	}
	return reset(header)
}

// asked reads Retry-After: a number of seconds, or a moment.
func asked(header http.Header) (time.Duration, bool) {
	text := header.Get("Retry-After")
	if wait, ok := seconds(text); ok {
		return wait, true
	}
	at, err := http.ParseTime(text)
	date, dated := dateOf(header)
	if err != nil || !dated {
		return 0, false
	}
	return bounded(at.Sub(date)), true
}

// reset reads the first of the resetHeaders that can be read.
func reset(header http.Header) (time.Duration, bool) {
	date, _ := dateOf(header)
	for _, name := range resetHeaders {
		if wait, ok := resetWait(header.Get(name), date); ok {
			return wait, true
		}
	}
	return 0, false
}

func dateOf(header http.Header) (time.Time, bool) {
	date, err := http.ParseTime(header.Get("Date"))
	return date, err == nil
}

// Numbers this large are not a number of seconds to wait but a moment: seconds
// since 1970 from 1973 on, or the same in milliseconds.
const (
	leastEpochSeconds      = 1e8
	leastEpochMilliseconds = 1e11
)

// resetWait reads a number of seconds; or, if it is large, a moment; or one that is
// written as a date; or a length of time such as 6m0s.
func resetWait(text string, date time.Time) (time.Duration, bool) {
	number, ok := decimal(text)
	switch {
	case !ok:
		return writtenWait(strings.TrimSpace(text), date)
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

// dateLayouts are the ways in which a moment is written, beside those of HTTP.
// Fractions of a second are read where there are any.
var dateLayouts = []string{time.RFC3339, "2006-01-02T15:04Z07:00"}

func writtenWait(text string, date time.Time) (time.Duration, bool) {
	if wait, err := time.ParseDuration(text); err == nil && wait >= 0 {
		return bounded(wait), true
	}
	if date.IsZero() {
		return 0, false
	}
	if at, err := http.ParseTime(text); err == nil {
		return bounded(at.Sub(date)), true
	}
	for _, layout := range dateLayouts {
		if at, err := time.Parse(layout, text); err == nil {
			return bounded(at.Sub(date)), true
		}
	}
	return 0, false
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
