package endpoint

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"turnstone/internal/concursim/collection"
	"turnstone/internal/concursim/expense"
	"turnstone/internal/concursim/fault"
	"turnstone/internal/concursim/reply"
)

// listV3 answers as API v3 does: with NextPage and an opaque offset.
func listV3(c *Call) reply.Reply {
	query := c.Request.URL.Query()
	tests, refusal := c.tests(query)
	if refusal != nil {
		return *refusal
	}
	limit, err := c.limit(query, "limit")
	if err != nil {
		return *c.invalid("", err)
	}
	rows, err := c.sorted(c.rows(tests), query)
	if err != nil {
		return *c.invalid("", err)
	}
	from, err := c.start(rows, query.Get("offset"))
	if err != nil {
		return *c.invalid("", err)
	}
	if c.Switches.ShortPages {
		limit = max(1, limit/2)
	}
	until := min(from+limit, len(rows))
	next := c.nextPage(rows, from, until)
	page := c.gapped(rows[from:until])
	a := reply.Reply{Status: 200, Type: reply.XMLType}
	if reply.WantsJSON(c.Request) {
		a.Type, a.Body = reply.JSONType, c.pageJSON(page, next, len(rows))
	} else {
		a.Body = c.pageXML(page, next)
	}
	return c.listed(a)
}

// limit reads the size of a page.
func (c *Call) limit(query url.Values, param string) (int, error) {
	text := query.Get(param)
	if text == "" {
		return c.Kind.Limit, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%s is %q; use a number from 1 to %d", param, text, c.Kind.MaxLimit)
	}
	if n > c.Kind.MaxLimit && (c.Kind.Strict || c.Switches.OverLimit == "reject") {
		return 0, fmt.Errorf("Limit must be less than or equal to %d", c.Kind.MaxLimit) //nolint:staticcheck // the vendor's own words
	}
	return min(n, c.Kind.MaxLimit), nil
}

// sorted puts the rows in the order that was asked for, of a kind that can be sorted.
func (c *Call) sorted(rows []row, query url.Values) ([]row, error) {
	by := c.Kind.SortBy
	if by == "" {
		return rows, nil
	}
	if asked := query.Get("sortBy"); asked != "" {
		by = asked
	}
	if len(rows) > 0 && !rows[0].record.Has(by) {
		return nil, fmt.Errorf("sortBy is %q, which is no field of a %s", by, c.Kind.Thing)
	}
	descending := strings.HasPrefix(strings.ToLower(query.Get("sortDirection")), "desc")
	slices.SortStableFunc(rows, func(a, b row) int {
		order := strings.Compare(strings.ToLower(a.record.Text(by)), strings.ToLower(b.record.Text(by)))
		if descending {
			return -order
		}
		return order
	})
	return rows, nil
}

// counts tells whether pages are found by counting.
func (c *Call) counts() bool { return c.Kind.SortBy != "" || c.Switches.Paging == "count" }

// start returns the index of the first row of the page that an offset stands for.
func (c *Call) start(rows []row, offset string) (int, error) {
	if offset == "" {
		return 0, nil
	}
	if c.counts() {
		n, err := strconv.Atoi(offset)
		if err != nil || n < 0 {
			return 0, fmt.Errorf("offset %q is not valid; take it from NextPage", offset)
		}
		return min(n, len(rows)), nil
	}
	o, err := expense.ParseOffset(offset)
	if err != nil {
		return 0, err
	}
	if o.Company != uint64(c.Company.Number) {
		return 0, fmt.Errorf("offset %q is not valid for this company; take it from NextPage", offset)
	}
	for i, r := range rows {
		if uint64(r.version.Object.Place()) > o.Place {
			return i, nil
		}
	}
	return len(rows), nil
}

// nextPage is the address of the page behind the rows up to until, or "" if they are
// the last.
func (c *Call) nextPage(rows []row, from, until int) string {
	offset := c.Request.URL.Query().Get("offset")
	repeats := c.Switches.NextPageRepeats && offset != ""
	if until >= len(rows) && !repeats {
		return ""
	}
	if !repeats {
		if c.Switches.OverlapPages && until-from > 1 {
			until--
		}
		offset = strconv.Itoa(until)
		if !c.counts() {
			offset = expense.Offset{Company: uint64(c.Company.Number), Place: uint64(rows[until-1].version.Object.Place())}.String()
		}
	}
	return NextPage(c.Base, c.Request.URL, offset, c.Switches)
}

// NextPage is the address of the page at an offset: the query as it came, with the
// offset moved to its end, on the host that the switches name.
func NextPage(base string, asked *url.URL, offset string, sw fault.Switches) string {
	kept := slices.DeleteFunc(strings.Split(asked.RawQuery, "&"), func(pair string) bool {
		return pair == "" || strings.HasPrefix(pair, "offset=")
	})
	// Concur leaves the $ of its keys as it is.
	kept = append(kept, "offset="+strings.ReplaceAll(url.QueryEscape(offset), "%24", "$"))
	return nextPageBase(base, sw) + asked.Path + "?" + strings.Join(kept, "&")
}

func nextPageBase(own string, sw fault.Switches) string {
	switch sw.NextPageHost {
	case "legacy":
		return "https://www.concursolutions.com"
	case "http":
		return strings.Replace(own, "https://", "http://", 1)
	case "foreign":
		return "https://concur.attacker.test"
	default:
		return own
	}
}

func (c *Call) pageJSON(rows []row, next string, total int) []byte {
	items := c.Kind.Items
	if items == "" {
		items = "Items"
	}
	page := collection.Record{{Name: items, Value: c.records(rows)}}
	if c.Kind.Count {
		page = append(page, collection.Member{Name: "TotalCount", Value: collection.Number(strconv.Itoa(total))})
	}
	switch {
	case next != "" || c.Switches.NextPageEnd == "empty":
		page = append(page, collection.Member{Name: "NextPage", Value: next})
	case c.Switches.NextPageEnd == "null":
		page = append(page, collection.Member{Name: "NextPage"})
	}
	if items == "Vendor" {
		page = append(page, collection.Member{Name: "RequestRunSummary"})
	}
	return page.AppendJSON(nil, c.Base)
}

func (c *Call) pageXML(rows []row, next string) []byte {
	var b bytes.Buffer
	expense.Element(&b, c.Kind.Root, expense.Namespaces, func() {
		expense.Element(&b, "Items", "", func() {
			for _, r := range rows {
				r.record.AppendXML(&b, c.Kind.Item, "", c.Base)
			}
		})
		switch {
		case next != "" || c.Switches.NextPageEnd == "empty":
			expense.Text(&b, "NextPage", next)
		case c.Switches.NextPageEnd == "null":
			expense.Optional(&b, "NextPage", "")
		}
	})
	return b.Bytes()
}
