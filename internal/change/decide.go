package change

import "turnstone"

// first judges an object that was never seen.
func (r Rule) first(o Object) (turnstone.Op, turnstone.Reason) {
	switch {
	case r.later(o):
		return "", turnstone.ReasonLater
	case o.Version.Gone:
		return "", turnstone.ReasonMarked
	case r.earlier(o):
		return "", turnstone.ReasonEarlier
	case r.left(o):
		return "", turnstone.ReasonOutside
	case r.there(o):
		return "", turnstone.ReasonThere
	}
	if op := r.op(o, r.fresh(o)); op == turnstone.Updated {
		return op, turnstone.ReasonSeen
	}
	return turnstone.Created, turnstone.ReasonNew
}

// there reports whether the object was there when the resource was first read, and
// has no date that says more.
func (r Rule) there(o Object) bool {
	return r.Baseline && (r.IgnoreUpdated || o.Version.Updated.IsZero()) &&
		!r.recent(o.Version.Created, o.CreatedFineness)
}

// fresh returns the type of a change of an object that was never seen.
func (r Rule) fresh(o Object) turnstone.Op {
	// Where the updated date does not count, an object whose created date lies
	// before is no news: what is left has none.
	if r.recent(o.Version.Created, o.CreatedFineness) || r.undated() || r.IgnoreUpdated || r.Since.IsZero() {
		return turnstone.Created
	}
	return turnstone.Updated
}

// undated reports whether the resource has no dates at all.
func (r Rule) undated() bool { return r.Updated.Field == "" && r.Created.Field == "" }

// learns reports whether an object that was never seen is to be known from now on.
// What a vendor lists in spite of the window may be its whole history: not worth a
// row each, where the updated date alone keeps it silent.
func (r Rule) learns(v Verdict) bool {
	switch v.Reason {
	case turnstone.ReasonLater, turnstone.ReasonOutside:
		return false
	case turnstone.ReasonEarlier, turnstone.ReasonMarked:
		return r.IgnoreUpdated || !r.outside(v.Object)
	}
	return true
}

// compare judges a version of an object that is known.
func (r Rule) compare(o Object, known turnstone.Version, mapping uint32) (turnstone.Op, turnstone.Reason) {
	// Dates and fingerprints that another rule made are not compared.
	mapped := known.Mapping == mapping || known.Mapping == 0
	switch v := o.Version; {
	case equal(v, known):
		return "", turnstone.ReasonSame
	case alike(v, known):
		return "", turnstone.ReasonMapping
	case r.later(o):
		return "", turnstone.ReasonLater
	case mapped && r.stale(o, known):
		return "", turnstone.ReasonStale
	case r.Lag.covers(v, known):
		return "", turnstone.ReasonLagging
	case v.Gone, known.Gone:
		return marked(v, known)
	case r.left(o):
		return "", turnstone.ReasonOutside
	case !mapped && sameDate(v, known):
		return "", turnstone.ReasonMapping
	}
	return r.op(o, turnstone.Updated), turnstone.ReasonDiffers
}

// sameDate reports whether two versions are dated, and alike.
func sameDate(v, known turnstone.Version) bool {
	return !v.Updated.IsZero() && v.Updated.Equal(known.Updated)
}

// alike reports whether two versions are the same record, byte for byte.
func alike(v, known turnstone.Version) bool { return v.Exact == known.Exact && v.Gone == known.Gone }

// equal reports whether two versions of an object say the same.
func equal(v, known turnstone.Version) bool {
	return v.Fingerprint == known.Fingerprint && v.Gone == known.Gone
}

// marked judges an object that is deleted now, or was when it was seen last.
func marked(v, known turnstone.Version) (turnstone.Op, turnstone.Reason) {
	switch {
	case !v.Gone:
		return turnstone.Created, turnstone.ReasonBack
	case known.Gone:
		return "", turnstone.ReasonMarked
	}
	return turnstone.Deleted, turnstone.ReasonMarked
}

// again returns the type under which an object is told again that is no change. An
// object that was never told of is not told to be deleted.
func (r Rule) again(o Object, known bool) turnstone.Op {
	switch {
	case r.outside(o), o.Version.Gone && !known:
		return ""
	case o.Version.Gone:
		return turnstone.Deleted
	case r.recent(o.Version.Created, o.CreatedFineness):
		return r.op(o, turnstone.Created)
	}
	return r.op(o, turnstone.Updated)
}

// op returns the type of a change: what the dates say if they decide, or else the
// given one.
func (r Rule) op(o Object, otherwise turnstone.Op) turnstone.Op {
	v := o.Version
	switch {
	case !r.DatesDecide, v.Updated.IsZero(), v.Created.IsZero():
		return otherwise
	case v.Updated.Sub(v.Created).Abs() <= r.Tolerance:
		return turnstone.Created
	}
	return turnstone.Updated
}
