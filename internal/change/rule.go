package change

import (
	"hash/fnv"
	"slices"
	"strconv"
	"time"

	"turnstone"
)

// Rule is how the records of one resource are read and judged.
type Rule struct {
	// IDField is the path of a record's id.
	IDField string
	// Updated and Created are the record's dates.
	Updated, Created Date
	// Ignore holds paths whose content does not make a new version.
	Ignore []string
	// Mark tells the records of deleted objects.
	Mark Mark
	// Since is when polling was enabled, by the vendor's clock: what happened
	// before it is no news. If it is zero everything is.
	Since time.Time
	// From is the lower bound of the window that the vendor was asked for; zero
	// when it was not asked for one.
	From time.Time
	// Before is when the sweep began, for a resource whose later changes are left
	// to the next; zero: none are.
	Before time.Time
	// Until is a moment by the vendor's clock when the page had surely come. A
	// date after it proves nothing.
	Until time.Time
	// Baseline says that this is the first reading of a resource that is always
	// read whole: what has no date was there before.
	Baseline bool
	// IgnoreUpdated says that an updated date does not tell what is no news; the
	// created date does.
	IgnoreUpdated bool
	// DatesDecide says that a change is CREATED exactly if its dates lie no more
	// than Tolerance apart, and that what lies before the window is no change,
	// unless IgnoreUpdated says otherwise.
	DatesDecide bool
	Tolerance   time.Duration
	// Lag tells what a list shows for lack of news from what is there.
	Lag Lag
	// Again says that somebody asked for what lies in the window to be told again.
	Again bool
}

// Lag is how far a vendor's list may lag behind what the vendor tells by webhook. The
// zero Lag does not.
type Lag struct {
	// Since is by our clock: deletions that were told before it show in the list.
	Since time.Time
	// Ahead is how far the vendor's clock is ahead of ours.
	Ahead time.Duration
}

// covers reports whether a list may show a version only because it has not heard yet that
// its object was deleted: it was told so a moment ago, and this is what was known of it, or
// is dated no later.
func (l Lag) covers(v, known turnstone.Version) bool {
	switch {
	case l.Since.IsZero() || known.ToldGone.Before(l.Since) || v.Gone:
		return false
	case v.Fingerprint == known.Fingerprint:
		return true
	case v.Updated.IsZero():
		return known.Tombstone()
	}
	return !v.Updated.After(known.ToldGone.Add(l.Ahead))
}

// Date says where a record holds a date and how to read it.
type Date struct {
	Field string // path; empty: the resource has no such date
	// Spelling identifies how Parse reads, such as its pattern and zone: dates
	// that were read in another way are not compared.
	Spelling string
	// Parse returns the date in text, and the fineness to which it is known.
	Parse func(text string) (at time.Time, fineness time.Duration, err error)
}

// Mark says how a vendor marks the records of objects that were deleted. The zero
// Mark marks none.
type Mark struct {
	Field  string   // path
	Values []string // that mean deleted, such as "true"
}

// mapping identifies the part of the rule that decides what a Version says: those
// made under different ones differ where records may not. It is never zero.
func (r Rule) mapping() uint32 {
	text := make([]byte, 0, 256)
	for _, list := range [][]string{
		{r.IDField, r.Updated.Field, r.Updated.Spelling, r.Created.Field, r.Created.Spelling, r.Mark.Field},
		slices.Sorted(slices.Values(r.Mark.Values)),
		slices.Sorted(slices.Values(r.Ignore)),
	} {
		for _, part := range list {
			text = strconv.AppendQuote(text, part)
		}
		text = append(text, '\n')
	}
	h := fnv.New32a()
	_, _ = h.Write(text) // never fails
	return max(h.Sum32(), 1)
}
