package change

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"slices"

	"github.com/tidwall/gjson"

	"turnstone"
)

// fingerprinter writes records in a canonical form and hashes it. It reads a record
// once, from its start to its end, and holds positions in place of strings: no part
// of a poll of new records costs more. It reuses its buffers, so it serves one
// goroutine.
//
// Records are valid JSON. Of anything else the fingerprint is some fingerprint.
type fingerprinter struct {
	ignore []string // few: looking through them is faster than hashing each path
	record []byte
	text   []byte // the canonical form
	path   []byte // of the value being written
	// Of all objects being written, the innermost last.
	members []member
	names   []byte // of members, as they are compared
	spare   []byte
}

// member is where a member of an object stands.
type member struct {
	name, nameEnd int // in names
	text, textEnd int // in text
}

func (f *fingerprinter) of(record []byte) turnstone.Fingerprint {
	sum := sha256.Sum256(f.canonical(record, ""))
	return turnstone.Fingerprint(sum[:16])
}

// canonical returns the canonical form of the value at a path of a record. It is
// good until the next call.
func (f *fingerprinter) canonical(value []byte, path string) []byte {
	f.record, f.text, f.path = value, f.text[:0], append(f.path[:0], path...)
	f.value(f.skip(0))
	return f.text
}

// value writes the value that begins at a position, and returns where it ends, as
// do the others.
func (f *fingerprinter) value(at int) int {
	if at >= len(f.record) {
		return at
	}
	switch f.record[at] {
	case '{':
		return f.object(at)
	case '[':
		return f.array(at)
	case '"':
		end := stringEnd(f.record, at)
		f.text = quoted(f.text, f.record[at:end])
		return end
	}
	end := scalarEnd(f.record, at)
	f.text = append(f.text, number(f.record[at:end])...)
	return end
}

func (f *fingerprinter) array(at int) int {
	f.text = append(f.text, '[')
	for at = f.skip(at + 1); at < len(f.record) && f.record[at] != ']'; at = f.skip(at) {
		at = f.value(at)
		f.text = append(f.text, ',')
	}
	f.text = append(f.text, ']')
	return at + 1
}

// object writes the members of an object in the order of their names.
func (f *fingerprinter) object(at int) int {
	f.text = append(f.text, '{')
	outer, names, text := len(f.members), len(f.names), len(f.text)
	for at = f.skip(at + 1); at < len(f.record) && f.record[at] == '"'; at = f.skip(at) {
		at = f.member(at)
	}
	f.sort(f.members[outer:], text)
	f.text = append(f.text, '}')
	f.members, f.names = f.members[:outer], f.names[:names]
	return at + 1
}

// member writes a member, unless its value is null or it does not count.
func (f *fingerprinter) member(at int) int {
	m := member{name: len(f.names), text: len(f.text)}
	end := stringEnd(f.record, at)
	f.text = quoted(f.text, f.record[at:end])
	f.names = append(f.names, unquoted(f.record[at:end])...)
	m.nameEnd = len(f.names)

	outer, value := len(f.path), len(f.text)
	if outer > 0 {
		f.path = append(f.path, '.')
	}
	f.path = append(f.path, f.names[m.name:]...)
	at = f.value(f.skip(end))
	ignored := slices.ContainsFunc(f.ignore, func(path string) bool { return path == string(f.path) })
	f.path = f.path[:outer]

	if ignored || string(f.text[value:]) == "null" {
		f.text, f.names = f.text[:m.text], f.names[:m.name]
		return at
	}
	m.textEnd = len(f.text)
	f.members = append(f.members, m)
	return at
}

// sort puts the members of an object in order, whose text begins at start.
func (f *fingerprinter) sort(members []member, start int) {
	byName := func(a, b member) int {
		return cmp.Or(bytes.Compare(f.names[a.name:a.nameEnd], f.names[b.name:b.nameEnd]), a.text-b.text)
	}
	if slices.IsSortedFunc(members, byName) {
		return
	}
	slices.SortFunc(members, byName)
	f.spare = f.spare[:0]
	for _, m := range members {
		f.spare = append(f.spare, f.text[m.text:m.textEnd]...)
	}
	copy(f.text[start:], f.spare)
}

// skip returns the position of the next token that is more than punctuation.
func (f *fingerprinter) skip(at int) int {
	for at < len(f.record) && (f.record[at] <= ' ' || f.record[at] == ',' || f.record[at] == ':') {
		at++
	}
	return at
}

// stringEnd returns where the string ends that begins at a position.
func stringEnd(record []byte, at int) int {
	for i := at + 1; i < len(record); i++ {
		switch record[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return len(record)
}

// scalarEnd returns where the number or word ends that begins at a position. It is
// not empty.
func scalarEnd(record []byte, at int) int {
	for end := at + 1; end < len(record); end++ {
		switch c := record[end]; {
		case c <= ' ', c == ',', c == ']', c == '}':
			return end
		}
	}
	return len(record)
}

// quoted writes a string so that no other text or sequence of texts is written the
// same: with the escapes it needs and no others.
func quoted(text, literal []byte) []byte {
	if bytes.IndexByte(literal, '\\') < 0 { // nearly always
		return append(text, literal...)
	}
	text = append(text, '"')
	for _, c := range unquoted(literal) {
		if c == '"' || c == '\\' {
			text = append(text, '\\')
		}
		text = append(text, c)
	}
	return append(text, '"')
}

// unquoted returns what a string says.
func unquoted(literal []byte) []byte {
	if bytes.IndexByte(literal, '\\') < 0 && len(literal) > 1 {
		return literal[1 : len(literal)-1]
	}
	return []byte(gjson.ParseBytes(literal).Str)
}

// number returns a number without the zeros that do not count. One with an exponent
// stays as it is, and so does a word.
func number(text []byte) []byte {
	if bytes.IndexByte(text, '.') >= 0 && !bytes.ContainsAny(text, "eE") {
		text = bytes.TrimSuffix(bytes.TrimRight(text, "0"), []byte("."))
	}
	if string(text) == "-0" {
		return text[1:]
	}
	return text
}
