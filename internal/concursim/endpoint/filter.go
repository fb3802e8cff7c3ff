package endpoint

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"turnstone/internal/concursim/collection"
	"turnstone/internal/concursim/reply"
)

// row is a version as a list shows it.
type row struct {
	version *collection.Version
	record  collection.Record
}

// test tells whether a list shows a row.
type test func(row) bool

// instantLayouts are the spellings of moments that Concur's services show and take.
// Fractions of a second are read without standing there.
var instantLayouts = []string{
	time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04:05-0700", time.DateOnly,
}

// instant reads a moment. Without a zone it is in UTC.
func instant(text string) (time.Time, error) {
	for _, layout := range instantLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a date; use yyyy-MM-dd or yyyy-MM-ddTHH:mm:ss", text)
}

// pagingParameters are known to all lists, with or without effect.
var pagingParameters = []string{
	"user", "limit", "offset", "start", "page", "Page", "ItemsPerPage", "includeMetadata", "userid_type", "searchType", "sortBy", "sortDirection",
	"startIndex", "count", "filter", "attributes",
}

// tests reads the parameters that restrict a list.
func (c *Call) tests(query url.Values) ([]test, *reply.Reply) {
	var all []test
	for _, f := range c.Kind.Filters {
		t, err := c.test(f, query)
		if err != nil {
			return nil, c.invalid("invalidDate", err)
		}
		if t != nil {
			all = append(all, t)
		}
	}
	for name := range query {
		known := slices.Contains(pagingParameters, name) ||
			slices.ContainsFunc(c.Kind.Filters, func(f collection.Filter) bool { return f.Param == name })
		if !known && c.Switches.UnknownParameter == "reject" {
			return nil, c.invalid("invalidParameter", fmt.Errorf("the query parameter %s is not known", name))
		}
	}
	own, refusal := c.own(query)
	if refusal != nil {
		return nil, refusal
	}
	return append(all, own...), nil
}

// own restricts a list to what the caller may see, or asked for with user.
func (c *Call) own(query url.Values) ([]test, *reply.Reply) {
	k := c.Kind
	if k.Style == collection.StartLinks && c.User != nil && !c.User.Admin {
		return []test{func(r row) bool { return r.record.Text("owner.id") == c.User.UUID() }}, nil
	}
	if k.Owner == "" {
		return nil, nil
	}
	login, refusal := c.Owner(query.Get("user"))
	if refusal != nil || login == "" {
		return nil, refusal
	}
	return []test{func(r row) bool { return strings.EqualFold(r.record.Text(k.Owner), login) }}, nil
}

// test returns the test of one filter; nil if it restricts nothing.
func (c *Call) test(f collection.Filter, query url.Values) (test, error) {
	value := query.Get(f.Param)
	switch {
	case f.Op == collection.Shows:
		return hiding(f, value), nil
	case value == "" && f.Required:
		return nil, fmt.Errorf("the query parameter %s is required", f.Param)
	case value == "" && f.Default != 0:
		value = c.vendorNow().AddDate(0, 0, f.Default).Format(time.DateOnly)
	case value == "", f.Everybody != "" && strings.EqualFold(value, f.Everybody):
		return nil, nil
	}
	switch f.Op {
	case collection.After, collection.AtLeast, collection.Before, collection.AtMost:
		return c.dated(f, value)
	case collection.View:
		return viewed(f, value)
	default:
		return compared(f, value, query.Get("searchType")), nil
	}
}

// hiding leaves out what is shown on demand only.
func hiding(f collection.Filter, value string) test {
	if strings.EqualFold(value, "true") {
		return nil
	}
	return func(r row) bool { return r.record.Text(f.Member) != f.Hidden }
}

// compared compares text, whatever its case.
func compared(f collection.Filter, value, how string) test {
	wanted := strings.ToLower(value)
	matches := func(have string) bool { return have == wanted }
	switch {
	case f.Op == collection.AnyOf:
		all := strings.Split(wanted, ",")
		matches = func(have string) bool { return slices.Contains(all, have) }
	case f.Op == collection.Contains, f.Op == collection.Search && how == "contains":
		matches = func(have string) bool { return strings.Contains(have, wanted) }
	case f.Op == collection.Search && how == "begins":
		matches = func(have string) bool { return strings.HasPrefix(have, wanted) }
	case f.Op == collection.Search && how == "ends":
		matches = func(have string) bool { return strings.HasSuffix(have, wanted) }
	}
	return func(r row) bool { return matches(strings.ToLower(r.record.Text(f.Member))) }
}

