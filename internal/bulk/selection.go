package bulk

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/tidwall/gjson"
)

// selection is which members of a record to keep: by name, with the selection of the
// members below; nil keeps all of those.
type selection map[string]selection

// newSelection returns the selection of some fields, as Parse returns them; nil for
// none.
func newSelection(fields []string) selection {
	var all selection
	for _, field := range fields {
		if all == nil {
			all = make(selection)
		}
		all.add(segments(field))
	}
	return all
}

// add adds what a path leads to. Whoever wants a member whole gets it whole.
func (s selection) add(path []string) {
	below, known := s[path[0]]
	switch {
	case len(path) == 1:
		s[path[0]] = nil
	case known && below == nil:
	default:
		if below == nil {
			below = make(selection)
			s[path[0]] = below
		}
		below.add(path[1:])
	}
}

// names returns the members at the top, sorted.
func (s selection) names() []string { return slices.Sorted(maps.Keys(s)) }

// of returns what a record has of the selection, in the record's own order and with
// its own bytes. Of the members of a list each is a record by itself.
func (s selection) of(record gjson.Result) json.RawMessage {
	switch {
	case s == nil:
		return json.RawMessage(record.Raw)
	case record.IsArray():
		return enclosed('[', record, func(_, value gjson.Result) (json.RawMessage, bool) { return s.of(value), true })
	case !record.IsObject():
		return json.RawMessage(record.Raw)
	}
	return enclosed('{', record, func(name, value gjson.Result) (json.RawMessage, bool) {
		below, wanted := s[name.String()]
		if !wanted {
			return nil, false
		}
		return append(append(json.RawMessage(name.Raw), ':'), below.of(value)...), true
	})
}

// enclosed writes an object or a list with what keep makes of each of its members.
func enclosed(open byte, of gjson.Result, keep func(name, value gjson.Result) (json.RawMessage, bool)) json.RawMessage {
	out := json.RawMessage{open}
	of.ForEach(func(name, value gjson.Result) bool {
		if text, kept := keep(name, value); kept {
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = append(out, text...)
		}
		return true
	})
	return append(out, open+2) // ] and } stand two behind their opposites in ASCII
}

// segments returns the names on the way to a field.
func segments(field string) []string {
	var names []string
	var name []rune
	protected := false
	for _, r := range field {
		switch {
		case r == '`':
			protected = !protected
		case r == '.' && !protected:
			names, name = append(names, string(name)), nil
		default:
			name = append(name, r)
		}
	}
	return append(names, string(name))
}
