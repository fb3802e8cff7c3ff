package change

import (
	"time"

	"turnstone"
)

// earlier reports whether the object was surely last changed before polling was
// enabled. A created date that is known to the day says less than an updated one
// that is known to the second.
func (r Rule) earlier(o Object) bool {
	v := o.Version
	if r.IgnoreUpdated {
		return !v.Created.IsZero() && !r.recent(v.Created, o.CreatedFineness)
	}
	return !v.Updated.IsZero() && !r.recent(v.Updated, o.UpdatedFineness) && !v.Created.After(r.Since)
}

// recent reports whether at is known and may lie after polling was enabled. A
// date that is known to the second may stand for the end of that second.
func (r Rule) recent(at time.Time, fineness time.Duration) bool {
	return !at.IsZero() && at.Add(fineness).After(r.Since)
}

// later reports whether the object was changed after the sweep began, and is left
// to the next. One with a date from the future is not: it would be left until then.
func (r Rule) later(o Object) bool {
	updated := o.Version.Updated
	return !r.Before.IsZero() && updated.After(r.Before) && !updated.After(r.Until)
}

// stale reports whether a version is surely older than the known one. A replica
// that lags shows versions we have passed: reporting them, and then the newer one
// again, would tell one change three times. But after a date from the future every
// true one looks older.
func (r Rule) stale(o Object, known turnstone.Version) bool {
	updated := o.Version.Updated
	return !updated.IsZero() && updated.Before(known.Updated) &&
		!updated.Add(o.UpdatedFineness).After(known.Updated) && !known.Updated.After(r.Until)
}

// left reports whether the object lies before the window, and such are left out.
func (r Rule) left(o Object) bool { return r.DatesDecide && !r.IgnoreUpdated && r.outside(o) }

// outside reports whether the object lies wholly before the window.
func (r Rule) outside(o Object) bool {
	return !r.From.IsZero() && !o.Version.Updated.IsZero() &&
		!o.Version.Updated.Add(o.UpdatedFineness).After(r.From)
}

// Outside counts the objects that lie wholly before the window: a vendor that
// lists any has ignored the filter.
func (r Rule) Outside(verdicts []Verdict) int {
	_, outside := r.dated(verdicts)
	return outside
}

// Passed reports whether a list that is sorted newest first has been read as far as
// the window goes: there are dated objects among those of the page, and all of them
// lie wholly before it.
func (r Rule) Passed(verdicts []Verdict) bool {
	dated, outside := r.dated(verdicts)
	return dated > 0 && outside == dated
}

// dated counts the objects that have an updated date, and those that lie wholly
// before the window.
func (r Rule) dated(verdicts []Verdict) (dated, outside int) {
	if r.From.IsZero() {
		return 0, 0
	}
	rd := newReader(r)
	for i := range verdicts {
		o := verdicts[i].Object
		if !o.read && !o.Version.Updated.IsZero() && !o.Version.Updated.After(r.From) {
			rd.dates(&o) // their fineness is not kept with the version
		}
		if !o.Version.Updated.IsZero() {
			dated++
		}
		if r.outside(o) {
			outside++
		}
	}
	return dated, outside
}
