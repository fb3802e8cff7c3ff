package rest

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"turnstone"
)

// Single returns parameters that are given once each.
func Single(query url.Values) (map[string]string, error) {
	values := make(map[string]string, len(query))
	for name, list := range query {
		if len(list) > 1 {
			return nil, Failuref(http.StatusBadRequest, "%s is given %d times; write it once", Excerpt(name), len(list))
		}
		values[name] = list[0]
	}
	return values, nil
}

// Hydrated reports whether the caller wants whole objects in place of their ids.
func Hydrated(query url.Values) bool {
	return slices.Contains([]string{"true", "1"}, strings.ToLower(query.Get("hydrate")))
}

// Moment reads a time, which is in UTC unless it says otherwise.
func Moment(member, text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, Failuref(http.StatusBadRequest, "%s is %s; write a time such as 2026-11-23T08:00:00Z", member, Excerpt(text))
}

// ISOTime returns a moment as the platform writes it, to the second.
func ISOTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// ExactTime returns a moment to the microsecond, and nothing for the zero time.
func ExactTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000Z")
}

// IsMissing reports whether err says that there is no such thing.
func IsMissing(err error) bool { return errors.Is(err, turnstone.ErrNotFound) }
