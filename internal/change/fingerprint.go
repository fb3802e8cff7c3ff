package change

import (
	"crypto/sha256"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"turnstone"
)

// Fingerprint identifies the content of a JSON record: two records have the same
// one if they hold the same values, whatever the order of their members, their
// white space, escapes, null members and trailing zeros. Content at the paths in
// ignore does not count; a path leads through arrays to each of their items.
func Fingerprint(record []byte, ignore ...string) turnstone.Fingerprint {
	return newFingerprinter(ignore).of(gjson.ParseBytes(record))
}

// fingerprinter writes records in a canonical form and hashes it. It reuses its
// buffers, so it serves one goroutine.
type fingerprinter struct {
	ignore map[string]bool
	text   []byte
	stack  []member // of all objects being written, the innermost last
}

type member struct {
	name  string
	value gjson.Result
}

func newFingerprinter(ignore []string) *fingerprinter {
	f := &fingerprinter{ignore: make(map[string]bool, len(ignore))}
	for _, path := range ignore {
		f.ignore[path] = true
	}
	return f
}

func (f *fingerprinter) of(record gjson.Result) turnstone.Fingerprint {
	f.text = f.text[:0]
	f.value("", record)
	sum := sha256.Sum256(f.text)
	return turnstone.Fingerprint(sum[:16])
}

// value writes v, which stands at path.
func (f *fingerprinter) value(path string, v gjson.Result) {
	switch {
	case v.IsObject():
		f.object(path, v)
	case v.IsArray():
		f.text = append(f.text, '[')
		v.ForEach(func(_, item gjson.Result) bool {
			f.value(path, item)
			f.text = append(f.text, ',')
			return true
		})
		f.text = append(f.text, ']')
	case v.Type == gjson.String:
		f.quoted(v.Str)
	case v.Type == gjson.Number:
		f.text = append(f.text, number(v.Raw)...)
	default:
		f.text = append(f.text, v.Raw...)
	}
}

// object writes the members of v in the order of their names.
func (f *fingerprinter) object(path string, v gjson.Result) {
	start := len(f.stack)
	v.ForEach(func(name, value gjson.Result) bool {
		if value.Type != gjson.Null {
			f.stack = append(f.stack, member{name.Str, value})
		}
		return true
	})
	end := len(f.stack)
	slices.SortStableFunc(f.stack[start:end], func(a, b member) int { return strings.Compare(a.name, b.name) })
	f.text = append(f.text, '{')
	for i := start; i < end; i++ {
		m := f.stack[i]
		at := f.join(path, m.name)
		if f.ignore[at] {
			continue
		}
		f.quoted(m.name)
		f.value(at, m.value)
	}
	f.text = append(f.text, '}')
	clear(f.stack[start:end])
	f.stack = f.stack[:start]
}

// join returns the path of a member. Paths only matter to what is ignored.
func (f *fingerprinter) join(path, name string) string {
	if path == "" || len(f.ignore) == 0 {
		return name
	}
	return path + "." + name
}

// quoted writes text so that no other text or sequence of texts is written the
// same.
func (f *fingerprinter) quoted(text string) {
	f.text = append(f.text, '"')
	if strings.IndexByte(text, '"') < 0 && strings.IndexByte(text, '\\') < 0 { // nearly always
		f.text = append(f.text, text...)
		f.text = append(f.text, '"')
		return
	}
	for i := range len(text) {
		if text[i] == '"' || text[i] == '\\' {
			f.text = append(f.text, '\\')
		}
		f.text = append(f.text, text[i])
	}
	f.text = append(f.text, '"')
}

// number returns a JSON number without the zeros that do not count. Numbers with
// an exponent stay as they are.
func number(text string) string {
	if strings.ContainsAny(text, "eE") {
		return text
	}
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	if text == "-0" {
		return "0"
	}
	return text
}
