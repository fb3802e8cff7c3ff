package element

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Template is text with lookups between double braces, such as
//
//	{{ config['oauth.api.key'] }}   an entry of the instance's configuration
//	{{ credential.geolocation }}    a part of the token answer that the element keeps
//	{{ where['user'] }}             an attribute of the where clause, or of a call's query
//	{{ path.reportId }}             the value of {reportId} in the resource's name
//	{{ parent.key }}                the key of the parent's record, of a partitioned resource
//	{{ id }}                        the id of the record an operation is about
//	{{ uuid }}                      a new UUID
//
// The zero Template is empty text.
type Template struct {
	text  string
	parts []part
}

// part is a piece of plain text, or a lookup.
type part struct {
	plain  string
	lookup lookup
}

// lookup names a value: root is where to look, key what to look for where root
// holds several values.
type lookup struct{ root, key string }

// The roots of lookups.
const (
	rootConfig     = "config"
	rootWhere      = "where"
	rootCredential = "credential"
	rootPath       = "path"
	rootParent     = "parent.key"
	rootID         = "id"
	rootUUID       = "uuid"
)

// Values are what the lookups of a template find. What is not there is empty.
type Values struct {
	Config     map[string]string
	Credential map[string]string
	Where      map[string]string
	Path       map[string]string // Resource.Values
	ParentKey  string
	ID         string
	UUID       string
}

var lookupSyntax = regexp.MustCompile(
	`^(?:(config|where)\[(?:'([^'"]+)'|"([^'"]+)")\]|(credential|path)\.([A-Za-z_][A-Za-z0-9_]*)|(parent\.key|id|uuid))$`)

const lookupHelp = "write one of config['key'], credential.name, where['attribute'], path.parameter, parent.key, id, uuid"

// ParseTemplate returns the template that text holds. Its error says what is
// wrong with the first bad lookup, and what can stand there.
func ParseTemplate(text string) (Template, error) {
	t := Template{text: text}
	rest := text
	for {
		plain, after, found := strings.Cut(rest, "{{")
		if plain != "" {
			t.parts = append(t.parts, part{plain: plain})
		}
		if !found {
			return t, nil
		}
		inside, next, closed := strings.Cut(after, "}}")
		if !closed {
			return Template{}, errors.New("{{ without }}; close the braces after the lookup")
		}
		l, err := parseLookup(inside)
		if err != nil {
			return Template{}, err
		}
		t.parts = append(t.parts, part{lookup: l})
		rest = next
	}
}

func parseLookup(inside string) (lookup, error) {
	m := lookupSyntax.FindStringSubmatch(strings.TrimSpace(inside))
	if m == nil {
		return lookup{}, fmt.Errorf("{{%s}} is no lookup; %s", inside, lookupHelp)
	}
	// Of each group of alternatives, one is set and the others are empty.
	return lookup{root: m[1] + m[4] + m[6], key: m[2] + m[3] + m[5]}, nil
}

// UnmarshalText parses t from text, as [ParseTemplate] does.
func (t *Template) UnmarshalText(text []byte) error {
	parsed, err := ParseTemplate(string(text))
	if err == nil {
		*t = parsed
	}
	return err
}

// String returns the text the template was parsed from.
func (t Template) String() string { return t.text }

// IsZero reports whether t is empty text.
func (t Template) IsZero() bool { return t.text == "" }

// Equal reports whether t and other were parsed from the same text.
func (t Template) Equal(other Template) bool { return t.text == other.text }

// Expand returns the text with the values in the place of the lookups, as they
// are. Escaping them for where the text goes is the caller's work, as for a query
// parameter or a form field; for a path and for JSON use [Template.ExpandPath] and
// [Template.ExpandJSON].
func (t Template) Expand(v Values) string {
	var b strings.Builder
	for _, p := range t.parts {
		b.WriteString(p.plain)
		b.WriteString(v.find(p.lookup))
	}
	return b.String()
}

// ExpandPath expands t as the path of a URL. Each value becomes one segment, or a
// part of one: everything in it but letters, digits and "-_~." is escaped, $ as
// %24 and / as %2F. An empty value is refused, since it would name the whole
// collection instead of one record in it, and so are the segments . and .., which
// would name another.
func (t Template) ExpandPath(v Values) (string, error) {
	var b strings.Builder
	for _, p := range t.parts {
		b.WriteString(p.plain)
		if p.lookup.root == "" {
			continue
		}
		value := v.find(p.lookup)
		if value == "" || value == "." || value == ".." {
			return "", fmt.Errorf("path %s: %s is %q; give it a value that can be part of a path",
				t.text, p.lookup, value)
		}
		b.WriteString(escapeSegment(value))
	}
	return b.String(), nil
}

// ExpandJSON expands t as JSON text. The values are escaped for the inside of a
// JSON string, which is the only place where [Parse] lets a lookup stand.
func (t Template) ExpandJSON(v Values) string {
	var b strings.Builder
	for _, p := range t.parts {
		b.WriteString(p.plain)
		b.WriteString(escapeJSON(v.find(p.lookup)))
	}
	return b.String()
}

func (v Values) find(l lookup) string {
	switch l.root {
	case rootConfig:
		return v.Config[l.key]
	case rootWhere:
		return v.Where[l.key]
	case rootCredential:
		return v.Credential[l.key]
	case rootPath:
		return v.Path[l.key]
	case rootParent:
		return v.ParentKey
	case rootID:
		return v.ID
	case rootUUID:
		return v.UUID
	}
	return "" // of plain text
}

// String returns the lookup as it is written.
func (l lookup) String() string {
	switch l.root {
	case rootConfig, rootWhere:
		return l.root + "['" + l.key + "']"
	case rootCredential, rootPath:
		return l.root + "." + l.key
	}
	return l.root
}

// escapeSegment escapes more than url.PathEscape, which leaves $ and other marks
// that some vendors take for syntax.
func escapeSegment(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if isAlphanumeric(c) || strings.IndexByte("-_~.", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'%', hex[c>>4], hex[c&15]})
	}
	return b.String()
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

func escapeJSON(s string) string {
	quoted, err := json.Marshal(s)
	if err != nil { // a string always has a JSON form
		return ""
	}
	return string(quoted[1 : len(quoted)-1])
}
