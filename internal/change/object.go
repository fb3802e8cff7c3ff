package change

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"turnstone"
	"turnstone/internal/spelling"
)

// ErrNoID says that a record has no id where the rule looks for it.
var ErrNoID = errors.New("no id")

// Object is what a record says of an object. Identify tells which one it is;
// Judge reads the rest where it must.
type Object struct {
	Version turnstone.Version
	Record  json.RawMessage
	// Problem says what could not be read of the record; empty when all could.
	Problem string

	// UpdatedFineness and CreatedFineness say how finely the dates of Version are
	// known; 0 where the date is missing, or the record is known byte for byte and
	// was not read.
	UpdatedFineness, CreatedFineness time.Duration

	read bool // not taken from the known version
}

// Identify tells which objects the records of a page are of, and whether a record
// is one that is known byte for byte: of each Version it fills in ObjectID and
// Exact alone. The second result holds an error for each record that cannot be
// told from others, naming the record; it wraps ErrNoID where the id is missing.
func (r Rule) Identify(records []json.RawMessage) ([]Object, []error) {
	objects := make([]Object, 0, len(records))
	var problems []error
	path := spell(r.IDField)
	for i, record := range records {
		id, err := r.objectID(record, path)
		if err != nil {
			problems = append(problems, fmt.Errorf("record %d of the page: %w", i+1, err))
			continue
		}
		objects = append(objects, Object{Record: record, Version: turnstone.Version{ObjectID: id, Exact: Exact(record)}})
	}
	return objects, problems
}

// objectID returns the id of a record, which stands at path. Only text and numbers
// tell objects apart.
func (r Rule) objectID(record json.RawMessage, path string) (string, error) {
	if !isObject(record) {
		return "", fmt.Errorf("%s is no JSON object; check the record_selector of the element", excerpt(string(bytes.TrimSpace(record))))
	}
	id := gjson.GetBytes(record, path)
	switch {
	case id.Type == gjson.Null, id.Type == gjson.String && id.Str == "":
		return "", fmt.Errorf("%w in %q; name the member that holds it as idField: %s", ErrNoID, r.IDField, candidates(r.IDField, record))
	case id.Type != gjson.String && id.Type != gjson.Number:
		return "", fmt.Errorf("%w in %q but %s; name a member that holds text or a number as idField", ErrNoID, r.IDField, excerpt(id.Raw))
	}
	return scalar(id), nil
}

// isObject reports whether a record is a JSON object.
func isObject(record []byte) bool {
	record = bytes.TrimLeft(record, " \t\r\n")
	return len(record) > 0 && record[0] == '{'
}

// candidates says which member of a record may be meant, for an error message.
func candidates(field string, record []byte) string {
	const most = 12
	var names []string
	gjson.ParseBytes(record).ForEach(func(name, _ gjson.Result) bool {
		names = append(names, name.String())
		return true
	})
	if slices.Contains(names, field) {
		return "that of this record is null or empty"
	}
	if near, ok := spelling.Nearest(field, names); ok {
		return "did you mean " + near + "?"
	}
	switch {
	case len(names) == 0:
		return "the record has no members"
	case len(names) > most:
		names = append(names[:most], "…")
	}
	return "the record has " + strings.Join(names, ", ")
}

// excerpt shortens text for an error message.
func excerpt(text string) string {
	const most = 60
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
