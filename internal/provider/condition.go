package provider

import (
	"net/http"
	"strings"
	"time"

	"turnstone"
)

// firmAfter is how much older than the Date of its answer a Last-Modified must be
// to tell versions apart: two changes within a second have the same one, and the
// clocks of a vendor's machines differ (RFC 9110, section 8.8.2.2).
const firmAfter = time.Minute

// maxValidator bounds what is stored of each poller, and sent with each request.
const maxValidator = 1 << 10

// setCondition asks for a list only if it changed since the validator came, and
// reports whether it did so: the validator must be of the URL that is asked.
func setCondition(req *http.Request, v turnstone.Validator, shown string) (conditional bool) {
	if req.Method != http.MethodGet || v.URL == "" || v.URL != shown {
		return false
	}
	if v.ETag != "" {
		req.Header.Set("If-None-Match", v.ETag)
	}
	if v.LastModified != "" {
		req.Header.Set("If-Modified-Since", v.LastModified)
	}
	return v.ETag != "" || v.LastModified != ""
}

// validatorOf returns what the header of an answer gives to ask again with.
func validatorOf(header http.Header, shown string) turnstone.Validator {
	v := turnstone.Validator{URL: shown, ETag: etagOf(header), LastModified: firmDate(header)}
	if v.ETag == "" && v.LastModified == "" {
		return turnstone.Validator{}
	}
	return v
}

// etagOf returns the entity tag, weak or not. What does not look like one is none:
// it would be sent back, where a proxy may take it for something else.
func etagOf(header http.Header) string {
	tag := header.Get("Etag")
	opaque := strings.TrimPrefix(tag, "W/")
	quoted := len(opaque) > 2 && opaque[0] == '"' && strings.IndexByte(opaque[1:], '"') == len(opaque)-2
	if !quoted || len(tag) > maxValidator || strings.ContainsFunc(tag, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return ""
	}
	return tag
}

// firmDate returns the Last-Modified of an answer, if it can be relied on.
func firmDate(header http.Header) string {
	text := header.Get("Last-Modified")
	modified, err := http.ParseTime(text)
	if err != nil {
		return ""
	}
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil || date.Sub(modified) < firmAfter {
		return ""
	}
	return text
}
