package provider

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"turnstone/internal/element"
)

// The types of paginators, as the element format names them.
const (
	nextURL          = "NextURL"
	linkHeader       = "LinkHeader"
	cursorPagination = "CursorPagination"
	offsetIncrement  = "OffsetIncrement"
	pageIncrement    = "PageIncrement"
)

// Page is a place in a listing. The zero Page is the first; the others are what
// [Page.After] made of the answer before, and may be kept as JSON for as long
// as the vendor honours them. A Page holds no credential, and one that somebody
// made up cannot lead a credential astray: see [Call].
type Page struct {
	Next  string `json:"next,omitempty"`  // NextURL: path and query, or where other hosts are followed, a URL
	Token string `json:"token,omitempty"` // CursorPagination: the vendor's
	Hook  string `json:"hook,omitempty"`  // any: the token that a hook named, which wins
	Done  int    `json:"done,omitempty"`  // OffsetIncrement: records before this page; PageIncrement: pages
}

// Ask makes the call ask for the page, of up to size records. Without a
// paginator there is one page, of the vendor's choice.
func (p Page) Ask(paginator *element.Paginator, size int, call *Call) {
	p.tellHooks(size, call)
	if paginator == nil {
		return
	}
	if paginator.Type == nextURL || paginator.Type == linkHeader {
		call.Next = p.Next
	}
	if paginator.SizeOption != nil {
		call.SetNumber(*paginator.SizeOption, size)
	}
	if paginator.TokenOption == nil {
		return
	}
	switch paginator.Type {
	case cursorPagination:
		if p.Token != "" {
			call.SetText(*paginator.TokenOption, p.Token)
		}
	case offsetIncrement, pageIncrement:
		call.SetNumber(*paginator.TokenOption, paginator.Start+p.Done)
	}
}

// tellHooks shows hooks the size of the page, and the token under which a hook named
// it.
func (p Page) tellHooks(size int, call *Call) {
	if call.Requester.Hooks == nil {
		return
	}
	call.Hub.Parameters = with(maps.Clone(call.Hub.Parameters), "pageSize", strconv.Itoa(size))
	if p.Hook != "" {
		call.Hub.Parameters["nextPage"] = p.Hook
	}
}

// SetText puts a text where the option says.
func (c *Call) SetText(o element.Option, value string) {
	c.set(o, value, gjson.AppendJSONString(nil, value))
}

// SetNumber puts a number where the option says.
func (c *Call) SetNumber(o element.Option, value int) {
	text := strconv.Itoa(value)
	c.set(o, text, []byte(text))
}

func (c *Call) set(o element.Option, text string, member []byte) {
	switch o.InjectInto {
	case "header":
		c.Headers = with(c.Headers, o.FieldName, text)
	case "body_json":
		c.Members = with(c.Members, o.FieldName, member)
	default:
		c.Parameters = with(c.Parameters, o.FieldName, text)
	}
}

func with[V any](m map[string]V, key string, value V) map[string]V {
	if m == nil {
		m = make(map[string]V)
	}
	m[key] = value
	return m
}

// Listed is what came of a page: the answer, how many records it held before
// any of them were left out, and how many had been asked for.
type Listed struct {
	Answer  Answer
	Records int
	Size    int
}

// maxNext is how long the URL or token of the next page may be, in bytes: what
// servers take as a request line.
const maxNext = 8 << 10

// After returns the page that follows p, or false if p was the last. Whether it was
// is told by the page as it came, whatever becomes of its records. It refuses an
// answer that names the page just read as the next, which would be read for ever,
// and one that names what cannot be asked for.
func (p Page) After(paginator *element.Paginator, l Listed) (Page, bool, error) {
	if len(l.Answer.Body) == 0 || paginator == nil && !l.Answer.hooked {
		return Page{}, false, nil
	}
	next, more, err := p.step(paginator, l)
	if err != nil || !more {
		return Page{}, false, err
	}
	if length := len(next.Next) + len(next.Token) + len(next.Hook); length > maxNext {
		return Page{}, false, fmt.Errorf("what the answer has%s, for the next page, is %d bytes long, and no server takes more than %d in a URL;"+
			" correct the path, or ask for less at once", placeOf(paginator), length, maxNext)
	}
	if next == p {
		return Page{}, false, errors.New("the vendor names the page just read as the next one; the listing cannot be read to its end")
	}
	return next, true, nil
}

// placeOf says where answers name the next page, with a word before it.
func placeOf(paginator *element.Paginator) string {
	if paginator == nil || paginator.Next == "" {
		return ""
	}
	return " at " + paginator.Next
}

func (p Page) step(paginator *element.Paginator, l Listed) (Page, bool, error) {
	if l.Answer.hooked {
		return Page{Hook: l.Answer.Next}, true, nil
	}
	switch paginator.Type {
	case nextURL:
		return afterURL(paginator, l.Answer, l.Answer.document().words(paginator.Next))
	case linkHeader:
		return afterURL(paginator, l.Answer, l.Answer.Next)
	case cursorPagination:
		token := l.Answer.document().words(paginator.Next)
		return Page{Token: token}, token != "", nil
	case offsetIncrement:
		next := Page{Done: p.Done + l.Records}
		return next, l.Records > 0 && fuller(l, paginator.TotalRecords, next.Done), nil
	case pageIncrement:
		next := Page{Done: p.Done + 1}
		return next, l.Records > 0 && fuller(l, paginator.TotalPages, next.Done), nil
	}
	return Page{}, false, fmt.Errorf("paginator: unknown type %q", paginator.Type)
}

// fuller reports whether there is more than what was read: by the total at the
// path if the answer has one, otherwise by whether the page was full.
func fuller(l Listed, path string, read int) bool {
	if path != "" {
		if total := gjson.ParseBytes(l.Answer.document().raw(path)); total.Exists() && total.Type != gjson.Null {
			return int64(read) < total.Int()
		}
	}
	return l.Records >= l.Size
}

// afterURL reads the URL of the next page, which may be relative to the one
// asked.
func afterURL(paginator *element.Paginator, a Answer, text string) (Page, bool, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return Page{}, false, nil
	}
	next, err := parseNext(a.URL, text)
	if err != nil {
		return Page{}, false, fmt.Errorf("what the answer has%s, for the next page, %w", placeOf(paginator), err)
	}
	next.RawQuery, next.User = withoutParameters(cleanQuery(next.RawQuery), a.secrets), nil
	if paginator.NextNeeds != "" && strings.TrimSpace(next.Query().Get(paginator.NextNeeds)) == "" {
		return Page{}, false, nil
	}
	if paginator.NextHost == "listed" {
		return Page{Next: next.String()}, true, nil
	}
	// A path that begins with two slashes would be read as a host.
	return Page{Next: "/" + strings.TrimLeft(next.RequestURI(), "/")}, true, nil
}

// parseNext reads a URL in the answer to another. The error says what is wrong
// with it without repeating it.
func parseNext(asked, text string) (*url.URL, error) {
	base, err := url.Parse(asked)
	if err != nil {
		return nil, fmt.Errorf("cannot be read, for the URL that was asked cannot: %w", err)
	}
	next, err := base.Parse(text)
	switch {
	case err != nil:
		return nil, errors.New("is no URL")
	case next.Scheme != "https" && next.Scheme != "http":
		return nil, fmt.Errorf("is a URL of %.20q, and pages are asked for over https", next.Scheme)
	case next.Opaque != "":
		return nil, errors.New("is no URL with a host or a path")
	case next.Fragment != "":
		return nil, errors.New("has a fragment (#...), which is not sent to a server: it is a link for people, so correct the path")
	}
	return next, nil
}
