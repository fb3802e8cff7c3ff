package legacy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// parameter is a parameter of an endpoint: what the platform's side of it is called and
// where it is given, and the same for the vendor's side.
type parameter struct {
	path             string
	name, kind       string
	vendorName, into string
	source           string
	converter        string
	required         bool
}

func readParameter(path string, r gjson.Result) parameter {
	p := parameter{
		path: path,
		name: textAt(r, "name"), kind: word(r, "type"),
		vendorName: firstOf(textAt(r, "vendorName"), textAt(r, "name")), into: word(r, "vendorType"),
		source: word(r, "source"), converter: textAt(r, "converter"), required: r.Get("required").Bool(),
	}
	if converter, found := strings.CutPrefix(p.vendorName, "converter:"); found {
		p.converter, p.vendorName = firstOf(p.converter, converter), p.name
	}
	return p
}

// parametersOf returns the parameters of the element, and those of an endpoint behind
// them.
func (im *importer) parametersOf(at string, r gjson.Result) []parameter {
	list := r.Get("parameters")
	if !list.IsArray() {
		return nil // the report says so of the element's
	}
	var all []parameter
	for i, p := range list.Array() {
		all = append(all, readParameter(fmt.Sprintf("%sparameters[%d]", at, i), p))
	}
	return all
}

// paging are parameters of lists that the hub has for every element.
var paging = []string{"page", "pagesize", "nextpage", "where", "fields", "orderby", "includecount", "includedeleted"}

// isPaging reports whether the hub knows a query parameter of a list itself.
func (p parameter) isPaging() bool {
	return p.kind == "query" && slices.Contains(paging[:6], strings.ToLower(p.name))
}

// apply makes a parameter a part of the request. What it cannot, the report tells.
func (im *importer) apply(p parameter, e *endpoint) {
	if p.source == "response" {
		im.report.add(Warning, p.path, "what the vendor answers in %s is not written to the configuration; write %s in the instance if requests need it", p.vendorName, p.name)
		return
	}
	if e.list() && p.isPaging() {
		e.asked[strings.ToLower(p.name)] = p
		return
	}
	value := im.valueOf(p, e)
	if value == "" {
		return
	}
	im.place(p, value, e)
}

// valueOf returns what is sent for a parameter, as a template; empty: nothing can be.
func (im *importer) valueOf(p parameter, e *endpoint) string {
	switch p.kind {
	case "configuration":
		if lookup := im.configuredOrDeclared(p.path, p.name); lookup != "" {
			return "{{ " + lookup + " }}"
		}
		im.report.add(Error, p.path, "%.60q cannot be a configuration key; it is not sent", p.name)
	case "value":
		template, missing := im.template(p.name, e.local)
		if len(missing) > 0 {
			im.report.add(Error, p.path, "nothing says what %s stands for; it is sent empty", missing[0])
		}
		return template
	case "query":
		return im.asked(p)
	case "path", "multipart", "form":
		if lookup := e.local[p.name]; lookup != "" {
			return "{{ " + lookup + " }}"
		}
		return im.unsent(p, e)
	case "body":
		return im.body(p, e)
	case "bodyfield":
		im.bodyField(p)
	default:
		im.unknown(p)
	}
	return ""
}

// unknown reports a parameter that nothing is sent for.
func (im *importer) unknown(p parameter) {
	switch p.kind {
	case "header":
		im.report.add(Note, p.path, "headers of calls are not passed on; %s is not sent", p.name)
	case "prevresponse", "previousresponse", "previous_response":
		im.report.add(Error, p.path, "requests are not chained here; %s is not sent", p.name)
	default:
		im.report.add(Error, p.path, "a parameter of type %.40q is not known; %s is not sent", p.kind, p.name)
	}
}

// asked returns the lookup of a query parameter.
func (im *importer) asked(p parameter) string {
	if strings.ContainsAny(p.name, `'"{}`) {
		im.report.add(Error, p.path, "%.60q cannot be the name of a parameter here; it is not sent", p.name)
		return ""
	}
	return "{{ where['" + p.name + "'] }}"
}

