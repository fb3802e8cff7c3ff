package expense

import "time"

// Rest lets the time until now pass without changes.
func (l *Ledger) Rest(now time.Time) { l.last = now }

// Last returns until when Step has made changes.
func (l *Ledger) Last() time.Time { return l.last }

// Step makes the changes that have become due, at rate a second, and returns
// how many.
func (l *Ledger) Step(now time.Time, rate float64, rules Rules) int {
	if !l.last.IsZero() && now.After(l.last) {
		l.debt += now.Sub(l.last).Seconds() * rate
	}
	l.last = now
	// The margin makes ten steps of a tenth a whole, which in binary they are not.
	due := int(l.debt + 1e-6)
	l.debt -= float64(due)
	for range due {
		l.Change(Choice{}, now, rules)
	}
	return due
}

// Kind is what a version was to its report.
type Kind string

// A version is the first of its report, a later one, or its end.
const (
	Created Kind = "created"
	Updated Kind = "updated"
	Deleted Kind = "deleted"
)

// Choice restricts a change; what it leaves empty is left to chance.
type Choice struct {
	Company int // which must exist
	Kind    Kind
}

// createPercent is the share of changes that are new reports. A report lives
// through about eight changes, so this keeps the number of open ones growing
// slowly.
const createPercent = 15

// Change makes one change that the choice allows. If no report of the company
// can be updated any more it creates one.
func (l *Ledger) Change(want Choice, now time.Time, rules Rules) *Version {
	number := want.Company
	if number == 0 {
		number = 1 + l.rng.IntN(len(l.Companies))
	}
	c := l.Companies[number-1]
	if v := l.dispose(c, want, now, rules); v != nil {
		return v
	}
	stamp, ahead := l.clerk.stamp(now, rules), lead(l.rng)
	create := want.Kind == Created || want.Kind == "" && l.rng.IntN(100) < createPercent
	if create || len(c.open) == 0 {
		st := newReport(l.rng, pick(l.rng, c.Users[1:]), before(stamp, ahead, rules))
		st.Modified = stamp
		return l.commit(c, draft{reportID(l.rng), st}, now, rules)
	}
	r := pick(l.rng, c.open)
	st := r.latest.Load().State
	at := before(stamp, ahead, rules)
	if at.Before(st.Modified) {
		at = st.Modified // a report is not submitted before it was created
	}
	progress(l.rng, c, &st, at)
	if !l.chance(rules.QuietShare) {
		st.Modified = stamp
	}
	if l.chance(rules.FutureShare) {
		st.Modified = stamp.Add(tomorrow)
	}
	return l.commit(c, draft{r.ID, st}, now, rules)
}

// tomorrow is how far ahead a slip in somebody's calendar dates a change.
const tomorrow = 24 * time.Hour

// restorePercent is the share of deletions in whose place a deleted report comes
// back.
const restorePercent = 20

// chance reports whether something happens that happens to a share of all. It draws
// nothing for what never does, so that a switch changes no other's luck.
func (l *Ledger) chance(share float64) bool {
	return share > 0 && l.rng.Float64() < share
}

// dispose deletes a report, or restores one, if that is what is wanted or what
// chance decides and the company can; else it returns nil.
func (l *Ledger) dispose(c *Company, want Choice, now time.Time, rules Rules) *Version {
	if want.Kind != Deleted && (want.Kind != "" || !l.chance(rules.DeleteShare)) {
		return nil
	}
	from, deleted := c.open, true
	if want.Kind == "" && len(c.gone) > 0 && l.rng.IntN(100) < restorePercent {
		from, deleted = c.gone, false
	}
	if len(from) == 0 {
		return nil
	}
	r := pick(l.rng, from)
	st := r.latest.Load().State
	st.Deleted = deleted
	if !deleted {
		st.Modified = l.clerk.stamp(now, rules)
	}
	return l.commit(c, draft{r.ID, st}, now, rules)
}
