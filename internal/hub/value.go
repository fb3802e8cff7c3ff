package hub

import (
	"strings"

	"github.com/tidwall/gjson"

	"turnstone/internal/ceql"
)

// valueAt returns what a record has at a path: a member of that whole name, or what
// its steps lead to. Numbers keep their text.
func valueAt(record []byte, path string) ceql.Value {
	found := gjson.GetBytes(record, gjson.Escape(path))
	if !found.Exists() && strings.Contains(path, ".") {
		found = gjson.ParseBytes(record)
		for step := range strings.SplitSeq(path, ".") {
			found = found.Get(gjson.Escape(step))
		}
	}
	return valueOf(found)
}

// valueOf returns a JSON value. Objects and arrays are compared as they are written.
func valueOf(v gjson.Result) ceql.Value {
	switch v.Type {
	case gjson.String:
		return ceql.Text(v.Str)
	case gjson.Number:
		return ceql.Number(v.Raw)
	case gjson.True, gjson.False:
		return ceql.Bool(v.Bool())
	case gjson.JSON:
		return ceql.Text(v.Raw)
	default:
		return ceql.Value{}
	}
}

// matches reports whether a record is among those that a where clause asks for.
func matches(record []byte, where ceql.Expr) bool {
	return ceql.Eval(where, func(path string) ceql.Value { return valueAt(record, path) })
}