// unsent reports a parameter of a form, or of a path that does not have it.
func (im *importer) unsent(p parameter, e *endpoint) string {
	switch {
	case p.kind == "path":
		im.report.add(Warning, p.path, "the path %s has no {%s}; it is not sent", e.hubPath, p.name)
	case strings.EqualFold(p.name, "body"):
	default:
		im.report.add(Error, p.path, "forms and files are not sent here; %s is left out", p.name)
	}
	return ""
}

// body says that the body is sent as it is.
func (im *importer) body(p parameter, e *endpoint) string {
	if p.into != "body" && p.into != "" && p.into != "form" {
		im.report.add(Error, p.path, "the body cannot be sent as a %s; it is sent as the body", p.into)
	}
	if e.list() {
		im.report.add(Warning, p.path, "a list is asked for without the caller's body; %s is not sent", p.name)
	}
	return ""
}

// bodyField tells of a member of the body that has another name with the vendor.
func (im *importer) bodyField(p parameter) {
	if p.into != "bodyfield" && p.into != "body" || p.vendorName != p.name {
		im.report.add(Warning, p.path, "the member %s of the body is sent under its own name, not as %s (%s)", p.name, p.vendorName, p.into)
	}
}

// place puts a value where the vendor expects it.
func (im *importer) place(p parameter, value string, e *endpoint) {
	switch p.into {
	case "path":
		if !e.shared && !strings.Contains(textAt(e.Result, "vendorPath"), "{"+p.vendorName+"}") {
			im.report.add(Warning, p.path, "the vendor's path has no {%s}; it is not sent", p.vendorName)
			return
		}
		e.placeholders[p.vendorName] = value
	case "query", "":
		im.placeQuery(p, value, e)
	case "header":
		im.placeHeader(p, value, e)
	case "form", "multipart":
		if e.placeholders[p.vendorName] == "" && strings.Contains(e.vendorPath, "{"+p.vendorName+"}") {
			e.placeholders[p.vendorName] = value
			return
		}
		im.report.add(Error, p.path, "forms and files are not sent here; %s is left out", p.vendorName)
	case "bodyfield", "body":
		im.report.add(Warning, p.path, "the body is sent as the caller wrote it, without %s", p.vendorName)
	case "value", "configuration":
		im.report.add(Note, p.path, "%s goes nowhere in the request, and is left out", p.vendorName)
	default:
		im.report.add(Error, p.path, "a place of type %.40q is not known; %s is not sent", p.into, p.vendorName)
	}
}

// placeQuery adds a query parameter. One of a list that callers give is an attribute of
// its where clause.
func (im *importer) placeQuery(p parameter, value string, e *endpoint) {
	if e.list() && p.kind == "query" {
		e.attributes = append(e.attributes, p)
		return
	}
	e.query.set(p.vendorName, value)
}

// managed are headers that the client sets itself.
var managed = []string{"accept", "connection", "content-length", "content-type", "host", "transfer-encoding", "user-agent"}

// placeHeader adds a header. The one that proves who asks is the authenticator's.
func (im *importer) placeHeader(p parameter, value string, e *endpoint) {
	name := strings.ToLower(p.vendorName)
	switch {
	case name == "authorization" && e.shared:
		im.authorization = value
	case name == "authorization":
		im.report.add(Warning, p.path, "the header Authorization is the same for all requests; this one's is left out")
	case name == "accept" && strings.Contains(strings.ToLower(value), "xml"):
		e.requester["decoder"] = "XmlDecoder"
		e.headers["Accept"] = value
	case slices.Contains(managed, name):
		if !strings.Contains(strings.ToLower(value), "json") {
			im.report.add(Note, p.path, "the header %s is set by the client", p.vendorName)
		}
	default:
		e.headers.set(p.vendorName, value)
	}
}
