package provider

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// jsonText is what is taken for JSON. Its methods return where something ends that
// begins at i, or broken if it does not follow the grammar of RFC 8259.
//
// gjson checks as strictly, but does not limit how deep values nest, which takes
// a second reading of each page; and it does not say where the members stand,
// which takes one more for each path that is looked up.
type jsonText []byte

// maxDepth is how deep an answer may nest. Real ones stay below twenty; the
// readers of JSON recurse, and a stack has an end.
const maxDepth = 500

// broken is the end of what is no JSON.
const broken = -1

// at returns the byte at i; 0, which no JSON has outside of strings, where
// there is none.
func (t jsonText) at(i int) byte {
	if i < len(t) {
		return t[i]
	}
	return 0
}

// space returns where white space ends, of which there may be none.
func (t jsonText) space(i int) int {
	for i < len(t) && (t[i] == ' ' || t[i] == '\n' || t[i] == '\r' || t[i] == '\t') {
		i++
	}
	return i
}

// value returns where a value ends that stands in depth others.
func (t jsonText) value(i, depth int) int {
	switch c := t.at(i); c {
	case '"':
		return t.quoted(i)
	case '{':
		return t.object(i, depth+1, nil)
	case '[':
		return t.array(i, depth+1, nil)
	case 't':
		return t.word(i, "true")
	case 'f':
		return t.word(i, "false")
	case 'n':
		return t.word(i, "null")
	}
	return t.number(i)
}

// tooDeep reports whether a text that is no JSON to us nests deeper than it may.
func (t jsonText) tooDeep() bool {
	for i, depth := 0, 0; i < len(t) && depth <= maxDepth; i++ {
		switch t[i] {
		case '"':
			if i = t.quoted(i) - 1; i < 0 {
				return false
			}
		case '{', '[':
			if depth++; depth > maxDepth {
				return true
			}
		case '}', ']':
			depth--
		}
	}
	return false
}

// object returns where an object ends. The values of its members are left to
// visit, which returns where they end, unless it is nil.
func (t jsonText) object(i, depth int, visit func(name jsonText, value int) int) int {
	if depth > maxDepth {
		return broken
	}
	if i = t.space(i + 1); t.at(i) == '}' {
		return i + 1
	}
	for t.at(i) == '"' {
		name := i
		if i = t.quoted(i); i == broken {
			return broken
		}
		named := i
		if i = t.space(i); t.at(i) != ':' {
			return broken
		}
		i = t.space(i + 1)
		if visit != nil {
			i = visit(t[name:named], i)
		} else {
			i = t.value(i, depth)
		}
		if i == broken {
			return broken
		}
		switch i = t.space(i); t.at(i) {
		case '}':
			return i + 1
		case ',':
			i = t.space(i + 1)
		default:
			return broken
		}
	}
	return broken
}

// array returns where an array ends, and tells seen, unless it is nil, where its
// elements stand.
func (t jsonText) array(i, depth int, seen func(element jsonText)) int {
	if depth > maxDepth {
		return broken
	}
	if i = t.space(i + 1); t.at(i) == ']' {
		return i + 1
	}
	for {
		element := i
		if i = t.value(i, depth); i == broken {
			return broken
		}
		if seen != nil {
			seen(t[element:i:i])
		}
		switch i = t.space(i); t.at(i) {
		case ']':
			return i + 1
		case ',':
			i = t.space(i + 1)
		default:
			return broken
		}
	}
}

// quoted returns where a string ends.
func (t jsonText) quoted(i int) int {
	for i++; ; {
		switch i = t.plain(i); t.at(i) {
		case '"':
			return i + 1
		case '\\':
			if i = t.escape(i); i == broken {
				return broken
			}
		default: // a control character, or the end
			return broken
		}
	}
}

// plain returns where the next quote, backslash or control character stands.
// Half of a page is inside of strings, so eight bytes are compared at a time:
// https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord. A byte that
// is found wrongly lies above one that is found rightly, so the lowest counts.
func (t jsonText) plain(i int) int {
	const each, top = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(t); i += 8 {
		word := binary.LittleEndian.Uint64(t[i:])
		quote, backslash := word^each*'"', word^each*'\\'
		found := ((quote-each)&^quote | (backslash-each)&^backslash | (word-each*' ')&^word) & top
		if found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for i < len(t) && t[i] >= ' ' && t[i] != '"' && t[i] != '\\' {
		i++
	}
	return i
}

// escape returns where an escape in a string ends.
func (t jsonText) escape(i int) int {
	switch t.at(i + 1) {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		for digit := i + 2; digit < i+6; digit++ {
			if !isHex(t.at(digit)) {
				return broken
			}
		}
		return i + 6
	}
	return broken
}

func isHex(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// number returns where a number ends.
func (t jsonText) number(i int) int {
	if t.at(i) == '-' {
		i++
	}
	if t.at(i) == '0' {
		i++
	} else if i = t.digits(i); i == broken {
		return broken
	}
	if t.at(i) == '.' {
		if i = t.digits(i + 1); i == broken {
			return broken
		}
	}
	if t.at(i)|0x20 == 'e' {
		if i++; t.at(i) == '+' || t.at(i) == '-' {
			i++
		}
		return t.digits(i)
	}
	return i
}

// digits returns where digits end, of which there must be one.
func (t jsonText) digits(i int) int {
	first := i
	for isDigit(t.at(i)) {
		i++
	}
	if i == first {
		return broken
	}
	return i
}

func (t jsonText) word(i int, word string) int {
	if bytes.HasPrefix(t[i:], []byte(word)) {
		return i + len(word)
	}
	return broken
}
