package audit

import (
	"fmt"
	"slices"

	"turnstone"
	"turnstone/internal/change"
	"turnstone/internal/concursim"
)

// volatile are the fields of a report that hold the request's own address.
var volatile = []string{"WorkflowActionUrl", "URI"}

// object is everything known of one object. Its versions are by number, each with
// a content of its own: what an edit without effect made is the version before. The
// end of an object is a version, too; its content is zero.
type object struct {
	versions []concursim.Version
	contents []turnstone.Fingerprint // by index in versions
	received map[int]string          // by index: the notification id
	last     int                     // the highest index received
	changes  int
	gone     bool // the change received last said that it was deleted
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
	content := contentOf(v)
	if n := len(o.contents); n > 0 && o.contents[n-1] == content && !unseen(v) {
		o.versions[n-1].ShownUntil = v.ShownUntil
		return
	}
	o.versions = append(o.versions, v)
	o.contents = append(o.contents, content)
}

// contentOf returns the content of a version: one that no record has for a version
// that nobody could see, since nothing that arrives is about that.
func contentOf(v concursim.Version) turnstone.Fingerprint {
	switch {
	case unseen(v):
		return turnstone.Fingerprint{1}
	case v.Kind == concursim.Deleted:
		return turnstone.Fingerprint{}
	}
	return change.Fingerprint(v.Record, volatile...)
}

// unseen reports whether a version was over before it was shown.
func unseen(v concursim.Version) bool {
	return !v.ShownUntil.IsZero() && !v.ShownUntil.After(v.VisibleAt)
}

// about returns the index of the version that a change is about.
func (o *object) about(c Change) (at int, ok bool) {
	if c.Op != turnstone.Deleted {
		return o.find(change.Fingerprint(c.Record, volatile...))
	}
	at, ok = o.find(turnstone.Fingerprint{})
	if ok && !c.At.IsZero() && c.At.Before(o.versions[at].VisibleAt) {
		return 0, false // that deletion was yet to come
	}
	return at, ok
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

// op returns the type that the change received last, which is about the version at
// an index, had to have, and whether that can be told: CREATED for the first of an
// object created since, and for what comes after its deletion.
func (o *object) op(at int, e Expectation) (turnstone.Op, bool) {
	first := o.versions[0]
	switch {
	case o.ends(at):
		return turnstone.Deleted, true
	case o.gone:
		return turnstone.Created, true
	case o.changes > 1:
		return turnstone.Updated, true
	case o.ended(at), first.CommittedAt.Sub(e.Since).Abs() <= e.Edge:
		return "", false // it may have been known before it was deleted, or not
	case first.Kind == concursim.Created && first.CommittedAt.After(e.Since):
		return turnstone.Created, true
	}
	return turnstone.Updated, true
}

// ended reports whether the object was deleted before the version at an index.
func (o *object) ended(at int) bool {
	return slices.Contains(o.contents[:at], turnstone.Fingerprint{})
}

// ends reports whether the version at an index is the end of the object.
func (o *object) ends(at int) bool { return o.versions[at].Kind == concursim.Deleted }

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

// heard reports whether there is a deletion at index i that somebody is owed: one
// who got a version of the object since it was deleted before.
func (o *object) heard(i int) bool {
	for at := i - 1; at >= 0 && !o.ends(at); at-- {
		if _, ok := o.received[at]; ok {
			return true
		}
	}
	return false
}

// due reports whether the version at an index, committed since polling was enabled,
// had to arrive.
func (o *object) due(i int, e Expectation) bool {
	v := o.versions[i]
	until := v.ShownUntil
	if until.IsZero() {
		until = e.Until
	}
	switch {
	case v.CommittedAt.Sub(e.Since) <= e.Edge, !o.sought(i, e):
		return false
	case until.IsZero():
		return true
	case hidden(v):
		return until.Sub(v.VisibleAt) >= e.Whole
	case e.Reads != nil:
		return throughout(v, e.Reads)
	}
	return until.Sub(v.VisibleAt) >= e.Shown
}

// sought reports whether anybody is looking for the version at an index.
func (o *object) sought(i int, e Expectation) bool {
	if o.ends(i) && !o.heard(i) {
		return false
	}
	return e.Whole > 0 || !hidden(o.versions[i])
}

// hidden reports whether only a reading of everything finds a version.
func hidden(v concursim.Version) bool { return v.Kind == concursim.Deleted || v.Quiet }

// throughout reports whether the vendor showed a version in the whole of one of some
// spans of time.
func throughout(v concursim.Version, spans []turnstone.Span) bool {
	return slices.ContainsFunc(spans, func(s turnstone.Span) bool {
		return !v.VisibleAt.After(s.From) && (v.ShownUntil.IsZero() || v.ShownUntil.After(s.To))
	})
}

// name says which version of an object it is.
func name(v concursim.Version) string {
	if v.Kind == concursim.Deleted {
		return fmt.Sprintf("its end, version %d", v.Number)
	}
	return fmt.Sprintf("version %d", v.Number)
}
