package expense

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Ledger holds the companies and the log of what befell their reports.
type Ledger struct {
	Companies []*Company
	Log       []*Version // of all companies, in the order of commits

	seed   uint64
	logins map[string]*Company // by lower-case login, and by UUID
	source *rand.PCG           // of everything that chance decides
	rng    *rand.Rand
	clerk  clerk
	last   time.Time // until when Step has made changes
	debt   float64   // the part of a change that is due since
}

// Open founds the companies, without reports.
func Open(seed uint64, companies int) *Ledger {
	l := &Ledger{seed: seed, logins: map[string]*Company{}, source: rand.NewPCG(seed, 1)}
	l.rng = rand.New(l.source)
	for n := 1; n <= companies; n++ {
		// Who works where must not depend on what happens: hence another source.
		c := newCompany(n, companies, rand.New(rand.NewPCG(seed, 1000+uint64(n))))
		l.Companies = append(l.Companies, c)
		l.logins[c.UUID] = c
		for _, u := range c.Users {
			l.logins[strings.ToLower(u.Login)] = c
		}
	}
	return l
}

// Company returns the company of a number that a caller chose.
func (l *Ledger) Company(number int) (*Company, error) {
	if number < 1 || number > len(l.Companies) {
		return nil, fmt.Errorf("there is no company %d; use 1 to %d", number, len(l.Companies))
	}
	return l.Companies[number-1], nil
}

// Known returns the company that has the login or the UUID, or nil.
func (l *Ledger) Known(name string) *Company { return l.logins[strings.ToLower(name)] }

// draft is the next version of the report with an id.
type draft struct {
	id    string
	state State
}

// commit records the draft, visible now or, for some, late.
func (l *Ledger) commit(c *Company, d draft, now time.Time, rules Rules) *Version {
	visible := now
	if l.rng.Float64() < rules.LateShare {
		visible = now.Add(seconds(rules.LateSeconds))
	}
	style := stampStyle{Fixed: rules.FixedDigits, Zone: rules.Zone, Local: rules.Local}
	return l.record(c, &Version{Report: &Report{ID: d.id}, State: d.state, style: style, CommittedAt: now, VisibleAt: visible})
}

// record appends v, which names its report by id only, to the log. Whatever
// else the ledger knows about reports follows from the log.
func (l *Ledger) record(c *Company, v *Version) *Version {
	v.Company, v.Sequence = c.Number, len(l.Log)+1
	if known := c.reports[v.Report.ID]; known != nil {
		v.Report = known
	}
	c.add(v)
	l.Log = append(l.Log, v)
	return v
}

// Edit is a change that somebody asks for.
type Edit struct {
	Report *Report            // nil for a new one
	Owner  User               // of a new one
	Apply  func(*State) error // writes into a copy
}

// Write commits the edit. If it cannot be applied Write returns the error of
// Apply, and nothing has happened.
func (l *Ledger) Write(c *Company, e Edit, now time.Time, rules Rules) (*Version, error) {
	clerk := l.clerk
	stamp := clerk.stamp(now, rules)
	d := draft{}
	if e.Report == nil {
		d = draft{reportID(l.rng), blankReport(e.Owner, before(stamp, lead(l.rng), rules))}
	} else {
		d = draft{e.Report.ID, e.Report.latest.Load().State}
	}
	if err := e.Apply(&d.state); err != nil {
		return nil, err
	}
	l.clerk, d.state.Modified = clerk, stamp
	return l.commit(c, d, now, rules), nil
}

// history is how far back the reports go that a company starts with.
const history = 60 * 24 * time.Hour

// Populate gives c its first n reports, at all stages of life.
func (l *Ledger) Populate(c *Company, n int, now time.Time, rules Rules) {
	rules.LateShare, rules.ClockOffset = 0, 0 // the past is long visible, and was stamped rightly
	for i := range n {
		age := history / time.Duration(n+1) * time.Duration(n-i)
		at := now.Add(-age).Add(seconds(l.rng.Float64()))
		st := newReport(l.rng, pick(l.rng, c.Users[1:]), before(at, 0, rules))
		for range l.rng.IntN(8) {
			later := at.Add(time.Hour + time.Duration(l.rng.Int64N(int64(5*24*time.Hour))))
			if st.final() || later.After(now.Add(-time.Minute)) {
				break
			}
			at = later
			progress(l.rng, c, &st, before(at, 0, rules))
		}
		var own clerk
		st.Modified = own.stamp(at.Add(lead(l.rng)), rules)
		l.commit(c, draft{reportID(l.rng), st}, at.Add(time.Second), rules)
	}
}

// lead is by how much the dates that a change sets precede its stamp.
func lead(rng *rand.Rand) time.Duration {
	return time.Duration(60+rng.IntN(400)) * time.Millisecond
}
