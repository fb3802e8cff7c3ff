package hub

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// withoutNulls returns the JSON value without its null members, at any depth,
// and without white space. All other bytes stay as they are and where they are:
// a number that went through a float64 would be another number. Nulls in arrays
// stay, since they have a place there. value must be valid JSON.
func withoutNulls(value json.RawMessage) json.RawMessage {
	s := stripper{out: make([]byte, 0, len(value))}
	for i := 0; i < len(value); {
		end := tokenEnd(value, i)
		s.add(value[i:end])
		i = end
	}
	return s.out
}

// stripper copies tokens and takes back the names of null members.
type stripper struct {
	out    []byte
	open   []byte // the brackets that are open
	member int    // where in out the last name of a member begins
}

func (s *stripper) add(token []byte) {
	switch c := token[0]; c {
	case ' ', '\t', '\r', '\n':
		return
	case ',':
		if s.atMember() { // the members before were null
			return
		}
	case '{', '[':
		s.open = append(s.open, c)
	case '}', ']':
		s.out = bytes.TrimSuffix(s.out, []byte(",")) // the last members were null
		s.open = s.open[:len(s.open)-1]
	case '"':
		if s.atMember() {
			s.member = len(s.out)
		}
	case 'n':
		if s.inObject() {
			s.out = s.out[:s.member]
			return
		}
	}
	s.out = append(s.out, token...)
}

func (s *stripper) inObject() bool { return len(s.open) > 0 && s.open[len(s.open)-1] == '{' }

// atMember reports whether the next name in out would be that of a member.
func (s *stripper) atMember() bool {
	return s.inObject() && strings.IndexByte("{,", s.out[len(s.out)-1]) >= 0
}

// tokenEnd returns where the token of valid JSON ends that begins at i.
func tokenEnd(value []byte, i int) int {
	switch c := value[i]; {
	case c == '"':
		return stringEnd(value, i)
	case strings.IndexByte(" \t\r\n{}[]:,", c) >= 0:
		return i + 1
	}
	if n := bytes.IndexAny(value[i:], " \t\r\n}],"); n > 0 {
		return i + n
	}
	return len(value)
}

func stringEnd(value []byte, i int) int {
	for i++; i < len(value); i++ {
		switch value[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(value)
}

// onlyFields returns the record with no other top-level members than these, in
// the record's own order.
func onlyFields(record json.RawMessage, fields []string) json.RawMessage {
	if len(fields) == 0 {
		return record
	}
	out := []byte{'{'}
	gjson.ParseBytes(record).ForEach(func(name, value gjson.Result) bool {
		if slices.Contains(fields, name.String()) {
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = append(append(append(out, name.Raw...), ':'), value.Raw...)
		}
		return true
	})
	return append(out, '}')
}
