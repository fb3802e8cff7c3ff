package bulk

import (
	"strings"

	"github.com/tidwall/gjson"
)

const (
	// maxColumns is what a table may have: a row of it is in memory, and spreadsheets
	// end soon after. Records whose members are named after data have more.
	maxColumns = 4096
	// maxNesting is how deep members of members get columns of their own.
	maxNesting = 16
)

// joined returns the column of a member, given the names on the way to it.
func joined(names []string) string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = quoted(name)
	}
	return strings.Join(all, ".")
}

// quoted protects a name that would be read as several.
func quoted(name string) string {
	if name == "" || strings.ContainsAny(name, ".` \t\n,") {
		return "`" + name + "`"
	}
	return name
}

// cells calls yield with each cell of a record as a row of a table: a column, and the
// value in it. Members of members are cells with dots between the names; lists and
// empty objects are one cell.
func cells(record gjson.Result, yield func(column string, value gjson.Result)) {
	walk(record, "", maxNesting, yield)
}

func walk(object gjson.Result, prefix string, nesting int, yield func(string, gjson.Result)) {
	object.ForEach(func(name, value gjson.Result) bool {
		column := prefix + quoted(name.String())
		if value.IsObject() && nesting > 0 && !isEmpty(value) {
			walk(value, column+".", nesting-1, yield)
			return true
		}
		yield(column, value)
		return true
	})
}

func isEmpty(object gjson.Result) bool {
	empty := true
	object.ForEach(func(_, _ gjson.Result) bool {
		empty = false
		return false
	})
	return empty
}

// text returns a value as it stands in a table: texts as they are, null as nothing,
// and all else as the vendor wrote it.
func text(value gjson.Result) string {
	switch value.Type {
	case gjson.String:
		return value.String()
	case gjson.Null:
		return ""
	}
	return value.Raw
}

// header is the columns of a table, in the order in which they first appeared.
type header struct {
	most   int
	names  []string
	places map[string]int
}

func newHeader(most int) *header { return &header{most: most, places: make(map[string]int)} }

// add adds a column unless it is there, and reports whether there was room for it.
func (h *header) add(column string) bool {
	if _, known := h.places[column]; known {
		return true
	}
	if len(h.names) == h.most {
		return false
	}
	h.places[column] = len(h.names)
	h.names = append(h.names, column)
	return true
}

// ordered returns the columns in the order of the fields that were selected, as they
// are if none were. A field that no record has is a column all the same; one that is
// an object somewhere is as many columns as it has members.
func (h *header) ordered(fields []string) *header {
	sorted := newHeader(h.most)
	for _, field := range fields {
		found := false
		for _, column := range h.names {
			if column == field || strings.HasPrefix(column, field+".") {
				found = sorted.add(column)
			}
		}
		if !found {
			sorted.add(field)
		}
	}
	for _, column := range h.names {
		sorted.add(column)
	}
	return sorted
}
