package envelope

import "turnstone"

// maxDiff bounds the values of a diff, old and new together: a record whose long
// text changed would stand in its event three times.
const maxDiff = 64 << 10

// diff writes the members that tell what changed from what, if that is known: the
// fields, and unless they are too large their values.
func (w *writer) diff(changes []turnstone.FieldChange) {
	if changes == nil {
		return
	}
	size := 0
	w.literal(`,"changedFields":[`)
	for i, c := range changes {
		w.comma(i)
		w.quoted(c.Field)
		size += len(c.Old) + len(c.New)
	}
	w.literal(`]`)
	if size > maxDiff {
		return
	}
	w.literal(`,"changes":[`)
	for i, c := range changes {
		w.comma(i)
		w.literal(`{"field":`).quoted(c.Field)
		w.side(`,"old":`, c.Old)
		w.side(`,"new":`, c.New)
		w.literal(`}`)
	}
	w.literal(`]`)
}

// side writes one value of a field under its name, unless the field was not there.
func (w *writer) side(name string, value []byte) {
	if value != nil {
		w.literal(name).compact(value)
	}
}
