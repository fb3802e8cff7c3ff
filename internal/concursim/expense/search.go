package expense

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Order is the order of a list.
type Order int

// Lists are in the order of creation, of ids, or of modification with the newest
// first.
const (
	ByCreation Order = iota
	ByID
	NewestFirst
)

// Search asks for one page of a list.
type Search struct {
	Limit int
	Order Order
	After *Report // the last report of the page before; nil on the first page
	// Skip is how many reports to pass over, for a list that is paged by counting.
	Skip int
	// Since, unless zero, is a lower bound of Modified that follows from Matches.
	// It makes the search fast.
	Since   time.Time
	Matches func(*State) bool
}

// Page is what a search found.
type Page struct {
	Versions []*Version
	More     bool
}

// scanBudget is how many entries of the order of modification are looked at
// before it is cheaper to walk through the reports in the order of the list.
const scanBudget = 5_000

// Find returns the page of the versions shown at now. With After it goes by a key,
// not by counting, so that no report changes its place while somebody turns the
// pages; with Skip, and with NewestFirst, they do.
func (c *Company) Find(s Search, now time.Time) Page {
	if s.Order == NewestFirst {
		return c.newest(s, now)
	}
	var p Page
	skip := s.Skip
	for _, r := range c.candidates(s) {
		v := r.Shown(now)
		if v == nil || !s.Matches(&v.State) {
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		if len(p.Versions) == s.Limit {
			p.More = true
			break
		}
		p.Versions = append(p.Versions, v)
	}
	return p
}

// newest returns the page of a list whose newest stand first.
func (c *Company) newest(s Search, now time.Time) Page {
	var found []*Version
	for _, r := range c.created {
		if v := r.Shown(now); v != nil && s.Matches(&v.State) {
			found = append(found, v)
		}
	}
	slices.SortStableFunc(found, func(a, b *Version) int { return b.State.Modified.Compare(a.State.Modified) })
	from := min(s.Skip, len(found))
	until := min(from+s.Limit, len(found))
	return Page{Versions: found[from:until], More: until < len(found)}
}

// candidates returns, in the order of the list, reports behind the page before
// among which are all that match.
func (c *Company) candidates(s Search) []*Report {
	all, compare := c.created, func(a, b *Report) int { return cmp.Compare(a.seq, b.seq) }
	if s.Order == ByID {
		all, compare = c.byID, func(a, b *Report) int { return strings.Compare(a.ID, b.ID) }
	}
	if recent, few := c.modifiedSince(s.Since); few {
		slices.SortFunc(recent, compare)
		all = recent
	}
	if s.After == nil {
		return all
	}
	at, known := slices.BinarySearchFunc(all, s.After, compare)
	if known {
		at++
	}
	return all[at:]
}

// modifiedSince returns the reports modified at or after since, unless there
// is no bound or they are too many to sort for each page.
func (c *Company) modifiedSince(since time.Time) ([]*Report, bool) {
	if since.IsZero() {
		return nil, false
	}
	from := c.place(since.UnixNano())
	if len(c.recent)-from > scanBudget {
		return nil, false
	}
	var found []*Report
	for _, e := range c.recent[from:] {
		if !e.stale() {
			found = append(found, e.version.Report)
		}
	}
	return found, true
}

// place returns where in the order of modification the entries begin that are
// not older than stamped.
func (c *Company) place(stamped int64) int {
	at, _ := slices.BinarySearchFunc(c.recent, stamped, func(e recent, stamped int64) int {
		if e.stamped < stamped {
			return -1
		}
		return 1
	})
	return at
}

// Place returns the place of the report in the order of creation.
func (r *Report) Place() uint64 { return uint64(r.seq) }

// At returns the report at a place in the order of creation, or nil.
func (c *Company) At(place uint64) *Report {
	if place >= uint64(len(c.created)) {
		return nil
	}
	return c.created[place]
}
