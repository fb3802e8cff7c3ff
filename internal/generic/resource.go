package generic

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"turnstone/internal/spelling"
)

// Bounds of a declaration.
const (
	maxDeclaration = 256 << 10 // bytes
	maxResources   = 200
)

// resource is a resource as an instance declares it.
type resource struct {
	Name    string            `json:"name"`
	Path    string            `json:"path"`    // below base.url; empty: / and the name
	Method  string            `json:"method"`  // GET or POST; empty: GET
	Records string            `json:"records"` // path of the list in the answer; empty: the answer is the list
	ID      string            `json:"id"`      // path of the id; empty: id
	Updated string            `json:"updated"` // path of the date of the last change; empty: there is none
	Created string            `json:"created"`
	Format  string            `json:"format"` // of the dates; empty: ISO 8601
	Zone    string            `json:"zone"`   // of dates that name none; empty: GMT
	Deleted string            `json:"deleted"`
	Since   string            `json:"since"` // query parameter with the date from which on changes are wanted
	Query   map[string]string `json:"query"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"`
	Where   []string          `json:"where"` // query parameters that the API filters by
	Paging  *paging           `json:"paging"`
	Single  string            `json:"single"` // path of one record, with {id}
}

// paging is how the pages of a list follow one another.
type paging struct {
	Type  string `json:"type"`
	Next  string `json:"next"`  // path of the token or URL of the next page
	Token string `json:"token"` // query parameter for the token, offset or page number
	Size  string `json:"size"`  // query parameter for the page size
	Limit int    `json:"limit"` // records a page; 0: 100
	Start *int   `json:"start"` // the first page; nil: 1
	Total string `json:"total"` // path of the number of records, or of pages
}

// paginators are the types of paging, and what each is in our format.
var paginators = map[string]string{
	"page": "PageIncrement", "offset": "OffsetIncrement", "cursor": "CursorPagination", "url": "NextURL", "link": "LinkHeader",
}

const pagingHelp = "write page, offset, cursor (a token in the answer), url (a URL in the answer), link (the Link header) or none"

// defaultFormat is ISO 8601 with a zone, the commonest by far.
const defaultFormat = "yyyy-MM-dd'T'HH:mm:ssXXX"

// isoFormats are what dates without a format are read with.
var isoFormats = []string{"yyyy-MM-dd'T'HH:mm:ss.SSSXXX", defaultFormat, "yyyy-MM-dd'T'HH:mm:ss.SSS", "yyyy-MM-dd'T'HH:mm:ss"}

// readResources reads the declaration.
func readResources(key, text string, problems *Problems) []resource {
	if strings.TrimSpace(text) == "" {
		problems.add(key, "", "is missing; write a JSON list such as %s", example)
		return nil
	}
	if len(text) > maxDeclaration {
		problems.add(key, "", "has %d bytes, and %d are read at most; declare fewer resources", len(text), maxDeclaration)
		return nil
	}
	var items []json.RawMessage
	if err := json.Unmarshal([]byte(text), &items); err != nil {
		problems.add(key, "", "is no JSON list: %v; write one such as %s", plain(err), example)
		return nil
	}
	switch {
	case len(items) == 0:
		problems.add(key, "", "is an empty list; write at least one resource, such as %s", example)
	case len(items) > maxResources:
		problems.add(key, "", "has %d resources; write %d at most", len(items), maxResources)
		return nil
	}
	all := make([]resource, len(items))
	for i, item := range items {
		readItem(item, &all[i], func(path, format string, args ...any) {
			problems.add(key, fmt.Sprintf("[%d]", i)+path, format, args...)
		})
	}
	return all
}

const example = `[{"name": "orders", "path": "/orders", "records": "data", "id": "id", "updated": "updated_at"}]`

// readItem reads one resource. A member that is not known is a typo.
func readItem(item json.RawMessage, into *resource, report func(path, format string, args ...any)) {
	d := json.NewDecoder(bytes.NewReader(item))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil {
		return
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		report("."+wrong.Field, "is a %s; write %s", wrong.Value, wanted(wrong.Field))
		return
	}
	if name, unknown := strings.CutPrefix(err.Error(), `json: unknown field "`); unknown {
		name = strings.TrimSuffix(name, `"`)
		hint := "leave it out"
		if best, near := spelling.Nearest(name, members()); near {
			hint = "did you mean " + best + "?"
		}
		report("."+name, "is no member of a resource; %s (it has %s)", hint, strings.Join(members(), ", "))
		return
	}
	report("", "%v", plain(err))
}

// members returns those that a resource and its paging can have.
func members() []string {
	return strings.Fields("name path method records id updated created format zone deleted since query headers body where paging single" +
		" type next token size limit start total")
}

// wanted says what a member holds.
func wanted(member string) string {
	switch last := member[strings.LastIndexByte(member, '.')+1:]; {
	case last == "" || last == "paging":
		return "an object"
	case slices.Contains([]string{"limit", "start"}, last):
		return "a whole number"
	case last == "where":
		return "a list of names"
	case strings.HasPrefix(member, "query") || strings.HasPrefix(member, "headers"):
		return "names with texts"
	}
	return "text"
}

// plain returns an error of the JSON decoder without the package's name.
func plain(err error) string {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return "it ends in the middle"
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}
