package endpoint

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"turnstone/internal/concursim/collection"
	"turnstone/internal/concursim/expense"
	"turnstone/internal/concursim/reply"
)

func member(name string, value any) collection.Member {
	return collection.Member{Name: name, Value: value}
}

func number(n int) collection.Number { return collection.Number(strconv.Itoa(n)) }

// counting reads a parameter that counts from least.
func counting(query url.Values, param string, least int) (int, error) {
	text := query.Get(param)
	if text == "" {
		return least, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least {
		return 0, fmt.Errorf("%s is %q; use a number from %d", param, text, least)
	}
	return n, nil
}

// listLinks answers as Travel Request v4 does: with start and limit, and links among
// the operations.
func listLinks(c *Call) reply.Reply {
	if refusal := c.checkCorrelation(); refusal != nil {
		return *refusal
	}
	query := c.Request.URL.Query()
	tests, refusal := c.tests(query)
	if refusal != nil {
		return *refusal
	}
	limit, err := c.limit(query, "limit")
	if err != nil {
		return *c.invalid("invalidLimit", err)
	}
	start, err := counting(query, "start", 0)
	if err != nil {
		return *c.invalid("invalidStart", err)
	}
	rows := c.rows(tests)
	from := min(start, len(rows))
	until := min(from+limit, len(rows))
	page := collection.Record{member("data", c.records(c.gapped(rows[from:until]))), member("operations", c.operations(limit, start, len(rows)))}
	return c.listed(c.json(http.StatusOK, page.AppendJSON(nil, c.Base)))
}

// operations are the links to other pages, as far as there are any.
func (c *Call) operations(limit, start, total int) collection.List {
	link := func(rel string, at int) collection.Record {
		query := c.Request.URL.Query()
		query.Set("limit", strconv.Itoa(limit))
		query.Set("start", strconv.Itoa(at))
		return collection.Record{member("rel", rel), member("href", nextPageBase(c.Base, c.Switches)+c.Kind.Path+"?"+query.Encode())}
	}
	var all collection.List
	if start > 0 {
		all = append(all, link("prev", max(0, start-limit)))
	}
	if start+limit < total {
		all = append(all, link("next", start+limit))
	}
	return append(all, link("first", 0), link("last", max(0, total-1)/limit*limit))
}

// checkCorrelation refuses a correlation id that is no UUID, as Travel Request does.
func (c *Call) checkCorrelation() *reply.Reply {
	if id := c.Request.Header.Get("concur-correlationid"); id != "" && id != c.ID {
		return c.invalid("invalidUuid", fmt.Errorf("the header concur-correlationid is not a UUID"))
	}
	return nil
}

// listNumbered answers as List v4 does: with pages of a fixed size, counted from 1.
func listNumbered(c *Call) reply.Reply {
	tests, refusal := c.tests(c.Request.URL.Query())
	if refusal != nil {
		return *refusal
	}
	return c.numbered(c.rows(tests))
}

// listWithin is listNumbered for what belongs to the object in the path.
func listWithin(c *Call, w collection.Within) reply.Reply {
	id := c.Request.PathValue("id")
	return c.numbered(c.rows([]test{func(r row) bool {
		return r.record.Text(w.Member) == id && (w.Root == "" || r.record.Value(w.Root) == nil)
	}}))
}

func (c *Call) numbered(rows []row) reply.Reply {
	size := c.Kind.Limit
	number1, err := counting(c.Request.URL.Query(), "page", 1)
	if err != nil {
		return *c.invalid("invalid.page", err)
	}
	from := min((number1-1)*size, len(rows))
	until := min(from+size, len(rows))
	page := collection.Record{
		member("content", c.records(c.gapped(rows[from:until]))),
		member("page", collection.Record{
			member("number", number(number1)), member("size", number(size)),
			member("totalElements", number(len(rows))), member("totalPages", number((len(rows)+size-1)/size)),
		}),
	}
	return c.listed(c.json(http.StatusOK, page.AppendJSON(nil, c.Base)))
}

// listWhole answers as Budget v4 does: with all there is.
func listWhole(c *Call) reply.Reply {
	tests, refusal := c.tests(c.Request.URL.Query())
	if refusal != nil {
		return *refusal
	}
	return c.listed(c.json(http.StatusOK, c.records(c.gapped(c.rows(tests))).AppendJSON(nil, c.Base)))
}

// tripNamespaces are the attributes of the root of a list of trips.
const tripNamespaces = ` xmlns="http://www.concursolutions.com/api/travel/trip/2010/06"` + expense.Namespaces

// listConnect answers in XML as the travel services do: with Page and ItemsPerPage, in
// metadata that only profiles get unasked.
func listConnect(c *Call) reply.Reply {
	query := c.Request.URL.Query()
	tests, refusal := c.tests(query)
	if refusal != nil {
		return *refusal
	}
	wrapped := c.Kind.Root == "" || query.Get("includeMetadata") == "true"
	size := c.Kind.Limit
	if wrapped && query.Get("Page") == "" {
		size = c.Kind.MaxLimit // documented: 1000 without a page, 200 with one
	}
	if query.Get("ItemsPerPage") != "" {
		var err error
		if size, err = c.limit(query, "ItemsPerPage"); err != nil {
			return *c.invalid("", err)
		}
	}
	page, err := counting(query, "Page", 1)
	if err != nil {
		return *c.invalid("", err)
	}
	rows := c.rows(tests)
	if !wrapped {
		page, size = 1, c.Kind.MaxLimit
	}
	from := min((page-1)*size, len(rows))
	until := min(from+size, len(rows))
	var b bytes.Buffer
	content := func(attributes string) { c.connectRows(&b, c.gapped(rows[from:until]), attributes) }
	if !wrapped {
		content(tripNamespaces)
		return reply.Reply{Status: http.StatusOK, Type: reply.XMLType, Body: b.Bytes()}
	}
	expense.Element(&b, "ConnectResponse", expense.Namespaces, func() {
		expense.Element(&b, "Metadata", "", func() { c.paging(&b, page, size, len(rows)) })
		expense.Element(&b, "Data", "", func() { content("") })
	})
	return reply.Reply{Status: http.StatusOK, Type: reply.XMLType, Body: b.Bytes()}
}

// connectRows writes the rows, within an element of their own if the kind has one.
func (c *Call) connectRows(b *bytes.Buffer, rows []row, attributes string) {
	hides := c.Kind.Hides
	if c.Kind.Name == "trip" && c.Request.URL.Query().Get("includeCanceledTrips") == "" {
		hides = append([]string{"TripStatus"}, hides...)
	}
	write := func() {
		for _, r := range rows {
			r.record.Without(hides...).AppendXML(b, c.Kind.Item, "", c.Base)
		}
	}
	if c.Kind.Root == "" {
		write()
		return
	}
	expense.Element(b, c.Kind.Root, attributes, write)
}

// paging writes the metadata of a page. Trips and profiles name its number
// differently.
func (c *Call) paging(b *bytes.Buffer, page, size, total int) {
	pages := (total + size - 1) / size
	link := func(to int) string {
		if to < 1 || to > pages {
			return ""
		}
		query := c.Request.URL.Query()
		query.Set("Page", strconv.Itoa(to))
		return nextPageBase(c.Base, c.Switches) + c.Request.URL.Path + "?" + query.Encode()
	}
	current := "Page"
	if c.Kind.Name == "trip" {
		current = "CurrentPage"
	}
	expense.Element(b, "Paging", "", func() {
		expense.Text(b, "TotalPages", strconv.Itoa(pages))
		expense.Text(b, "TotalItems", strconv.Itoa(total))
		expense.Text(b, current, strconv.Itoa(page))
		expense.Text(b, "ItemsPerPage", strconv.Itoa(size))
		expense.Text(b, "PreviousPageURL", link(page-1))
		expense.Text(b, "NextPageURL", link(page+1))
	})
}
