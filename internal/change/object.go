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

	read                             bool // not taken from the known version
	updatedFineness, createdFineness time.Duration
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

// reader reads records as a rule says. It serves one goroutine.
type reader struct {
	rule             Rule
	updated, created string // paths, as gjson spells them
	fingerprinter    fingerprinter
}

func newReader(r Rule) *reader {
	return &reader{
		rule: r, fingerprinter: fingerprinter{ignore: r.Ignore},
		updated: spell(r.Updated.Field), created: spell(r.Created.Field),
	}
}

// complete reads the whole of a record.
func (rd *reader) complete(o *Object) {
	o.read = true
	o.Version.Fingerprint = rd.fingerprinter.of(o.Record)
	rd.dates(o)
}

// recall takes from the known version what a record says that is the same, byte for
// byte. A date that is not known is looked for again: there may be a rule for it by
// now, and if there is none to be found, the poll log goes on saying so.
func (rd *reader) recall(o *Object, known turnstone.Version) {
	o.Version = known
	if rd.updated != "" && known.Updated.IsZero() || rd.created != "" && known.Created.IsZero() {
		rd.dates(o)
	}
}

// dates reads the dates of a record.
func (rd *reader) dates(o *Object) {
	var noUpdated, noCreated error
	o.Version.Updated, o.updatedFineness, noUpdated = rd.rule.Updated.read(o.Record, rd.updated)
	o.Version.Created, o.createdFineness, noCreated = rd.rule.Created.read(o.Record, rd.created)
	if err := errors.Join(noUpdated, noCreated); err != nil {
		o.Problem = fmt.Sprintf("object %s: %s", excerpt(o.Version.ObjectID), strings.ReplaceAll(err.Error(), "\n", "; "))
	}
}

// spell returns a path as gjson spells it. Paths are people's input, in which
// only the dots mean something; some have the $ or @ before them that stands for
// the record itself in JSONPath.
func spell(path string) string {
	parts := strings.Split(path, ".")
	if len(parts) > 1 && (parts[0] == "$" || parts[0] == "@") {
		parts = parts[1:]
	}
	for i, part := range parts {
		parts[i] = gjson.Escape(part)
	}
	return strings.Join(parts, ".")
}

// read returns the date of a record, which stands at path; zero without an error
// when the record is to have none.
func (d Date) read(record []byte, path string) (time.Time, time.Duration, error) {
	if d.Field == "" {
		return time.Time{}, 0, nil
	}
	v := gjson.GetBytes(record, path)
	if v.Type == gjson.Null || v.String() == "" {
		return time.Time{}, 0, fmt.Errorf("no date in %q; check the name", d.Field)
	}
	at, fineness, err := d.Parse(scalar(v))
	if err != nil {
		return time.Time{}, 0, fmt.Errorf("the date in %q: %w", d.Field, err)
	}
	return at, fineness, nil
}

// scalar returns a scalar as the vendor wrote it: a number is not squeezed
// through a float.
func scalar(v gjson.Result) string {
	if v.Type == gjson.Number {
		return v.Raw
	}
	return v.String()
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
