package change

import "turnstone"

// Verdict is what became of one record.
type Verdict struct {
	Object Object
	Op     turnstone.Op // empty: no change
	Reason Reason
	// Learn says that the record's version is to be stored.
	Learn bool
}

// Judge compares objects, in the order of their page, with the versions known of
// them, and reads those that differ. An object that stands on the page twice is
// compared with itself the second time. If one of the two is the known version,
// and their dates do not tell them apart, the other is none: a page that always
// holds both would be an endless source of changes, and one that does not will
// show which is true.
func (r Rule) Judge(objects []Object, known map[string]turnstone.Version) []Verdict {
	p := judging{
		rule: r, reader: newReader(r), known: known, seen: make(map[string]turnstone.Version),
		others: make(map[string]bool), twins: make(map[string]bool),
	}
	verdicts := make([]Verdict, len(objects))
	for i, o := range objects {
		p.read(&o)
		verdicts[i].Object = o
	}
	p.findTwins(verdicts)
	for i := range verdicts {
		p.judge(&verdicts[i])
	}
	return verdicts
}

// judging is the judging of one page.
type judging struct {
	rule   Rule
	reader *reader
	known  map[string]turnstone.Version
	seen   map[string]turnstone.Version // learned from this page
	others map[string]bool              // objects that are known, but not this version of them
	twins  map[string]bool              // those of others whose known version is on the page too
}

// read reads an object, or recalls it.
func (p *judging) read(o *Object) {
	version, ok := p.known[o.Version.ObjectID]
	if ok && version.Exact == o.Version.Exact {
		p.reader.recall(o, version)
		return
	}
	p.reader.complete(o)
	if ok && version.Fingerprint != o.Version.Fingerprint {
		p.others[o.Version.ObjectID] = true
	}
}

// findTwins notes the objects whose known version stands on the page with another.
func (p *judging) findTwins(verdicts []Verdict) {
	if len(p.others) == 0 {
		return // nearly always
	}
	for i := range verdicts {
		version := &verdicts[i].Object.Version
		if p.others[version.ObjectID] && p.known[version.ObjectID].Fingerprint == version.Fingerprint {
			p.twins[version.ObjectID] = true
		}
	}
}

// judge judges one object.
func (p *judging) judge(v *Verdict) {
	o := &v.Object
	version, ok := p.seen[o.Version.ObjectID]
	if !ok {
		version, ok = p.known[o.Version.ObjectID]
	}
	if !ok {
		*v = p.rule.first(*o)
	} else {
		v.Op, v.Reason = p.rule.compare(o.Version, version)
		if v.Op != "" && p.twins[o.Version.ObjectID] && o.Version.Updated.Equal(version.Updated) {
			v.Op, v.Reason = "", ReasonTwin
		}
		v.Learn = v.Op != "" || v.Reason == ReasonSame && unread(version)
	}
	if v.Learn {
		p.seen[o.Version.ObjectID] = o.Version
	}
}

// unread reports whether the bytes of a version are not known, as of those stored
// before they were kept. They are learned with the next reading, and not again while
// the content stays: of a vendor that counts views in an ignored field, or writes
// members in another order each time, each poll would store each record.
func unread(v turnstone.Version) bool { return v.Exact == turnstone.Fingerprint{} }
