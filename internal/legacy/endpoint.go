package legacy

import (
	"fmt"
	"maps"
	"regexp"
	"strings"

	"github.com/tidwall/gjson"
)

// endpoint is a request of an export: one method of one path.
type endpoint struct {
	gjson.Result
	path    string // in the export
	hubPath string // below the hub
	method  string

	name   string // of the resource it belongs to
	verb   string // list, or an operation of our format
	shared bool   // it is no endpoint: it stands for what all requests share

	vendorPath   string
	local        names             // what the placeholders of the hub path stand for
	placeholders map[string]string // what those of the vendor's path are filled with
	asked        map[string]parameter
	attributes   []parameter
	requester    node
	query        node
	headers      node
}

func newEndpoint(path string, r gjson.Result) *endpoint {
	return &endpoint{
		Result: r, path: path, local: names{}, placeholders: map[string]string{}, asked: map[string]parameter{},
		requester: node{}, query: node{}, headers: node{},
	}
}

func (e *endpoint) list() bool { return e.verb == listVerb }

// The verbs of endpoints beside the operations of our format.
const listVerb = "list"

var (
	segmentWord  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)
	notParameter = regexp.MustCompile(`[^A-Za-z0-9_]`)
)

// identify finds the resource and the verb of an endpoint by its path and method. What
// is wrong with the path is an error, fit for the report.
func (e *endpoint) identify() error {
	e.method = strings.ToUpper(firstOf(textAt(e.Result, "method"), textAt(e.Result, "vendorMethod"), "GET"))
	e.hubPath = withoutHub(textAt(e.Result, "path"))
	segments := strings.Split(e.hubPath, "/")
	last := len(segments) - 1
	id := ""
	if strings.HasPrefix(segments[last], "{") && last > 0 {
		id = strings.Trim(segments[last], "{}")
		segments = segments[:last]
		e.local[id] = "id"
	}
	for i, segment := range segments {
		if inside, isParameter := strings.CutPrefix(segment, "{"); isParameter {
			given := strings.TrimSuffix(inside, "}")
			name := notParameter.ReplaceAllString(given, "_")
			if i == 0 {
				return fmt.Errorf("the path %s begins with {%s}, so that it would serve every path; add a resource for each object that you need", e.hubPath, given)
			}
			segments[i], e.local[given] = "{"+name+"}", "path."+name
		} else if !segmentWord.MatchString(segment) {
			return fmt.Errorf("the path %.80q has a segment %.40q that no resource can have here; write letters, digits, dashes and underscores", e.hubPath, segment)
		}
	}
	if strings.HasPrefix(segments[len(segments)-1], "{") {
		return fmt.Errorf("the path %s ends with two parameters, of which the first names no resource", e.hubPath)
	}
	e.name = strings.Join(segments, "/")
	e.verb = verbOf(e.method, id != "")
	if e.verb == "" {
		return fmt.Errorf("the method %.20q is not served here", e.method)
	}
	return nil
}

// withoutHub returns a path of the platform without the hub before it.
func withoutHub(path string) string {
	path = strings.Trim(path, "/")
	if rest, below := strings.CutPrefix(path, "hubs/"); below {
		_, path, _ = strings.Cut(rest, "/")
	}
	return path
}

// verbOf returns what a request does with a resource; empty: nothing that the hub has.
func verbOf(method string, one bool) string {
	switch {
	case method == "GET" && one:
		return "retrieve"
	case method == "GET":
		return listVerb
	case method == "POST" && !one:
		return "create"
	case method == "POST", method == "PUT", method == "PATCH":
		return "update"
	case method == "DELETE":
		return "delete"
	}
	return ""
}

// request makes the requester of the endpoint. It reports whether it can be made.
func (im *importer) request(e *endpoint) bool {
	a := split(firstOf(textAt(e.Result, "vendorPath"), e.hubPath))
	e.vendorPath = a.path
	for _, p := range im.parametersOf(e.path+".", e.Result) {
		im.apply(p, e)
	}
	if a.base != "" {
		base, ok := im.host(e.path+".vendorPath", a.base)
		if !ok {
			im.report.add(Error, e.path, "is left out, since its address cannot be used")
			return false
		}
		e.requester["url_base"] = []string{base}
	}
	local := im.filled(e)
	path, missing := im.template(e.vendorPath, local)
	if len(missing) > 0 {
		im.report.add(Error, e.path+".vendorPath", "nothing says what %s stands for; the request is left out", missing[0])
		return false
	}
	if strings.Trim(path, "/") == "" && a.base == "" {
		im.report.add(Error, e.path+".vendorPath", "is empty, and a request needs a path; the request is left out")
		return false
	}
	e.requester["path"] = "/" + strings.TrimLeft(path, "/")
	im.queryOf(e.path+".vendorPath", a.query, local, e.query)
	im.finish(e)
	return true
}

// filled returns what the placeholders of the vendor's path stand for: what the
// parameters say, and otherwise what the hub path has under that name.
func (im *importer) filled(e *endpoint) names {
	all := maps.Clone(e.local)
	for name, value := range e.placeholders {
		inner, opens := strings.CutPrefix(value, "{{ ")
		if inner, closes := strings.CutSuffix(inner, " }}"); opens && closes && !strings.Contains(inner, "{{") {
			all[name] = inner
			continue
		}
		e.vendorPath = strings.ReplaceAll(e.vendorPath, "{"+name+"}", value)
	}
	return all
}

// finish adds what is the same for all kinds of request.
func (im *importer) finish(e *endpoint) {
	if method := strings.ToUpper(textAt(e.Result, "vendorMethod")); method != "" && method != "GET" {
		e.requester["http_method"] = method
	} else if method == "" && e.method != "GET" && e.method != "" {
		e.requester["http_method"] = e.method
	}
	e.requester.set("request_parameters", e.query)
	e.requester.set("request_headers", e.headers)
	e.requester.set("hooks", im.hooks(e.path+".hooks", e.Get("hooks")))
	if strings.Contains(strings.ToLower(textAt(e.Result, "response.contentType")), "xml") {
		e.requester["decoder"] = "XmlDecoder"
	}
}

// roots returns where a record stands in the body of a request and in an answer: a
// rootKey is the latter, or both with | between them. Some exports have it in response.
func (e *endpoint) roots() (request, answer string) {
	before, after, both := strings.Cut(firstOf(textAt(e.Result, "rootKey"), textAt(e.Result, "response.rootKey")), "|")
	if !both {
		before, after = "", before
	}
	return path(before), path(after)
}

var indexed = regexp.MustCompile(`\[(\d+)\]`)

// path returns a path of an export as our format writes it.
func path(text string) string {
	text = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(text), "$"), ".")
	return strings.Trim(indexed.ReplaceAllString(text, ".$1"), ".")
}
