package audit

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"turnstone"
	"turnstone/internal/concursim"
)

// Change is one change that a receiver got.
type Change struct {
	NotificationID string          `json:"notificationId"`
	Op             turnstone.Op    `json:"op"`
	ObjectID       string          `json:"objectId"`
	Record         json.RawMessage `json:"record"`
	At             time.Time       `json:"at"`
}

// Key names the change: a change that is posted again has the same key, and no
// other change has it.
func (c Change) Key() string { return c.NotificationID + " " + c.ObjectID }

// Expectation says what had to arrive.
type Expectation struct {
	// Since is when polling was enabled. What was committed before is no news.
	Since time.Time
	// Shown is how long the vendor must have shown a version for it to count: one
	// interval and the time a poll takes.
	Shown time.Duration
	// Until is when polling ended. What the vendor showed for less than Shown by
	// then is not owed. If it is zero the comparison has waited for everything:
	// what the vendor still shows counts always.
	Until time.Time
	// Reads are the times in which the vendor was read from end to end, where somebody
	// took note of them. Then they decide in place of Shown: a version counts if the
	// vendor showed it throughout one of them.
	Reads []turnstone.Span
	// Whole is how long an object must have been gone, or must have been what it is
	// without a new date, for that to count: what it takes to read everything and to
	// make sure. If it is zero nobody looks: it may arrive, and is not owed.
	Whole time.Duration
	// Edge is how far from Since a commit may lie for nobody to be able to tell on
	// which side it was: the fineness of the vendor's timestamps.
	Edge time.Duration
}

// Compare compares the truth with what was received, in the order of arrival.
func Compare(truth []concursim.Version, got []Change, e Expectation) Report {
	objects := index(truth)
	r := Report{}
	posted := make(map[string]bool)
	for _, c := range got {
		if posted[c.Key()] {
			r.Repeats++
			continue
		}
		posted[c.Key()] = true
		r.Changes++
		r.arrived(objects[c.ObjectID], c, e)
	}
	for _, id := range slices.Sorted(maps.Keys(objects)) {
		r.owed(id, objects[id], e)
	}
	return r
}

// arrived judges one change.
func (r *Report) arrived(o *object, c Change, e Expectation) {
	if o == nil {
		r.Invented = append(r.Invented, fmt.Sprintf("%s: the vendor has no such object (event %s)", c.ObjectID, c.NotificationID))
		return
	}
	o.changes++
	at, ok := o.about(c)
	if !ok {
		r.unfounded(c)
		return
	}
	v := o.versions[at]
	if earlier, twice := o.received[at]; twice {
		r.Invented = append(r.Invented, fmt.Sprintf("%s: %s came with event %s and again with %s", c.ObjectID, name(v), earlier, c.NotificationID))
	}
	if at < o.last {
		r.Disorder = append(r.Disorder, fmt.Sprintf("%s: %s came after %s (event %s)", c.ObjectID, name(v), name(o.versions[o.last]), c.NotificationID))
	}
	if want, sure := o.op(at, e); sure && c.Op != want {
		r.Wrong = append(r.Wrong, fmt.Sprintf("%s: %s came as %s, not %s (event %s)", c.ObjectID, name(v), c.Op, want, c.NotificationID))
	}
	if v.CommittedAt.Add(e.Edge).Before(e.Since) {
		r.Invented = append(r.Invented, fmt.Sprintf("%s: %s is from before polling was enabled (event %s)", c.ObjectID, name(v), c.NotificationID))
	}
	o.received[at], o.last, o.gone = c.NotificationID, max(o.last, at), c.Op == turnstone.Deleted
}

// unfounded notes a change that is about no version.
func (r *Report) unfounded(c Change) {
	what := "no version ever had the content of event %s"
	if c.Op == turnstone.Deleted {
		what = "the vendor had not deleted it when event %s said so"
	}
	r.Invented = append(r.Invented, c.ObjectID+": "+fmt.Sprintf(what, c.NotificationID))
}

// owed counts the versions of an object that had to arrive, and names those that
// did not.
func (r *Report) owed(id string, o *object, e Expectation) {
	for i, v := range o.versions {
		if !v.CommittedAt.After(e.Since) {
			continue
		}
		r.Versions++
		switch known := o.known(i); {
		case o.due(i, e):
			r.Expected++
			if !known {
				r.Missed = append(r.Missed, fmt.Sprintf("%s: %s of %s, shown from %s", id, name(v), v.LastModified, v.VisibleAt.Format(time.RFC3339Nano)))
			}
		case !known && v.ShownUntil.IsZero() && o.sought(i, e):
			r.Pending++
		}
	}
}
