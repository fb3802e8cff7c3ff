package change

import "turnstone"

// Verdict is what became of one record.
type Verdict struct {
	Object Object
	Op     turnstone.Op // empty: no change
	Reason turnstone.Reason
	// Learn says that the record's version is to be stored.
	Learn bool
	// Remember says that the record belongs in the history of its object: it is
	// something else than what was known, and not a part of a history that the
	// vendor lists in spite of the window.
	Remember bool
}

// Judge compares objects, in the order of their page, with the versions known of
// them, those of deleted ones included, and reads those that differ. An object that
// stands on the page twice is compared with itself the second time. If one of the
// two is the known version, and their dates do not tell them apart, the other is
// none: a page that always holds both would be an endless source of changes, and
// one that does not will show which is true.
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
	seen   map[string]turnstone.Version // learned from this page, or told
	others map[string]bool              // objects that are known, but not this version of them
	twins  map[string]bool              // those of others whose known version is on the page too
}

// read reads an object, or recalls it.
func (p *judging) read(o *Object) {
	version, ok := p.known[o.Version.ObjectID]
	if ok && version.Exact == o.Version.Exact && p.recalls(version) {
		p.reader.recall(o, version)
		return
	}
	p.reader.complete(o)
	if ok && !equal(o.Version, version) {
		p.others[o.Version.ObjectID] = true
	}
}

// recalls reports whether a version says all that its record would. Of a deleted
// object it does not: the record is marked, or it is back.
func (p *judging) recalls(v turnstone.Version) bool {
	return v.Mapping == p.reader.mapping && !v.Gone && !p.rule.Again
}

// findTwins notes the objects whose known version stands on the page with another.
func (p *judging) findTwins(verdicts []Verdict) {
	if len(p.others) == 0 {
		return // nearly always
	}
	for i := range verdicts {
		v := verdicts[i].Object.Version
		if known := p.known[v.ObjectID]; p.others[v.ObjectID] && (equal(v, known) || alike(v, known)) {
			p.twins[v.ObjectID] = true
		}
	}
}

// judge judges one object.
func (p *judging) judge(v *Verdict) {
	id := v.Object.Version.ObjectID
	version, here := p.seen[id]
	known := here
	if !here {
		version, known = p.known[id]
	}
	known = known && !version.Tombstone()
	switch {
	case known:
		p.compare(v, version)
	case p.rule.Lag.covers(v.Object.Version, version):
		v.Reason = turnstone.ReasonLagging
	default:
		v.Op, v.Reason = p.rule.first(v.Object)
		v.Learn = p.rule.learns(*v)
	}
	if p.rule.Again && !here {
		p.repeat(v, known)
	}
	v.Remember = v.remembered()
	if v.Learn || v.Op != "" {
		p.seen[id] = v.Object.Version
	}
}

// compare judges an object that is known.
func (p *judging) compare(v *Verdict, known turnstone.Version) {
	v.Op, v.Reason = p.rule.compare(v.Object, known, p.reader.mapping)
	if v.Op != "" && p.twins[v.Object.Version.ObjectID] && v.Object.Version.Updated.Equal(known.Updated) {
		v.Op, v.Reason = "", turnstone.ReasonTwin
	}
	// What was not kept with versions at one time is learned with the next reading,
	// and not again while the content stays: of a vendor that counts views in an
	// ignored field, or writes members in another order each time, each poll would
	// store each record.
	incomplete := known.Exact == turnstone.Fingerprint{} || known.Mapping != p.reader.mapping
	v.Learn = v.Op != "" || v.Reason == turnstone.ReasonMapping || v.Reason == turnstone.ReasonMarked ||
		v.Reason == turnstone.ReasonSame && incomplete
}

// repeat tells again what is no change, and of what was not known that it is told
// for that reason.
func (p *judging) repeat(v *Verdict, known bool) {
	if v.Op != "" {
		if !known {
			v.Reason = turnstone.ReasonReplay
		}
		return
	}
	switch v.Reason {
	case turnstone.ReasonSame, turnstone.ReasonEarlier, turnstone.ReasonMapping, turnstone.ReasonMarked:
		if op := p.rule.again(v.Object, known); op != "" {
			v.Op, v.Reason = op, turnstone.ReasonReplay
		}
	}
}

// remembered reports whether the record belongs in the history of its object.
func (v *Verdict) remembered() bool {
	switch v.Reason {
	case turnstone.ReasonSame, turnstone.ReasonOutside:
		return false
	case turnstone.ReasonEarlier, turnstone.ReasonMarked:
		return v.Learn
	}
	return true
}
