package generic

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"turnstone/internal/javadate"
)

// builder makes one resource of its declaration.
type builder struct {
	key, path string // where it stands
	hub       string
	problems  *Problems
}

func (b builder) report(member, format string, args ...any) {
	b.problems.add(b.key, b.path+"."+member, format, args...)
}

var methods = []string{"", "GET", "POST"}

// parameterIn finds {name} in a path.
var parameterIn = regexp.MustCompile(`\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// resource returns the resource in our format.
func (b builder) resource(r resource) node {
	requester := node{"path": b.pathOf(r)}
	b.plain("path", r.Path)
	if method := strings.ToUpper(r.Method); !slices.Contains(methods, method) {
		b.report("method", "%.20q is not used to list; write GET or POST", r.Method)
	} else if method != "" {
		requester["http_method"] = method
	}
	set(requester, "request_parameters", b.texts("query", r.Query))
	set(requester, "request_headers", b.texts("headers", r.Headers))
	if len(r.Body) > 0 {
		requester["request_body_json"] = b.body(r.Body)
	}
	retriever := node{"requester": requester, "record_selector": selector(r.Records)}
	set(retriever, "paginator", b.paginator(r.Paging))
	if attributes := slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(r.Where), nonEmpty(r.Since)...)))); len(attributes) > 0 {
		retriever["filter"] = node{"type": "parameters", "attributes": attributes}
	}
	n := node{"name": r.Name, "primary_key": keyOf(r), "retriever": retriever}
	set(n, "incremental_sync", b.incremental(r))
	if r.Single != "" {
		b.plain("single", r.Single)
		n["operations"] = node{"retrieve": node{"path": b.single(r.Single)}}
	}
	return n
}

// plain refuses lookups where a declaration has only text: what an instance may look up
// is said by the members that do.
func (b builder) plain(member, text string) {
	if strings.Contains(text, "{{") {
		b.report(member, "has {{ in it, which has no meaning here; write the text itself")
	}
}

// pathOf returns the path of the list, with the parameters of the name in it.
func (b builder) pathOf(r resource) string {
	path := r.Path
	if path == "" {
		path = "/" + r.Name
	}
	return parameterIn.ReplaceAllString(path, "{{ path.$1 }}")
}

// single returns the path of one record.
func (b builder) single(path string) string {
	if !strings.Contains(path, "{id}") {
		b.report("single", "has no {id}, so that every record would be the same; write it, as in /orders/{id}")
	}
	return parameterIn.ReplaceAllString(strings.ReplaceAll(path, "{id}", "{{ id }}"), "{{ path.$1 }}")
}

// texts checks names with their texts.
func (b builder) texts(member string, all map[string]string) node {
	n := node{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		b.plain(member+"."+name, all[name])
		n[name] = all[name]
	}
	return n
}

func (b builder) body(body json.RawMessage) string {
	b.plain("body", string(body))
	return string(body)
}

func selector(records string) node {
	if records == "" {
		return node{}
	}
	return node{"field_paths": []string{records}}
}

func nonEmpty(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

func keyOf(r resource) string {
	if r.ID == "" {
		return "id"
	}
	return r.ID
}

func set(n node, key string, value node) {
	if len(value) > 0 {
		n[key] = value
	}
}

// defaultLimit is the page size where the declaration has none.
const defaultLimit = 100

// paginator returns how pages follow one another; nil: there is one page.
func (b builder) paginator(p *paging) node {
	if p == nil || p.Type == "none" {
		return nil
	}
	kind := paginators[p.Type]
	if kind == "" {
		b.report("paging.type", "%.20q is no way of paging; %s", p.Type, pagingHelp)
		return nil
	}
	n := node{"type": kind, "page_size": defaultLimit}
	switch {
	case p.Limit > 0:
		n["page_size"] = p.Limit
	case p.Limit < 0:
		b.report("paging.limit", "%d is no number of records; write 1 or more", p.Limit)
	}
	b.token(n, p)
	if p.Size != "" {
		n["page_size_option"] = node{"field_name": p.Size}
	}
	b.counting(n, p)
	return n
}

// token says where the next page is named, and where it is asked for.
func (b builder) token(n node, p *paging) {
	next := needed{"paging.next", p.Next, "cursor url", "the path of the next page's token or URL in the answer"}
	if b.fits(next, p.Type) {
		n["next"] = p.Next
	}
	token := needed{"paging.token", p.Token, "page offset cursor", "the query parameter that asks for a page, such as page, offset or cursor"}
	if b.fits(token, p.Type) {
		n["page_token_option"] = node{"field_name": p.Token}
	}
}

// needed is a member that some types of paging need, and others cannot have.
type needed struct{ name, value, kinds, meaning string }

// fits reports whether a member is there and of use.
func (b builder) fits(m needed, kind string) bool {
	kinds := strings.Fields(m.kinds)
	wanted := slices.Contains(kinds, kind)
	switch {
	case wanted && m.value == "":
		b.report(m.name, "is missing; write %s", m.meaning)
	case !wanted && m.value != "":
		b.report(m.name, "is not for %s but for %s; leave it out", kind, strings.Join(kinds, ", "))
	}
	return wanted && m.value != ""
}

// counting says where pages or records are counted from, and to.
func (b builder) counting(n node, p *paging) {
	total := map[string]string{"page": "total_pages", "offset": "total_records"}[p.Type]
	switch {
	case p.Total != "" && total == "":
		b.report("paging.total", "is not for %s but for page and offset; leave it out", p.Type)
	case p.Total != "":
		n[total] = p.Total
	}
	switch {
	case p.Start == nil && p.Type == "page":
		n["start_from_page"] = 1
	case p.Start != nil && total == "":
		b.report("paging.start", "is not for %s but for page and offset; leave it out", p.Type)
	case p.Start != nil:
		n["start_from_page"] = *p.Start
	}
}

// incremental returns how changed records are told from others; nil: by their content.
func (b builder) incremental(r resource) node {
	if r.Updated == "" {
		for _, m := range []struct{ name, text string }{
			{"created", r.Created}, {"deleted", r.Deleted}, {"format", r.Format}, {"since", r.Since}, {"zone", r.Zone},
		} {
			if m.text != "" {
				b.report(m.name, "is of no use without updated, the path of the date of the last change; write that too, or leave it out")
			}
		}
		return nil
	}
	if _, err := javadate.Compile(r.Format); r.Format != "" && err != nil {
		b.report("format", "%v", err)
	}
	if _, err := javadate.Zone(r.Zone); r.Zone != "" && err != nil {
		b.report("zone", "%v", err)
	}
	n := node{"cursor_field": r.Updated, "cursor_datetime_formats": isoFormats}
	for key, text := range map[string]string{"created_field": r.Created, "time_zone": r.Zone, "deleted_field": r.Deleted} {
		if text != "" {
			n[key] = text
		}
	}
	if r.Format != "" {
		n["cursor_datetime_formats"] = []string{r.Format}
	}
	return n
}

// poller returns how the resource is polled by default.
func (b builder) poller(r resource) node {
	n := node{"resource": r.Name, "idField": keyOf(r), "url": "/hubs/" + b.hub + "/" + r.Name}
	if r.Since == "" {
		return n
	}
	format := r.Format
	if format == "" {
		format = defaultFormat
	}
	n["url"] = "/hubs/" + b.hub + "/" + r.Name + "?where=" + r.Since + "='" + macro(format, r.Zone) + "'"
	return n
}

// macro returns the macro for the date since which changes are wanted.
func macro(format, zone string) string {
	switch {
	case format == "milliseconds":
		return "${epoch:ms}"
	case zone != "":
		return "${dateTimeZone:" + zone + ":" + format + "}"
	}
	return "${gmtDate:" + format + "}"
}
