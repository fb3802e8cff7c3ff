package provider

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/tidwall/gjson"
)

// document is the JSON of an answer. Its top-level members, and the elements of
// those that are arrays, are known from checking it, so that a page is not read
// once more for each path that a filter, a selector or a paginator asks for. The
// zero document has no values.
type document struct {
	text    jsonText
	members []member
	indexed bool // members are all there are; if not, looking up reads the text
}

// member is a member of an object as it is written: the name with its quotes.
type member struct {
	name, value jsonText
	elements    []json.RawMessage // of an array; more than maxElements: not all
}

// Bounds of what is remembered of one answer. Pages have five members, records a
// hundred; the largest pages seen have 1,000 records.
const (
	maxMembers  = 256
	maxElements = 10_000
)

// readDocument returns the document that body is, which shares its bytes. It
// returns false if body is no JSON, or nests too deep for the readers behind us,
// which recurse.
func readDocument(body []byte) (document, bool) {
	d := document{text: body}
	i, end := d.text.space(0), 0
	if d.text.at(i) == '{' {
		d.indexed = true
		end = d.text.object(i, 1, d.add)
	} else {
		var root member
		root, end = d.read(i, 0)
		d.members = []member{root}
	}
	if end == broken || d.text.space(end) != len(body) {
		return document{}, false
	}
	return d, true
}

// add notes the member whose value begins at i, and returns where that ends. The
// index stays incomplete where it would grow too large, or where a name has an
// escape in it: that can be written in many ways.
func (d *document) add(name jsonText, i int) int {
	m, end := d.read(i, 1)
	if len(d.members) == maxMembers || bytes.IndexByte(name, '\\') >= 0 {
		d.indexed = false
	}
	if d.indexed {
		m.name = name
		d.members = append(d.members, m)
	}
	return end
}

// read reads the value that begins at i in depth others, and returns where it
// ends.
func (d document) read(i, depth int) (member, int) {
	var m member
	end := 0
	if d.text.at(i) == '[' {
		end = d.text.array(i, depth+1, m.add)
	} else {
		end = d.text.value(i, depth)
	}
	if end != broken {
		m.value = d.text[i:end:end]
	}
	return m, end
}

// add notes an element, and one more than there may be.
func (m *member) add(element jsonText) {
	if len(m.elements) <= maxElements {
		m.elements = append(m.elements, json.RawMessage(element))
	}
}

// raw returns the text of the value at a gjson path; empty if there is none. A
// value at the top level shares the bytes of the document.
func (d document) raw(path string) json.RawMessage {
	if !d.indexed || !isPlain(path) {
		return json.RawMessage(gjson.GetBytes(d.text, path).Raw)
	}
	name, rest, deeper := strings.Cut(path, ".")
	for _, m := range d.members {
		switch {
		case !m.named(name):
		case !deeper:
			return json.RawMessage(m.value)
		case m.value.nests():
			if found := gjson.GetBytes(m.value, rest); found.Exists() {
				return json.RawMessage(found.Raw)
			}
		}
	}
	return nil
}

// elements returns the elements of an array in the document. One whose elements
// are known is told by where the first of them stands.
func (d document) elements(array jsonText) []json.RawMessage {
	for _, m := range d.members {
		if len(m.elements) > 0 && &m.elements[0][0] == &array[array.space(1)] && len(m.elements) <= maxElements {
			return m.elements
		}
	}
	return array.elements()
}

// words returns the value at a path as text; empty if there is none.
func (d document) words(path string) string { return gjson.ParseBytes(d.raw(path)).String() }

// lacks reports whether it is plain that nothing stands at the path.
func (d document) lacks(path string) bool {
	if !d.indexed || !isPlain(path) {
		return false
	}
	name, _, _ := strings.Cut(path, ".")
	for _, m := range d.members {
		if m.named(name) {
			return false
		}
	}
	return true
}

func (m member) named(name string) bool { return string(m.name[1:len(m.name)-1]) == name }

// nests reports whether a value is an object or an array.
func (t jsonText) nests() bool { return t.at(0) == '{' || t.at(0) == '[' }

// isPlain reports whether a path is made of names alone, with none of gjson's
// wildcards, modifiers or queries in it.
func isPlain(path string) bool {
	for i := range len(path) {
		if c := path[i]; !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'z') && c != '_' && c != '-' && c != '.' {
			return false
		}
	}
	return path != "" && path[0] != '.' // two dots begin a path through lines of JSON
}
