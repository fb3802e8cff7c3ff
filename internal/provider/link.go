package provider

import (
	"net/http"
	"strings"
)

// linkedNext returns the URL that the Link headers of an answer give the relation next
// (RFC 8288); empty: they give none.
func linkedNext(header http.Header) string {
	for _, line := range header.Values("Link") {
		for rest := line; ; {
			_, after, opened := strings.Cut(rest, "<")
			target, parameters, closed := strings.Cut(after, ">")
			if !opened || !closed {
				break
			}
			own, _, _ := strings.Cut(parameters, "<")
			if isNext(own) {
				return target
			}
			rest = parameters
		}
	}
	return ""
}

// isNext reports whether the parameters of a link say that it leads to the next page.
// A link may have several relations.
func isNext(parameters string) bool {
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(parameter, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "rel") {
			continue
		}
		for relation := range strings.FieldsSeq(strings.Trim(strings.TrimSpace(value), `",`)) {
			if strings.EqualFold(strings.Trim(relation, `",`), "next") {
				return true
			}
		}
	}
	return false
}
