package hub

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"turnstone"
)

// Request asks for a page of a resource's records.
type Request struct {
	Resource string
	Where    string   // a where clause; empty: all records
	PageSize int      // records in a page; 0: as many as the element says
	Next     string   // Page.Next of the page before; empty: the first page
	Fields   []string // top-level members to return; empty: all
	OrderBy  string
	// Parameters are those of the URL that the hub does not know, by name. The element
	// may: they are then part of the where clause.
	Parameters map[string]string
	// Page is the number of the page to begin with if Next is empty; 0 and 1 are the
	// first.
	Page int
	// Background says that no client waits for the page. Such requests take turns
	// with those for other resources of the instance where a limit of the vendor
	// makes them wait, and leave the last of what it allows to clients. A page is what
	// is left of one page of the vendor's, however little, and nothing is sorted here.
	Background bool
	// Validator is Page.Validator of an earlier first page. It is sent if it is of
	// the very list that is asked for, and the element allows it.
	Validator turnstone.Validator
}

// turn returns whose turn the call has to be; empty: it need not be anybody's.
func (r Request) turn() string {
	if r.Background {
		return r.Resource
	}
	return ""
}

const (
	// maxURL leaves room for the longest where clause there is, escaped.
	maxURL = 256 << 10
	// apiPrefix may stand before a hub URL, as in the address of the platform.
	apiPrefix = "/elements/api-v2"
)

// ParseURL reads a hub URL, as clients call it and as pollers are configured
// with it: a path without a host, and a query.
//
//	/hubs/expense/reports?where=modifiedDateAfter='2024-05-02'&pageSize=50
//
// The hub does not matter, nor does /elements/api-v2 in front; a path without
// /hubs is all resource. Configured URLs are mostly written as they are read,
// called ones are encoded, and both are understood. A text with a space in it,
// or with a % that begins no escape, was not encoded: nothing in it is decoded.
// In any other, %XX is decoded, and + is a space in a value that has none of
// the characters a form would have escaped, so that
//
//	where=a%3E%27x+y%27    means a>'x y'
//	where=a>'12:00+02:00'  means what it says
//
// An & between single quotes belongs to the value. Macros must have been
// expanded. The error is a *[RequestError].
func ParseURL(text string) (Request, error) {
	if len(text) > maxURL {
		return Request{}, badRequest("url", "is longer than %d bytes; write a shorter where clause", maxURL)
	}
	path, query, _ := strings.Cut(text, "?")
	resource, err := resourceOf(path)
	if err != nil {
		return Request{}, err
	}
	parameters, err := parametersOf(query)
	if err != nil {
		return Request{}, err
	}
	return requestOf(resource, parameters)
}

const urlHelp = "write it like /hubs/expense/reports?where=..."

// resourceOf returns the resource that a path names, which may have several
// segments.
func resourceOf(path string) (string, error) {
	if strings.HasPrefix(path, "//") || strings.Contains(path, "://") {
		return "", badRequest("url", "names a host, but polling and calls go to the instance's own vendor; %s", urlHelp)
	}
	if !strings.HasPrefix(path, "/") {
		return "", badRequest("url", "does not begin with /; %s", urlHelp)
	}
	segments := strings.Split(strings.Trim(withoutPrefix(path), "/"), "/")
	if segments[0] == "hubs" {
		segments = segments[min(2, len(segments)):]
	}
	if len(segments) == 0 || segments[0] == "" {
		return "", badRequest("url", "names no resource; %s", urlHelp)
	}
	for i, escaped := range segments {
		segment, err := url.PathUnescape(escaped)
		if err != nil || isStep(segment) || strings.ContainsFunc(segment, endsSegment) {
			return "", badRequest("url", "has %.40q as a part of its path; %s", escaped, urlHelp)
		}
		segments[i] = segment
	}
	return strings.Join(segments, "/"), nil
}

