package hub

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/tidwall/gjson"
)

// withoutNulls returns the JSON value without its null members, at any depth,
// and without white space. All other bytes stay as they are and in their order:
// a number that went through a float64 would be another number. Nulls in arrays
// stay, since they have a place there. value must be valid JSON. What is returned
// takes its place in memory: nobody has a use for both, and pages are large.
func withoutNulls(value json.RawMessage) json.RawMessage {
	s := stripper{value: value}
	for i := 0; i < len(value); {
		switch value[i] {
		case '"':
			s.name = s.kept + i - s.from
			i = stringEnd(value, i)
		case ' ', '\t', '\r', '\n':
			s.keep(i)
			i++
			s.from = i
		case 'n':
			i = s.null(i)
		default:
			i++
		}
	}
	s.keep(len(value))
	return value[:s.kept]
}

// stripper moves what stays of a value to its beginning, in pieces as long as
// can be.
type stripper struct {
	value []byte
	kept  int // the length of what stays and is in its place
	from  int // where the next piece begins
	name  int // the length of what stays before the last string
}

// keep moves the piece that ends at i.
func (s *stripper) keep(i int) {
	if s.kept == s.from {
		s.kept = i // it is in its place
		return
	}
	s.kept += copy(s.value[s.kept:], s.value[s.from:i])
}

// null passes over the null at i. If it is a member it is dropped, with the last
// string before it, which is its name, and one of the commas around the two.
func (s *stripper) null(i int) int {
	s.keep(i)
	s.from = i
	i += len("null")
	if s.kept == 0 || s.value[s.kept-1] != ':' {
		return i
	}
	for s.kept = s.name; i < len(s.value); i++ {
		switch s.value[i] {
		case ',':
			s.from = i + 1
			return s.from
		case '}':
			s.kept = len(bytes.TrimSuffix(s.value[:s.kept], []byte(",")))
			s.from = i
			return i
		}
	}
	return i
}

// stringEnd returns where the string ends that begins at i.
func stringEnd(value []byte, i int) int {
	for i++; ; {
		n := bytes.IndexByte(value[i:], '"')
		if n < 0 {
			return len(value)
		}
		i += n + 1
		if value[i-2] != '\\' || escapes(value[:i-1])%2 == 0 {
			return i
		}
	}
}

// escapes returns how many backslashes text ends with.
func escapes(text []byte) int { return len(text) - len(bytes.TrimRight(text, `\`)) }

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
