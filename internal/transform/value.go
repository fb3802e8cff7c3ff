package transform

import (
	"slices"

	"github.com/tidwall/gjson"
)

// value is a JSON value that is taken apart as far as paths go into it. What nobody
// goes into keeps its very bytes: a number that went through a float64 would be
// another number.
type value struct {
	raw     []byte         // as it stood; nil once it was opened
	members []member       // of an object
	places  map[string]int // of the members, by what their names say
	items   []*value       // of an array; nil where one was taken away
	array   bool
}

type member struct {
	name  string // in quotes, as it stood
	value *value // nil: it was taken away
}

// newObject returns an empty object.
func newObject() *value { return &value{} }

// open takes an object or array apart, if it is one of those that are wanted.
func (v *value) open(array bool) bool {
	if v.raw == nil {
		return v.array == array
	}
	parsed := gjson.ParseBytes(v.raw)
	if parsed.IsArray() != array || !parsed.IsArray() && !parsed.IsObject() {
		return false
	}
	parsed.ForEach(func(name, inside gjson.Result) bool {
		part := &value{raw: []byte(inside.Raw)}
		if array {
			v.items = append(v.items, part)
		} else {
			v.set(name.Raw, name.String(), part)
		}
		return true
	})
	v.raw, v.array = nil, array
	return true
}

// set gives a member a value. One that stands twice has its last.
func (v *value) set(name, key string, part *value) {
	if at, known := v.places[key]; known {
		v.members[at].value = part
		return
	}
	if v.places == nil {
		v.places = make(map[string]int)
	}
	v.places[key] = len(v.members)
	v.members = append(v.members, member{name, part})
}

// child returns what a step leads to; nil: there is nothing.
func (v *value) child(s step) *value {
	if !v.open(s.member == "") {
		return nil
	}
	if s.member == "" {
		if s.index < len(v.items) {
			return v.items[s.index]
		}
		return nil
	}
	if at, known := v.places[s.member]; known {
		return v.members[at].value
	}
	return nil
}

// put makes part what a step leads to. What is there already and is no object or
// array, as the step needs it, gives way.
func (v *value) put(s step, part *value) {
	if !v.open(s.member == "") {
		*v = value{array: s.member == ""}
	}
	if s.member != "" {
		v.set(quoted(s.member), s.member, part)
		return
	}
	for len(v.items) <= s.index {
		v.items = append(v.items, nil)
	}
	v.items[s.index] = part
}

// take takes away what a step leads to. Items keep their places.
func (v *value) take(s step) {
	if s.member == "" {
		v.items[s.index] = nil
		return
	}
	if at, known := v.places[s.member]; known {
		v.members[at].value = nil
	}
}

// empty reports whether there is nothing left in an opened value.
func (v *value) empty() bool {
	return v.raw == nil &&
		!slices.ContainsFunc(v.items, func(item *value) bool { return item != nil }) &&
		!slices.ContainsFunc(v.members, func(m member) bool { return m.value != nil })
}

// append writes the value behind text.
func (v *value) append(text []byte) []byte {
	switch {
	case v == nil:
		return append(text, "null"...)
	case v.raw != nil:
		return append(text, v.raw...)
	case v.array:
		text = append(text, '[')
		for i, item := range v.items {
			text = item.append(comma(text, i))
		}
		return append(text, ']')
	}
	text = append(text, '{')
	written := 0
	for _, m := range v.members {
		if m.value == nil {
			continue
		}
		text = append(append(comma(text, written), m.name...), ':')
		text = m.value.append(text)
		written++
	}
	return append(text, '}')
}

func comma(text []byte, i int) []byte {
	if i > 0 {
		return append(text, ',')
	}
	return text
}

// quoted writes a name as JSON.
func quoted(name string) string { return string(gjson.AppendJSONString(nil, name)) }
