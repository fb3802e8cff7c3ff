package collection

import (
	"slices"
	"time"

	"turnstone/internal/concursim/expense"
)

// Object is the thread of the versions of one object.
type Object struct {
	ID       string
	place    int // in the order of creation
	versions []*Version
}

// Place returns the place of the object in the order of creation.
func (o *Object) Place() int { return o.place }

func (o *Object) latest() *Version { return o.versions[len(o.versions)-1] }

// Shown returns the version that a client sees at now, or nil if it sees none.
func (o *Object) Shown(now time.Time) *Version {
	for _, v := range slices.Backward(o.versions) {
		if v.VisibleAt.After(now) {
			continue
		}
		if v.Deleted {
			return nil
		}
		return v
	}
	return nil
}

// Version is what an object said from one commit to the next.
type Version struct {
	Sequence int // among the versions of all objects and companies, from 1
	Company  int
	Kind     *Kind
	Object   *Object
	Number   int // among the versions of the object, from 1
	// Record is what the object says. The last version of one that is gone repeats
	// what it said before.
	Record  Record
	Deleted bool
	// Modified is the vendor's stamp.
	Modified    time.Time
	CommittedAt time.Time
	VisibleAt   time.Time
}

func (v *Version) before() *Version {
	if v.Number == 1 {
		return nil
	}
	return v.Object.versions[v.Number-2]
}

// Change tells whether v created its object, updated or deleted it.
func (v *Version) Change() expense.Kind {
	before := v.before()
	switch {
	case v.Deleted:
		return expense.Deleted
	case before == nil || before.Deleted:
		return expense.Created
	}
	return expense.Updated
}

// Before returns the record of the version before; nil if there is none.
func (v *Version) Before() Record {
	if before := v.before(); before != nil {
		return before.Record
	}
	return nil
}

// ShownUntil returns when a later version became visible; zero as long as none has
// been committed.
func (v *Version) ShownUntil() time.Time {
	var until time.Time
	for _, later := range v.Object.versions[v.Number:] {
		if until.IsZero() || later.VisibleAt.Before(until) {
			until = later.VisibleAt
		}
	}
	return until
}

// Changed names the members in which v differs from the version before it, except
// the date of its modification.
func (v *Version) Changed() []string {
	before := v.before()
	if before == nil || v.Deleted {
		return nil
	}
	var names []string
	for _, m := range v.Record {
		if m.Name != v.Kind.Modified && !same(m.Value, before.Record.Value(m.Name)) {
			names = append(names, m.Name)
		}
	}
	return names
}
