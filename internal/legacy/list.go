package legacy

import (
	"slices"
	"strconv"
	"strings"
)

// retriever returns how a resource is listed.
func (im *importer) retriever(e *endpoint) node {
	n := node{"requester": e.requester}
	_, root := e.roots()
	selector := node{}
	selector.set("field_paths", []string(nil))
	if root != "" {
		selector["field_paths"] = []string{root}
	}
	n["record_selector"] = selector
	n.set("paginator", im.paginator(e))
	n.set("filter", im.filter(e))
	return n
}

// The ways in which vendors number their pages, as exports name them.
const (
	pagingNone   = "none"
	pagingPage   = "page"
	pagingOffset = "offset"
	pagingCursor = "cursor"
)

// pagingOf returns how the pages of a list follow one another: as the element says, or
// the endpoint.
func (im *importer) pagingOf(e *endpoint) string {
	own, common := word(e.Result, "paginationType"), strings.ToLower(im.defaults["pagination.type"])
	switch own {
	case "no_pagination", "none", "unsupported", "not_supported":
		return pagingNone
	case "page", "offset", "cursor":
		return own
	}
	return firstOf(common, pagingNone)
}

// paginator returns how to get the next page. An endpoint whose hook names the next page
// needs none.
func (im *importer) paginator(e *endpoint) node {
	kind := im.pagingOf(e)
	token := im.pageParameter(e, kind)
	n := node{}
	if !im.hookNamesPages(e) && kind != pagingNone {
		n = im.counter(e, kind, token)
		if len(n) == 0 {
			im.report.add(Warning, e.path+".paginationType", "is %q, but nothing says where the page is asked for; only the first page is read", kind)
		}
	}
	if len(n) == 0 {
		im.sizeAlone(e)
		return nil
	}
	if n["type"] != "NextURL" {
		n["page_token_option"] = node{"field_name": token}
	}
	size := im.pageSize()
	n["page_size"], n["max_page_size"] = size, size
	if p, asked := e.asked["pagesize"]; asked {
		n["page_size_option"] = node{"field_name": p.vendorName}
	}
	return n
}

// counter says how pages are counted, or where the next is named; empty: nothing does.
func (im *importer) counter(e *endpoint, kind, token string) node {
	next := path(firstOf(textAt(e.Result, "nextPageKey"), textAt(e.Result, "nextPagePath")))
	switch {
	case kind == pagingCursor && token != "" && next != "":
		return node{"type": "CursorPagination", "next": next}
	case kind == pagingCursor && next != "":
		return node{"type": "NextURL", "next": next}
	case kind == pagingPage && token != "":
		return node{"type": "PageIncrement", "start_from_page": im.startPage()}
	case kind == pagingOffset && token != "":
		return node{"type": "OffsetIncrement"}
	}
	return nil
}

// pageParameter returns the vendor's parameter for the page, offset or cursor.
func (im *importer) pageParameter(e *endpoint, kind string) string {
	for _, name := range map[string][]string{pagingCursor: {"nextpage", "page"}, pagingPage: {"page", "nextpage"}, pagingOffset: {"page", "nextpage"}}[kind] {
		if p, ok := e.asked[name]; ok && p.into != "header" {
			return p.vendorName
		}
	}
	return ""
}

// sizeAlone keeps the page size of a list without a paginator.
func (im *importer) sizeAlone(e *endpoint) {
	if p, asked := e.asked["pagesize"]; asked {
		e.query.set(p.vendorName, strconv.Itoa(im.pageSize()))
		e.requester.set("request_parameters", e.query)
	}
}

func (im *importer) startPage() int {
	if start, err := strconv.Atoi(im.defaults["pagination.page.startindex"]); err == nil && start >= 0 {
		return start
	}
	return 1
}

// defaultPageSize is that of nearly all exports.
const defaultPageSize = 100

func (im *importer) pageSize() int {
	if size, err := strconv.Atoi(im.defaults["pagination.max"]); err == nil && size > 0 {
		return size
	}
	return defaultPageSize
}

// filter returns what a where clause may ask of the vendor.
func (im *importer) filter(e *endpoint) node {
	if im.hookReadsWhere(e) {
		return node{"type": "hooks"}
	}
	where, filters := e.asked["where"]
	var attributes []string
	renamed := node{}
	add := func(name, vendorName string) {
		if !slices.Contains(attributes, name) {
			attributes = append(attributes, name)
			if vendorName != name {
				renamed[name] = vendorName
			}
		}
	}
	for _, p := range e.attributes {
		add(p.name, p.vendorName)
	}
	if filters && strings.EqualFold(where.converter, "toQueryParameters") {
		for _, name := range im.polledAttributes[e.name] {
			add(name, name)
		}
	} else if filters {
		im.report.add(Warning, where.path, "the where clause is not sent as %s; it is evaluated here, on what the vendor lists", firstOf(where.converter, where.vendorName))
	}
	if len(attributes) == 0 {
		return nil
	}
	n := node{"type": "parameters", "attributes": attributes}
	n.set("names", renamed)
	return n
}
