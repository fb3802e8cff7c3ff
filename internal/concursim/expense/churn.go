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

// A version is the first of its report, or a later one.
const (
	Created Kind = "created"
	Updated Kind = "updated"
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
	st.Modified = stamp
	return l.commit(c, draft{r.ID, st}, now, rules)
}
