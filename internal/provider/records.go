package provider

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tidwall/gjson"

	"turnstone/internal/element"
)

// Records returns the records of a page, each with its exact text. body is
// valid JSON, or empty: then there are none. There are also none where the
// first path of the selector that is present holds null, or stands in something
// empty, as an XML list without entries does. A body in which no path is
// present is no empty page but an answer we do not understand. Whether a record
// makes sense is for others to say, record by record.
func Records(selector element.RecordSelector, body []byte) ([]json.RawMessage, error) {
	if len(body) == 0 {
		return nil, nil
	}
	found := locate(selector.FieldPath, body)
	switch {
	case !found.Exists():
		return nil, fmt.Errorf("the answer has no %s, where the element's record_selector looks for records",
			strings.Join(selector.FieldPath, " or "))
	case empty(found):
		return nil, nil
	case found.IsObject():
		return []json.RawMessage{json.RawMessage(found.Raw)}, nil
	case !found.IsArray():
		return nil, fmt.Errorf("the answer holds a %s where the element's record_selector looks for records", found.Type)
	}
	var records []json.RawMessage
	found.ForEach(func(_, record gjson.Result) bool {
		records = append(records, json.RawMessage(record.Raw))
		return true
	})
	return records, nil
}

// locate returns what the first present path holds, or the empty thing in which
// it would stand.
func locate(paths []string, body []byte) gjson.Result {
	if len(paths) == 0 {
		return gjson.ParseBytes(body)
	}
	for _, path := range paths {
		if found := gjson.GetBytes(body, path); found.Exists() {
			return found
		}
	}
	for _, path := range paths {
		if parent := parentOf(path, body); parent.Exists() && empty(parent) {
			return parent
		}
	}
	return gjson.Result{}
}

// parentOf returns the innermost part of path that the body has.
func parentOf(path string, body []byte) gjson.Result {
	for {
		dot := strings.LastIndexByte(path, '.')
		if dot < 0 {
			return gjson.Result{}
		}
		path = path[:dot]
		if found := gjson.GetBytes(body, path); found.Exists() {
			return found
		}
	}
}

// empty reports whether a value is null, "" or an object without members.
func empty(r gjson.Result) bool {
	return r.Type == gjson.Null || r.Type == gjson.String && r.Str == "" || r.IsObject() && len(r.Map()) == 0
}
