package expense

import (
	"sync/atomic"
	"time"
)

// Version is what a report said from one commit to the next.
type Version struct {
	Company  int
	Report   *Report
	Sequence int // among the versions of all companies, from 1
	Number   int // among the versions of the report, from 1
	State    State

	CommittedAt time.Time
	VisibleAt   time.Time
	// ShownUntil is when a later version became visible; zero as long as none
	// has been committed. It may still change while VisibleAt lies in the future.
	ShownUntil time.Time

	style stampStyle
	prev  *Version
	cache atomic.Pointer[rendered] // only while v is the newest of its report
}

// Before returns the version before v, or nil.
func (v *Version) Before() *Version { return v.prev }

// Kind tells whether v created its report, updated or deleted it. A report that is
// restored is created again.
func (v *Version) Kind() Kind {
	switch {
	case v.State.Deleted:
		return Deleted
	case v.prev == nil || v.prev.State.Deleted:
		return Created
	}
	return Updated
}

// Quiet tells whether v changed its report without a new LastModifiedDate.
func (v *Version) Quiet() bool {
	return v.prev != nil && v.prev.State.Modified.Equal(v.State.Modified) && !v.State.Deleted && !v.prev.State.Deleted
}

// LastModified returns the stamp of the version as the vendor spells it.
func (v *Version) LastModified() string { return v.style.format(v.State.Modified) }

// supersede ends the time of the versions before v where v ends it. It stops at
// the first whose time had ended earlier, because then so had all before.
func (v *Version) supersede() {
	for p := v.prev; p != nil; p = p.prev {
		if !p.ShownUntil.IsZero() && !p.ShownUntil.After(v.VisibleAt) {
			return
		}
		p.ShownUntil = v.VisibleAt
	}
}
