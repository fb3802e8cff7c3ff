package instance

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of what people write. The platform's were not documented; these are
// what a page can show.
const (
	maxName = 255 // characters, of a name or tag
	maxTags = 100
	// maxMarkup is the most that is searched for tags: taking nested ones apart
	// takes the square of their number.
	maxMarkup = 8 << 10
)

// plain returns text without HTML tags, comments and surrounding space: names are
// shown on pages and in e-mails of programs we do not know. What stands between
// the tags stays. An < that begins no tag, as in "a < b", stays as well.
func plain(text string) string {
	for {
		next := untag(text)
		if next == text {
			return strings.TrimSpace(next)
		}
		text = next // removing a tag can make another out of its neighbours
	}
}

// untag removes each tag of text once.
func untag(text string) string {
	var b strings.Builder
	for {
		start := strings.IndexByte(text, '<')
		if start < 0 || start+1 == len(text) {
			b.WriteString(text)
			return b.String()
		}
		if !opensTag(text[start+1]) {
			b.WriteString(text[:start+1])
			text = text[start+1:]
			continue
		}
		b.WriteString(text[:start])
		_, text, _ = strings.Cut(text[start:], ">")
	}
}

// opensTag reports whether a browser takes < and c for the beginning of a tag.
func opensTag(c byte) bool {
	return c == '/' || c == '!' || c == '?' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// label returns a name or tag as it is stored.
func (p *Problems) label(path, text string) string {
	if len(text) > maxMarkup {
		p.add(path, "has %d bytes; write at most %d characters", len(text), maxName)
		return ""
	}
	stripped := plain(text)
	switch {
	case stripped == "":
		p.add(path, "is empty; write at least one character beside HTML tags")
	case utf8.RuneCountInString(stripped) > maxName:
		p.add(path, "has more than %d characters; shorten it", maxName)
	case strings.ContainsFunc(stripped, unicode.IsControl):
		p.add(path, "has a control character; write it on one line")
	}
	return stripped
}
