package audit

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"turnstone"
	"turnstone/internal/change"
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
	// Edge is how far from Since a commit may lie for nobody to be able to tell on
	// which side it was: the fineness of the vendor's timestamps.
	Edge time.Duration
}

// Report is the outcome of a comparison. Each entry of its lists names the object
// and says what is wrong.
type Report struct {
	Versions int // in the truth, since polling was enabled
	Expected int // of those, shown long enough to count
	Pending  int // of the others, those still shown that did not arrive: the next poll finds them
	Changes  int // received, repeats not counted
	Repeats  int // posted again under the same notification id: allowed

	Missed   []string // shown long enough and never received
	Invented []string // received, and no version, or a version received before
	Wrong    []string // of the wrong type
	Disorder []string // received after a later version of the same object
}

// OK reports whether nothing is wrong.
func (r Report) OK() bool {
	return len(r.Missed)+len(r.Invented)+len(r.Wrong)+len(r.Disorder) == 0
}

// String returns the counts, and the first few entries of each list.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d versions, %d expected, %d changes received, %d repeats: %d missed, %d invented, %d of the wrong type, %d out of order",
		r.Versions, r.Expected, r.Changes, r.Repeats, len(r.Missed), len(r.Invented), len(r.Wrong), len(r.Disorder))
	for _, list := range [][]string{r.Missed, r.Invented, r.Wrong, r.Disorder} {
		for _, entry := range list[:min(len(list), 5)] {
			b.WriteString("\n  " + entry)
		}
	}
	return b.String()
}

// volatile are the fields of a report that hold the request's own address.
var volatile = []string{"WorkflowActionUrl", "URI"}

// object is everything known of one object. Its versions are by number, each with
// a content of its own: what an edit without effect made is the version before.
type object struct {
	versions []concursim.Version
	contents []turnstone.Fingerprint // by index in versions
	received map[int]string          // by index: the notification id
	last     int                     // the highest index received
	changes  int
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

// index collects the versions of each object.
func index(truth []concursim.Version) map[string]*object {
	objects := make(map[string]*object)
	for _, v := range truth {
		o := objects[v.ReportID]
		if o == nil {
			o = &object{received: make(map[int]string)}
			objects[v.ReportID] = o
		}
		o.add(v)
	}
	return objects
}

// add adds a version. One with the content of the version before prolongs that:
// nobody can tell them apart.
func (o *object) add(v concursim.Version) {
	content := change.Fingerprint(v.Record, volatile...)
	if n := len(o.contents); n > 0 && o.contents[n-1] == content {
		o.versions[n-1].ShownUntil = v.ShownUntil
		return
	}
	o.versions = append(o.versions, v)
	o.contents = append(o.contents, content)
}

// arrived judges one change.
func (r *Report) arrived(o *object, c Change, e Expectation) {
	if o == nil {
		r.Invented = append(r.Invented, fmt.Sprintf("%s: the vendor has no such object (event %s)", c.ObjectID, c.NotificationID))
		return
	}
	o.changes++
	at, ok := o.find(change.Fingerprint(c.Record, volatile...))
	if !ok {
		r.Invented = append(r.Invented, fmt.Sprintf("%s: no version ever had the content of event %s", c.ObjectID, c.NotificationID))
		return
	}
	v := o.versions[at]
	if earlier, twice := o.received[at]; twice {
		r.Invented = append(r.Invented, fmt.Sprintf("%s: version %d came with event %s and again with %s", c.ObjectID, v.Number, earlier, c.NotificationID))
	}
	if at < o.last {
		r.Disorder = append(r.Disorder, fmt.Sprintf("%s: version %d came after version %d (event %s)", c.ObjectID, v.Number, o.versions[o.last].Number, c.NotificationID))
	}
	o.received[at] = c.NotificationID
	o.last = max(o.last, at)
	if want, sure := o.op(e); sure && c.Op != want {
		r.Wrong = append(r.Wrong, fmt.Sprintf("%s: version %d came as %s, not %s (event %s)", c.ObjectID, v.Number, c.Op, want, c.NotificationID))
	}
	if v.CommittedAt.Add(e.Edge).Before(e.Since) {
		r.Invented = append(r.Invented, fmt.Sprintf("%s: version %d is from before polling was enabled (event %s)", c.ObjectID, v.Number, c.NotificationID))
	}
}

// find returns the index of the version that a change with the content is about.
// A content may come back (a flag set, cleared and set again within one
// timestamp): then it is the next such version that has not been received, or
// else the first one that has not, or else the last.
func (o *object) find(content turnstone.Fingerprint) (at int, ok bool) {
	at = -1
	for i, c := range o.contents {
		if c != content {
			continue
		}
		_, had := o.received[i]
		if !had && i >= o.last {
			return i, true
		}
		if _, hadBest := o.received[at]; at < 0 || hadBest {
			at = i
		}
	}
	return at, at >= 0
}

// op returns the type that the change received last had to have, and whether that
// can be told: CREATED for the first of an object created since.
func (o *object) op(e Expectation) (turnstone.Op, bool) {
	first := o.versions[0]
	if o.changes > 1 {
		return turnstone.Updated, true
	}
	if first.CommittedAt.Sub(e.Since).Abs() <= e.Edge {
		return "", false
	}
	if first.Kind == concursim.Created && first.CommittedAt.After(e.Since) {
		return turnstone.Created, true
	}
	return turnstone.Updated, true
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
		case e.due(v):
			r.Expected++
			if !known {
				r.Missed = append(r.Missed, fmt.Sprintf("%s: version %d of %s, shown from %s", id, v.Number, v.LastModified, v.VisibleAt.Format(time.RFC3339Nano)))
			}
		case !known && v.ShownUntil.IsZero():
			r.Pending++
		}
	}
}

// due reports whether a version committed since polling was enabled had to
// arrive.
func (e Expectation) due(v concursim.Version) bool {
	until := v.ShownUntil
	if until.IsZero() {
		until = e.Until
	}
	return v.CommittedAt.Sub(e.Since) > e.Edge && (until.IsZero() || until.Sub(v.VisibleAt) >= e.Shown)
}

// known reports whether whoever got the changes of all versions up to i, as far as
// they arrived, knows the content of version i.
func (o *object) known(i int) bool {
	for at := i; at >= 0; at-- {
		if _, ok := o.received[at]; ok {
			return o.contents[at] == o.contents[i]
		}
	}
	return false
}
