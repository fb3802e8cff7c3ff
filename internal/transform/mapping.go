package transform

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"turnstone"
)

// Mapping renames the fields of records. It does not change, and may be used by any
// number of goroutines. The zero Mapping renames nothing.
type Mapping struct {
	fields               []field // longer paths after shorter ones
	strict, strictWrites bool
}

// field is a field under both its names.
type field struct {
	common, vendor         []step
	dropped, droppedWrites bool // from records, and from what is written
}

// Compile returns the mapping that m describes. The error is [Problems].
func Compile(m turnstone.Mapping) (Mapping, error) {
	c := compiler{mapping: Mapping{strict: m.Strict, strictWrites: m.StrictWrites}}
	for i, f := range m.Fields {
		c.add(i, f)
	}
	return c.mapping, c.err()
}

// ToCommon returns a vendor's record under the account's names. A text that is no
// JSON object is returned as it is.
func (m Mapping) ToCommon(record json.RawMessage) json.RawMessage {
	return rename(record, m.fields, m.strict)
}

// ToVendor returns what a client wrote under the vendor's names. A text that is no
// JSON object is returned as it is.
func (m Mapping) ToVendor(body json.RawMessage) json.RawMessage {
	turned := make([]field, len(m.fields))
	for i, f := range m.fields {
		turned[i] = field{common: f.vendor, vendor: f.common, dropped: f.droppedWrites}
	}
	sortFields(turned)
	return rename(body, turned, m.strictWrites)
}

// sortFields puts longer paths after shorter ones, so that a part of a value is put
// into the whole, and not the whole over its part.
func sortFields(fields []field) {
	slices.SortStableFunc(fields, func(a, b field) int { return cmp.Compare(len(a.common), len(b.common)) })
}

// VendorPath returns what the vendor calls a path, such as a where clause names, or
// the path itself if no field says. It finds paths into a field as well.
func (m Mapping) VendorPath(path string) string {
	return translate(path, m.fields, func(f field) (from, to []step) { return f.common, f.vendor })
}

// CommonPath returns what the account calls a path of the vendor's, or the path
// itself if no field says.
func (m Mapping) CommonPath(path string) string {
	return translate(path, m.fields, func(f field) (from, to []step) { return f.vendor, f.common })
}

// translate returns what path is on the other side of the field that says most about
// it.
func translate(path string, fields []field, sides func(field) (from, to []step)) string {
	best, found := "", -1
	for _, f := range fields {
		from, to := sides(f)
		name := text(from)
		rest, inside := strings.CutPrefix(path, name)
		if inside && len(name) > found && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			best, found = text(to)+rest, len(name)
		}
	}
	if found < 0 {
		return path
	}
	return best
}

// part is a value that was found, with the indices of the items it was found in.
type part struct {
	field   int
	indices []int
	value   *value
}

// rename moves the values of fields from their vendor paths to their common ones.
func rename(record json.RawMessage, fields []field, strict bool) json.RawMessage {
	if len(fields) == 0 && !strict || !gjson.ParseBytes(record).IsObject() {
		return record
	}
	root := &value{raw: record}
	var parts []part
	for i, f := range fields {
		if !f.dropped {
			root.collect(f.vendor, part{field: i}, &parts)
		}
	}
	for _, f := range fields {
		root.remove(f.vendor)
	}
	if strict {
		root = newObject()
	}
	root.open(false)
	for _, p := range parts {
		root.insert(p.place(fields[p.field].common), p.value)
	}
	return root.append(make([]byte, 0, len(record)))
}

// collect finds the values at the end of a path. An array without items, where the
// path goes into all, is found as a whole.
func (v *value) collect(path []step, at part, found *[]part) {
	if len(path) == 0 {
		at.value = v.copy()
		*found = append(*found, at)
		return
	}
	if !path[0].repeats() {
		if inside := v.child(path[0]); inside != nil {
			inside.collect(path[1:], at, found)
		}
		return
	}
	if !v.open(true) {
		return
	}
	if len(v.items) == 0 {
		at.value = v.copy()
		*found = append(*found, at)
		return
	}
	for i, item := range v.items {
		next := at
		next.indices = append(slices.Clone(at.indices), i)
		item.collect(path[1:], next, found)
	}
}

// copy returns the value as text, which nobody changes.
func (v *value) copy() *value { return &value{raw: v.append(nil)} }

// remove takes the values at the end of a path away, and what is left empty by that.
// It reports whether nothing is left of v itself.
func (v *value) remove(path []step) (gone bool) {
	switch {
	case v == nil:
		return false
	case len(path) == 0:
		return true
	case path[0].repeats():
		if !v.open(true) {
			return false
		}
		for i, item := range v.items {
			if item.remove(path[1:]) {
				v.items[i] = nil
			}
		}
		return v.empty()
	}
	if inside := v.child(path[0]); inside == nil || !inside.remove(path[1:]) {
		return false
	}
	v.take(path[0])
	return v.empty()
}

// place returns the path of a part on the other side, with the items it was found in.
func (p part) place(path []step) []step {
	place, seen := make([]step, 0, len(path)), 0
	for _, s := range path {
		if s.repeats() {
			if seen == len(p.indices) {
				break // an array without items
			}
			s.index = p.indices[seen]
			seen++
		}
		place = append(place, s)
	}
	return place
}

// insert puts a value at the end of a path, and makes the way there.
func (v *value) insert(path []step, inside *value) {
	for _, s := range path[:len(path)-1] {
		next := v.child(s)
		if next == nil {
			next = &value{raw: []byte("null")}
			v.put(s, next)
		}
		v = next
	}
	v.put(path[len(path)-1], inside)
}
