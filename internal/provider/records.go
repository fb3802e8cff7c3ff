package provider

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tidwall/gjson"

	"turnstone/internal/element"
)

// MaxRecords is how many records a page may have. Lists without pages have some ten
// thousand; a page of the largest size could have millions of empty ones, each of
// which costs many times its bytes in whoever works on them.
const MaxRecords = 200_000

// Records returns the records of a page, each with its exact text: they are
// slices of the body, or of one copy where the selector leads deeper than its
// top level. There are none in an empty body, nor where the first path of the
// selector that is present holds null, or stands in something empty, as an XML
// list without entries does. A body in which no path is present is no empty page
// but an answer we do not understand. Whether a record makes sense is for others
// to say, record by record.
func (a Answer) Records(selector element.RecordSelector) ([]json.RawMessage, error) {
	if len(a.Body) == 0 {
		return nil, nil
	}
	page := a.document()
	found := jsonText(page.locate(selector.FieldPath))
	switch {
	case len(found) == 0:
		return nil, fmt.Errorf("the answer has no %s, where the element's record_selector looks for records",
			strings.Join(selector.FieldPath, " or "))
	case found.empty():
		return nil, nil
	case found[0] == '{':
		return []json.RawMessage{json.RawMessage(found)}, nil
	case found[0] != '[':
		return nil, fmt.Errorf("the answer holds a %s where the element's record_selector looks for records", gjson.ParseBytes(found).Type)
	}
	records := page.elements(found)
	if len(records) > MaxRecords {
		return nil, fmt.Errorf("the answer has more than %d records; ask for smaller pages", MaxRecords)
	}
	return records, nil
}

// locate returns what the first present path holds, or the empty thing in which
// it would stand.
func (d document) locate(paths []string) json.RawMessage {
	if len(paths) == 0 {
		return json.RawMessage(bytes.TrimSpace(d.text))
	}
	for _, path := range paths {
		if found := d.raw(path); len(found) > 0 {
			return found
		}
	}
	for _, path := range paths {
		if parent := d.parentOf(path); len(parent) > 0 && jsonText(parent).empty() {
			return parent
		}
	}
	return nil
}

// parentOf returns the innermost part of path that the document has.
func (d document) parentOf(path string) json.RawMessage {
	for {
		dot := strings.LastIndexByte(path, '.')
		if dot < 0 {
			return nil
		}
		path = path[:dot]
		if found := d.raw(path); len(found) > 0 {
			return found
		}
	}
}

// empty reports whether a value is null, "" or an object without members.
func (t jsonText) empty() bool {
	return t.at(0) == 'n' || string(t) == `""` || t.at(0) == '{' && t.at(t.space(1)) == '}'
}

// elements returns the elements of an array, up to where it is broken, or one more
// than MaxRecords.
func (t jsonText) elements() []json.RawMessage {
	var elements []json.RawMessage
	for i := t.space(1); t.at(i) != ']' && len(elements) <= MaxRecords; {
		end := t.value(i, 0)
		if end == broken {
			break
		}
		elements = append(elements, json.RawMessage(t[i:end:end]))
		if i = t.space(end); t.at(i) == ',' {
			i = t.space(i + 1)
		}
	}
	return elements
}
