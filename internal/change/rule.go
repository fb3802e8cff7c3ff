package change

import (
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
	// Since is when polling was enabled, by the vendor's clock: what happened
	// before it is no news.
	Since time.Time
	// From is the lower bound of the window that the vendor was asked for; zero
	// when it was not asked for one.
	From time.Time
	// Until is a moment by the vendor's clock when the page had surely come. A
	// known version that is dated later has a date that proves nothing.
	Until time.Time
	// Baseline says that this is the first reading of a resource that is always
	// read whole: what has no date was there before.
	Baseline bool
}

// Date says where a record holds a date and how to read it.
type Date struct {
	Field string // path; empty: the resource has no such date
	// Parse returns the date in text, and the fineness to which it is known.
	Parse func(text string) (at time.Time, fineness time.Duration, err error)
}

// Reason says why a record became a change, or did not.
type Reason string

// The reasons for a verdict.
const (
	ReasonNew     Reason = "the object is new"
	ReasonSeen    Reason = "the object was not known, and is older than its polling"
	ReasonDiffers Reason = "its content differs from the known version"
	ReasonSame    Reason = "its content is the known version"
	ReasonEarlier Reason = "it was last changed before polling was enabled"
	ReasonThere   Reason = "it has no date, and was there when the resource was first read"
	ReasonStale   Reason = "it is older than the known version"
	ReasonTwin    Reason = "its page shows the known version too, under the same date"
)

// compare judges a version of an object that is known.
func (r Rule) compare(v, known turnstone.Version) (turnstone.Op, Reason) {
	switch {
	case v.Fingerprint == known.Fingerprint:
		return "", ReasonSame
	case !v.Updated.IsZero() && v.Updated.Before(known.Updated) && !known.Updated.After(r.Until):
		// A replica that lags shows versions we have passed. Reporting them, and
		// then the newer one again, would tell one change three times. But after a
		// date from the future, every true one looks older.
		return "", ReasonStale
	}
	return turnstone.Updated, ReasonDiffers
}

// first judges an object that was never seen.
func (r Rule) first(o Object) Verdict {
	v := Verdict{Object: o, Learn: true}
	switch {
	case r.earlier(o):
		v.Reason = ReasonEarlier
		// What a vendor lists in spite of the window may be its whole history:
		// not worth a row each, since its dates alone keep it silent.
		v.Learn = !r.outside(o)
	case r.recent(o.Version.Created, o.createdFineness):
		v.Op, v.Reason = turnstone.Created, ReasonNew
	case r.Baseline && o.Version.Updated.IsZero():
		v.Reason = ReasonThere
	case r.undated():
		v.Op, v.Reason = turnstone.Created, ReasonNew
	default:
		v.Op, v.Reason = turnstone.Updated, ReasonSeen
	}
	return v
}

// earlier reports whether the object was surely last changed before polling was
// enabled. A created date that is known to the day says less than an updated one
// that is known to the second.
func (r Rule) earlier(o Object) bool {
	return !o.Version.Updated.IsZero() && !r.recent(o.Version.Updated, o.updatedFineness) &&
		!o.Version.Created.After(r.Since)
}

// undated reports whether the resource has no dates at all.
func (r Rule) undated() bool { return r.Updated.Field == "" && r.Created.Field == "" }

// recent reports whether at is known and may lie after polling was enabled. A
// date that is known to the second may stand for the end of that second.
func (r Rule) recent(at time.Time, fineness time.Duration) bool {
	return !at.IsZero() && at.Add(fineness).After(r.Since)
}

// outside reports whether the object lies wholly before the window.
func (r Rule) outside(o Object) bool {
	return !r.From.IsZero() && !o.Version.Updated.IsZero() &&
		!o.Version.Updated.Add(o.updatedFineness).After(r.From)
}

// Outside counts the objects that lie wholly before the window: a vendor that
// lists any has ignored the filter.
func (r Rule) Outside(verdicts []Verdict) int {
	if r.From.IsZero() {
		return 0
	}
	rd, n := newReader(r), 0
	for _, v := range verdicts {
		o := v.Object
		if !o.read && !o.Version.Updated.After(r.From) {
			rd.dates(&o) // their fineness is not kept with the version
		}
		if r.outside(o) {
			n++
		}
	}
	return n
}