// dated compares moments, or days.
func (c *Call) dated(f collection.Filter, value string) (test, error) {
	bound, err := instant(value)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Param, err)
	}
	lower := f.Op == collection.After || f.Op == collection.AtLeast
	if lower && c.Switches.IgnoreModifiedAfter && strings.Contains(strings.ToLower(f.Param), "modified") {
		return nil, nil
	}
	inclusive := f.Op == collection.AtLeast || f.Op == collection.AtMost
	if f.Days {
		bound = bound.Truncate(24 * time.Hour)
		inclusive = inclusive || c.Switches.DayFilters == "from"
	}
	return func(r row) bool {
		at, known := r.instant(f)
		if !known || at.Equal(bound) {
			return known && inclusive
		}
		return at.After(bound) == lower
	}, nil
}

// instant returns the moment, or the day, that a filter compares; there may be none.
func (r row) instant(f collection.Filter) (time.Time, bool) {
	at := r.version.Modified
	if f.Member != "" {
		var err error
		if at, err = instant(r.record.Text(f.Member)); err != nil {
			return at, false
		}
	}
	if f.Days {
		at = at.Truncate(24 * time.Hour)
	}
	return at, true
}

// views are the statuses of travel requests that go by a name.
var views = map[string][]string{
	"ACTIVE":       {"NOT_SUBMITTED", "SUBMITTED", "SENTBACK", "APPROVED"},
	"NOTSUBMITTED": {"NOT_SUBMITTED", "SENTBACK"},
	"SUBMITTED":    {"SUBMITTED"},
	"APPROVED":     {"APPROVED"},
	"CANCELED":     {"CANCELED"},
}

func viewed(f collection.Filter, value string) (test, error) {
	if value == "ALL" {
		return nil, nil
	}
	statuses := views[value]
	if statuses == nil {
		return nil, fmt.Errorf("%s is %q; use ALL, ACTIVE, NOTSUBMITTED, SUBMITTED, APPROVED or CANCELED", f.Param, value)
	}
	return func(r row) bool { return slices.Contains(statuses, r.record.Text(f.Member)) }, nil
}

// rows returns what a list shows, in its order.
func (c *Call) rows(tests []test) []row {
	at := c.Now
	if c.Luck.Lags(c.Switches) {
		at = at.Add(-time.Duration(c.Switches.ReplicaLag * float64(time.Second)))
	}
	if done := c.Kind.Done; done != nil {
		tests = append(tests, func(r row) bool { return r.record.Value(done.Name) != done.Value })
	}
	var all []row
	for _, v := range c.Book.Shown(c.Company.Number, c.Kind, at) {
		r := row{v, c.Kind.Look(v)}
		if r.record != nil && !slices.ContainsFunc(tests, func(t test) bool { return !t(r) }) {
			all = append(all, r)
		}
	}
	return all
}

// gapped leaves every third row out of an unlucky list.
func (c *Call) gapped(rows []row) []row {
	if !c.Luck.Gap(c.Switches) {
		return rows
	}
	c.Spoil("listGap")
	var kept []row
	for i, r := range rows {
		if i%3 != 0 {
			kept = append(kept, r)
		}
	}
	return kept
}

// records are the rows as a client sees them.
func (c *Call) records(rows []row) collection.List {
	all := collection.List{}
	for _, r := range rows {
		all = append(all, r.record.Without(c.Kind.Hides...))
	}
	return all
}

// listed is the reply to a list, with validators where they are switched on or, as
// in List v4, documented.
func (c *Call) listed(a reply.Reply) reply.Reply {
	if c.Switches.ETags || c.Kind.Style == collection.PageNumber {
		return a.Conditional(c.Request)
	}
	return a
}
