package change

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"turnstone"
)

// reader reads records as a rule says. It serves one goroutine.
type reader struct {
	rule                   Rule
	updated, created, mark string // paths, as gjson spells them
	mapping                uint32
	fingerprinter          fingerprinter
}

func newReader(r Rule) *reader {
	return &reader{
		rule: r, mapping: r.mapping(), fingerprinter: fingerprinter{ignore: r.Ignore},
		updated: spell(r.Updated.Field), created: spell(r.Created.Field), mark: spell(r.Mark.Field),
	}
}

// complete reads the whole of a record.
func (rd *reader) complete(o *Object) {
	o.read = true
	o.Version.Fingerprint = rd.fingerprinter.of(o.Record)
	o.Version.Mapping = rd.mapping
	o.Version.Gone = rd.marked(o.Record)
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

// marked reports whether the vendor marks a record as that of a deleted object.
func (rd *reader) marked(record []byte) bool {
	if rd.mark == "" {
		return false
	}
	value := gjson.GetBytes(record, rd.mark)
	return value.Exists() && slices.Contains(rd.rule.Mark.Values, scalar(value))
}

// dates reads the dates of a record.
func (rd *reader) dates(o *Object) {
	var noUpdated, noCreated error
	o.Version.Updated, o.UpdatedFineness, noUpdated = rd.rule.Updated.read(o.Record, rd.updated)
	o.Version.Created, o.CreatedFineness, noCreated = rd.rule.Created.read(o.Record, rd.created)
	if err := errors.Join(noUpdated, noCreated); err != nil {
		o.Problem = fmt.Sprintf("object %s: %s", excerpt(o.Version.ObjectID), strings.ReplaceAll(err.Error(), "\n", "; "))
	}
}

// spell returns a path as gjson spells it. Paths are people's input, in which
// only the dots mean something.
func spell(path string) string {
	parts := names(path)
	for i, part := range parts {
		parts[i] = gjson.Escape(part)
	}
	return strings.Join(parts, ".")
}

// names returns the names that a path leads through. Some paths have the $ or @
// before them that stands for the record itself in JSONPath.
func names(path string) []string {
	parts := strings.Split(path, ".")
	if len(parts) > 1 && (parts[0] == "$" || parts[0] == "@") {
		parts = parts[1:]
	}
	return parts
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
