package endpoint

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"turnstone/internal/concursim/collection"
	"turnstone/internal/concursim/expense"
	"turnstone/internal/concursim/reply"
)

const listSchema = "urn:ietf:params:scim:api:messages:2.0:ListResponse"

// searchUsers answers as Identity v4.1 does: the search is in the body, and pages
// follow each other by a cursor.
func searchUsers(c *Call) reply.Reply {
	asked, err := collection.ParseRecord(c.Request.Body)
	if err != nil {
		return *c.invalid("invalidSyntax", err)
	}
	if asked.Has("startIndex") {
		return *c.invalid("invalidValue", fmt.Errorf("startIndex is not supported; use cursor"))
	}
	size, err := c.size(asked.Text("count"))
	if err != nil {
		return *c.invalid("invalidValue", err)
	}
	tests, err := scimTests(asked.Text("filter"))
	if err != nil {
		return *c.invalid("invalidFilter", err)
	}
	rows := c.rows(tests)
	from, err := c.cursor(rows, asked.Text("cursor"))
	if err != nil {
		return *c.invalid("invalidCursor", err)
	}
	until := min(from+size, len(rows))
	page := collection.Record{
		member("schemas", collection.List{listSchema}), member("totalResults", number(len(rows))), member("itemsPerPage", number(until-from)),
		member("Resources", c.records(c.gapped(rows[from:until]))),
	}
	if until < len(rows) {
		at := expense.Offset{Company: uint64(c.Company.Number), Place: uint64(rows[until-1].version.Object.Place())}
		page = append(page, member("nextCursor", at.String()))
	}
	return c.listed(c.scim(page))
}

func (c *Call) scim(page collection.Record) reply.Reply {
	return c.json(http.StatusOK, page.AppendJSON(nil, c.Base))
}

// size reads the number of users a page is to have.
func (c *Call) size(text string) (int, error) {
	return c.limit(map[string][]string{"count": {text}}, "count")
}

// cursor returns the index of the first row behind a cursor, which goes by a key
// whatever the switches say of offsets.
func (c *Call) cursor(rows []row, text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	o, err := expense.ParseOffset(text)
	if err != nil || o.Company != uint64(c.Company.Number) {
		return 0, fmt.Errorf("cursor %q is not valid; take it from nextCursor", text)
	}
	i := slices.IndexFunc(rows, func(r row) bool { return uint64(r.version.Object.Place()) > o.Place })
	if i < 0 {
		return len(rows), nil
	}
	return i, nil
}

// listUsers answers as Identity v4 does: pages are counted by their first user.
func listUsers(c *Call) reply.Reply {
	query := c.Request.URL.Query()
	size, err := c.size(query.Get("count"))
	if err != nil {
		return *c.invalid("invalidValue", err)
	}
	start, err := counting(query, "startIndex", 1)
	if err != nil {
		return *c.invalid("invalidValue", err)
	}
	tests, err := scimTests(query.Get("filter"))
	if err != nil {
		return *c.invalid("invalidFilter", err)
	}
	rows := c.rows(tests)
	from := min(start-1, len(rows))
	until := min(from+size, len(rows))
	return c.listed(c.scim(collection.Record{
		member("schemas", collection.List{listSchema}), member("totalResults", number(len(rows))), member("startIndex", number(start)),
		member("itemsPerPage", number(until-from)), member("Resources", c.records(c.gapped(rows[from:until]))),
	}))
}

// comparison is one part of a filter, such as meta.lastModified gt "2026-01-31".
var comparison = regexp.MustCompile(`(?i)^\s*([a-z][\w.:]*) (eq|ne|gt|ge|lt|le) (?:"((?:[^"\\]|\\.)*)"|(true|false))\s*(?:$|and\b)`)

// scimTests reads a filter: comparisons that are joined by and.
func scimTests(filter string) ([]test, error) {
	var all []test
	for filter != "" {
		m := comparison.FindStringSubmatch(filter)
		if m == nil {
			return nil, fmt.Errorf(`the filter cannot be read at %q; use comparisons such as meta.lastModified gt "2026-01-31T00:00:00Z", joined by and`, filter)
		}
		filter = filter[len(m[0]):]
		t, err := scimTest(m[1], strings.ToLower(m[2]), m[3]+m[4])
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

func scimTest(path, op, value string) (test, error) {
	holds := map[string]func(order int) bool{
		"eq": func(o int) bool { return o == 0 }, "ne": func(o int) bool { return o != 0 },
		"gt": func(o int) bool { return o > 0 }, "ge": func(o int) bool { return o >= 0 },
		"lt": func(o int) bool { return o < 0 }, "le": func(o int) bool { return o <= 0 },
	}[op]
	if !strings.HasPrefix(path, "meta.") {
		return func(r row) bool {
			return holds(strings.Compare(strings.ToLower(r.record.Text(path)), strings.ToLower(value)))
		}, nil
	}
	bound, err := instant(value)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return func(r row) bool {
		at, err := instant(r.record.Text(path))
		return err == nil && holds(at.Compare(bound))
	}, nil
}

// patched applies the operations of a SCIM patch.
func (c *Call) patched(before, given collection.Record) (collection.Record, error) {
	operations, _ := given.Value("Operations").(collection.List)
	if len(operations) == 0 {
		return nil, fmt.Errorf(`the body has no Operations; use {"Operations": [{"op": "replace", "path": "title", "value": "Analyst"}]}`)
	}
	after := before
	for i, value := range operations {
		operation, _ := value.(collection.Record)
		next, err := c.patch(after, operation)
		if err != nil {
			return nil, fmt.Errorf("operation %d: %w", i+1, err)
		}
		after = next
	}
	return after, nil
}

func (c *Call) patch(before, operation collection.Record) (collection.Record, error) {
	op, path, value := strings.ToLower(operation.Text("op")), operation.Text("path"), operation.Value("value")
	switch {
	case op != "add" && op != "replace" && op != "remove":
		return nil, fmt.Errorf("op is %q; use add, replace or remove", op)
	case op == "remove":
		value = nil
	case path == "":
		members, ok := value.(collection.Record)
		if !ok {
			return nil, fmt.Errorf("without a path the value must be an object")
		}
		return c.merged(before, members)
	}
	name, _, deeper := strings.Cut(path, ".")
	if !before.Has(name) || slices.Contains(append(c.Kind.Fixed, c.Kind.ID), name) {
		return nil, fmt.Errorf("the path %q cannot be changed", path)
	}
	if !deeper {
		return c.merged(before, collection.Record{member(name, value)})
	}
	return before.With(path, value), nil
}