func withoutPrefix(path string) string {
	if rest, found := strings.CutPrefix(path, apiPrefix); found && (rest == "" || rest[0] == '/') {
		return rest
	}
	return path
}

// isStep reports whether a segment moves within a path rather than naming
// something.
func isStep(segment string) bool { return segment == "" || segment == "." || segment == ".." }

// endsSegment reports whether a character, which was escaped, has no place in a
// segment.
func endsSegment(r rune) bool { return r < ' ' || r == 0x7f || r == '/' }

// parametersOf reads a query, encoded or not.
func parametersOf(query string) (map[string]string, error) {
	encoded := !strings.Contains(query, " ") && wellEscaped(query)
	parameters := make(map[string]string)
	for _, pair := range splitQuery(query) {
		name, value, _ := strings.Cut(pair, "=")
		if encoded {
			name, value = decoded(name), decoded(value)
		}
		if name == "" && value == "" {
			continue // as in ?&where=…
		}
		if _, twice := parameters[name]; twice {
			return nil, badRequest(name, "is given twice; write it once")
		}
		parameters[name] = value
	}
	return parameters, nil
}

// splitQuery splits a query at each & outside single quotes; at every & if the
// quotes do not pair.
func splitQuery(query string) []string {
	paired := strings.Count(query, "'")%2 == 0
	quoted := false
	return strings.FieldsFunc(query, func(r rune) bool {
		if r == '\'' && paired {
			quoted = !quoted
		}
		return r == '&' && !quoted
	})
}

// wellEscaped reports whether each % begins an escape.
func wellEscaped(text string) bool {
	_, err := url.PathUnescape(text)
	return err == nil
}

// decoded decodes a name or value whose escapes are known to be good.
func decoded(text string) string {
	if strings.Trim(text, formCharacters) == "" {
		text = strings.ReplaceAll(text, "+", " ")
	}
	if plain, err := url.PathUnescape(text); err == nil {
		return plain
	}
	return text
}

// formCharacters are all that a form-encoded value can have in it.
const formCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._*~%+"

// requestOf reads the parameters of a list, in the order of their names: which
// of two problems is told must not be a matter of luck.
func requestOf(resource string, parameters map[string]string) (Request, error) {
	r := Request{Resource: resource}
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		if err := r.set(name, parameters[name]); err != nil {
			return Request{}, err
		}
	}
	return r, nil
}

// set reads one parameter.
func (r *Request) set(name, value string) error {
	var err error
	switch name {
	case "where":
		r.Where = strings.TrimSpace(value)
	case "fields":
		r.Fields, err = fieldsOf(value)
	case "orderBy":
		r.OrderBy = strings.TrimSpace(value)
	case "nextPage":
		r.Next = value
	case "pageSize":
		r.PageSize, err = wholeNumber(name, "number of records", value)
	case "page":
		err = r.setPage(value)
	default:
		if r.Parameters == nil {
			r.Parameters = make(map[string]string)
		}
		r.Parameters[name] = value
	}
	return err
}

func fieldsOf(text string) ([]string, error) {
	fields := strings.Split(text, ",")
	for i, field := range fields {
		if fields[i] = strings.TrimSpace(field); fields[i] == "" {
			return nil, badRequest("fields", "has an empty name in it; write the members to return, with a comma between two")
		}
	}
	return fields, nil
}

// maxNumber bounds page sizes and page numbers, so that no product of the two is too
// large a number.
const maxNumber = 1_000_000_000

func wholeNumber(name, meaning, text string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 1 || n > maxNumber {
		return 0, badRequest(name, "%.20q is no %s; write a whole number from 1", text, meaning)
	}
	return n, nil
}

// setPage reads the number of a page. Some clients begin to count at 0.
func (r *Request) setPage(text string) error {
	text = strings.TrimSpace(text)
	if text == "" || text == "0" || text == "1" {
		return nil
	}
	var err error
	r.Page, err = wholeNumber("page", "page", text)
	return err
}
