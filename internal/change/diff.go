package change

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"turnstone"
)

// What keeps a Diff from growing much larger than its records, whatever a vendor
// writes. Real records are three levels deep and have some hundred members.
const (
	deepest  = 16   // levels of objects; what lies in the last is compared as a whole
	farthest = 512  // bytes of a path; an object that stands beyond is compared as a whole
	most     = 1000 // fields; if there are more, each member of the record is compared as a whole
)

// Diff returns the fields in which two records of an object differ, in the order of
// their paths: none, but not nil, where nothing but the spelling differs, and nil
// where one of the two is no object.
//
// Objects are compared member by member, everything else as a whole, lists too; of
// members of one object that have the same name the last counts. What makes no other
// Fingerprint makes no difference, and where there is one, the values are as the
// vendor wrote them. Fields are paths, with a backslash before each dot or backslash
// that belongs to a name.
func Diff(before, after json.RawMessage, ignore []string) []turnstone.FieldChange {
	if !isObject(before) || !isObject(after) {
		return nil
	}
	d := differ{fingerprinter: fingerprinter{ignore: ignore}, depth: deepest, found: []turnstone.FieldChange{}}
	was, is := gjson.ParseBytes(before), gjson.ParseBytes(after)
	if d.objects(place{}, was, is); len(d.found) > most {
		d.found, d.depth = nil, 1
		d.objects(place{}, was, is)
	}
	slices.SortFunc(d.found, func(a, b turnstone.FieldChange) int { return cmp.Compare(a.Field, b.Field) })
	return d.found
}

// differ compares two records.
type differ struct {
	fingerprinter fingerprinter
	depth         int // of objects that are compared member by member
	found         []turnstone.FieldChange
}

// place is where a value stands in a record.
type place struct {
	path  string // as the ignored ones are written
	field string // as fields are: no other place has the same
	depth int
}

// member returns the place of a member of the object at p.
func (p place) member(name string) place {
	m := place{path: name, field: escape.Replace(name), depth: p.depth + 1}
	if p.path != "" {
		m.path = p.path + "." + name
	}
	if p.depth > 0 {
		m.field = p.field + "." + m.field
	}
	return m
}

var escape = strings.NewReplacer(`\`, `\\`, `.`, `\.`) //nolint:gochecknoglobals // a table

// objects compares two objects that stand at the same place.
func (d *differ) objects(at place, before, after gjson.Result) {
	was, is := members(before), members(after)
	for name, value := range was {
		d.values(at.member(name), value, is[name])
	}
	for name, value := range is {
		if _, both := was[name]; !both {
			d.values(at.member(name), gjson.Result{}, value)
		}
	}
}

// members returns the members of an object by their names.
func members(object gjson.Result) map[string]gjson.Result {
	found := make(map[string]gjson.Result)
	object.ForEach(func(name, value gjson.Result) bool {
		found[name.String()] = value
		return true
	})
	return found
}

// values compares two values that stand at the same place. One of them may be
// missing, which says as much as null.
func (d *differ) values(at place, before, after gjson.Result) {
	switch {
	case before.Raw == after.Raw, slices.Contains(d.fingerprinter.ignore, at.path):
	case len(d.found) > most && d.depth > 1: // the rest will not be told
	case before.IsObject() && after.IsObject() && at.depth < d.depth && len(at.path) < farthest:
		d.objects(at, before, after)
	case !d.same(at, before, after):
		d.found = append(d.found, turnstone.FieldChange{Field: at.field, Old: verbatim(before), New: verbatim(after)})
	}
}

// same reports whether two values say the same.
func (d *differ) same(at place, before, after gjson.Result) bool {
	was := bytes.Clone(d.canonical(at, before))
	return bytes.Equal(was, d.canonical(at, after))
}

// canonical returns the canonical form of a value.
func (d *differ) canonical(at place, value gjson.Result) []byte {
	if !value.Exists() {
		return []byte("null")
	}
	return d.fingerprinter.canonical([]byte(value.Raw), at.path)
}

// verbatim returns a value as the vendor wrote it; nil if it is missing.
func verbatim(value gjson.Result) json.RawMessage {
	if !value.Exists() {
		return nil
	}
	return json.RawMessage(value.Raw)
}
