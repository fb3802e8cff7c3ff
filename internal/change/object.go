package change

import (
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

// Object is a record that has been read: which object it is, and its version.
type Object struct {
	Version turnstone.Version
	Record  json.RawMessage
	// Problem says what could not be read of the record; empty when all could.
	Problem string

	updatedFineness, createdFineness time.Duration
}

// Read reads the records of a page. The second result holds an error for each
// record that cannot be told from others, naming the record; it wraps ErrNoID
// where the id is missing.
func (r Rule) Read(records []json.RawMessage) ([]Object, []error) {
	objects := make([]Object, 0, len(records))
	var problems []error
	rd := newReader(r)
	for i, record := range records {
		o, err := rd.object(record)
		if err != nil {
			problems = append(problems, fmt.Errorf("record %d of the page: %w", i+1, err))
			continue
		}
		objects = append(objects, o)
	}
	return objects, problems
}

// reader reads records as a rule says. It serves one goroutine.
type reader struct {
	rule                 Rule
	id, updated, created string // paths, as gjson spells them
	fingerprinter        *fingerprinter
}

func newReader(r Rule) *reader {
	return &reader{
		rule: r, fingerprinter: newFingerprinter(r.Ignore),
		id: spell(r.IDField), updated: spell(r.Updated.Field), created: spell(r.Created.Field),
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

// object reads one record.
func (rd *reader) object(record json.RawMessage) (Object, error) {
	parsed := gjson.ParseBytes(record)
	if !parsed.IsObject() {
		return Object{}, fmt.Errorf("%s is no JSON object; check the record_selector of the element", excerpt(parsed.Raw))
	}
	id, err := rd.objectID(parsed)
	if err != nil {
		return Object{}, err
	}
	o := Object{Record: record, Version: turnstone.Version{ObjectID: id, Fingerprint: rd.fingerprinter.of(parsed)}}
	var noUpdated, noCreated error
	o.Version.Updated, o.updatedFineness, noUpdated = rd.rule.Updated.read(parsed, rd.updated)
	o.Version.Created, o.createdFineness, noCreated = rd.rule.Created.read(parsed, rd.created)
	if err := errors.Join(noUpdated, noCreated); err != nil {
		o.Problem = fmt.Sprintf("object %s: %s", excerpt(id), strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return o, nil
}

// objectID returns the id of a record. Only text and numbers tell objects apart.
func (rd *reader) objectID(record gjson.Result) (string, error) {
	id := record.Get(rd.id)
	field := rd.rule.IDField
	switch {
	case id.Type == gjson.Null, id.Type == gjson.String && id.Str == "":
		return "", fmt.Errorf("%w in %q; name the member that holds it as idField: %s", ErrNoID, field, candidates(field, record))
	case id.Type != gjson.String && id.Type != gjson.Number:
		return "", fmt.Errorf("%w in %q but %s; name a member that holds text or a number as idField", ErrNoID, field, excerpt(id.Raw))
	}
	return scalar(id), nil
}

// read returns the date of a record, which stands at path; zero without an error
// when the record is to have none.
func (d Date) read(record gjson.Result, path string) (time.Time, time.Duration, error) {
	if d.Field == "" {
		return time.Time{}, 0, nil
	}
	v := record.Get(path)
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
func candidates(field string, record gjson.Result) string {
	const most = 12
	var names []string
	record.ForEach(func(name, _ gjson.Result) bool {
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
