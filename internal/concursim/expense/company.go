package expense

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// Company is one customer of Concur: its people and their reports.
type Company struct {
	Number int // from 1
	Domain string
	UUID   string
	Users  []User // the administrator first

	reports map[string]*Report
	created []*Report // in the order of creation; a report's seq is its place
	byID    []*Report
	open    []*Report // those whose life is not over
	gone    []*Report // those that are deleted
	recent  []recent  // in the order of modification
}

// User is a person with a login. The zero manager means the administrator.
type User struct {
	Person
	Admin    bool
	home     home
	currency string
	centre   *CustomField
	policy   string
	manager  Person
}

// Currency returns the currency in which the user claims.
func (u User) Currency() string { return u.currency }

// Country returns where the user lives: the code of the country, and of the part of it,
// which may be empty.
func (u User) Country() (country, subdivision string) { return u.home.country, u.home.subdivision }

// CostCentre returns the organisation unit of the user.
func (u User) CostCentre() CustomField { return *u.centre }

// UUID returns the id of the user in Concur's newer services.
func (u User) UUID() string { return NameUUID(strings.ToLower(u.Login)) }

// Names splits the name into the family name and the given name.
func (u User) Names() (family, given string) {
	family, given, _ = strings.Cut(u.Name, ", ")
	return family, given
}

// Report is the thread of the versions of one report.
type Report struct {
	ID      string
	seq     int
	spot    int // in company.open, or -1
	tomb    int // in company.gone, or -1
	stamped int64
	latest  atomic.Pointer[Version]
}

// recent says that a version was the newest of its report at a time. It is
// stale as soon as the report has a newer one, and then waits to be swept.
type recent struct {
	stamped int64 // Unix nanoseconds
	version *Version
}

// add makes v the newest version of its report.
func (c *Company) add(v *Version) {
	r := v.Report
	v.prev = r.latest.Load()
	if v.prev == nil {
		r.seq, r.spot, r.tomb = len(c.created), -1, -1
		c.created = append(c.created, r)
		at, _ := slices.BinarySearchFunc(c.byID, r.ID, compareID)
		c.byID = slices.Insert(c.byID, at, r)
		c.reports[r.ID] = r
		v.Number = 1
	} else {
		v.Number = v.prev.Number + 1
		v.prev.cache.Store(nil)
	}
	r.latest.Store(v)
	v.supersede()
	c.remember(v)
	c.open = keep(c.open, r, func(r *Report) *int { return &r.spot }, !v.State.over())
	c.gone = keep(c.gone, r, func(r *Report) *int { return &r.tomb }, v.State.Deleted)
}

// remember enters v into the order of modification. A vendor clock that was
// set back must not hide the version that is still shown, hence the maximum.
func (c *Company) remember(v *Version) {
	r := v.Report
	r.stamped = max(r.stamped, v.State.Modified.UnixNano())
	at := c.place(r.stamped + 1) // behind its equals
	c.recent = slices.Insert(c.recent, at, recent{r.stamped, v})
	if len(c.recent) > 2*len(c.created)+1000 {
		c.recent = slices.DeleteFunc(c.recent, recent.stale)
	}
}

func (e recent) stale() bool { return e.version.Report.latest.Load() != e.version }

// keep returns the list with the report in it, or without it. Its place in the list
// is -1 while it is not there.
func keep(list []*Report, r *Report, place func(*Report) *int, in bool) []*Report {
	at := place(r)
	switch {
	case in && *at < 0:
		*at = len(list)
		return append(list, r)
	case !in && *at >= 0:
		last := list[len(list)-1]
		list[*at], *place(last) = last, *at
		*at = -1
		return list[:len(list)-1]
	}
	return list
}

// Shown returns the version that a client sees at now, or nil if it sees none.
func (r *Report) Shown(now time.Time) *Version {
	v := r.latest.Load()
	for v != nil && v.VisibleAt.After(now) {
		v = v.prev
	}
	if v != nil && v.State.Deleted {
		return nil
	}
	return v
}

// User returns who has the login, in whatever case it is spelled.
func (c *Company) User(login string) (User, bool) {
	i := slices.IndexFunc(c.Users, func(u User) bool { return strings.EqualFold(u.Login, login) })
	if i < 0 {
		return User{}, false
	}
	return c.Users[i], true
}

// Report returns the report with the id, or nil if there never was one.
func (c *Company) Report(id string) *Report { return c.reports[id] }

func compareID(r *Report, id string) int { return strings.Compare(r.ID, id) }

// newCompany hires the people of company number of count.
func newCompany(number, count int, rng *rand.Rand) *Company {
	c := &Company{Number: number, Domain: fmt.Sprintf("company-%d.test", number), reports: map[string]*Report{}}
	if count == 1 {
		c.Domain = "example-co.test"
	}
	c.UUID = UUID(rng.Uint64(), rng.Uint64())
	policy := Key(rng)
	place := homes[rng.IntN(len(homes))]
	admin := Person{"admin@" + c.Domain, "Admin, Concur"}
	c.Users = append(c.Users, User{Person: admin, Admin: true, home: place, currency: place.currency, centre: costCentre(rng), policy: policy})
	manager := admin
	for i := range staff {
		// Coprime steps pair every given name with another family name.
		given, family := givenNames[(number*5+i)%len(givenNames)], familyNames[(number*3+i*7)%len(familyNames)]
		u := User{home: place, currency: place.currency, centre: costCentre(rng), policy: policy, manager: manager}
		u.Person = Person{strings.ToLower(given+"."+family) + "@" + c.Domain, family + ", " + given}
		if rng.IntN(4) == 0 {
			u.home = homes[rng.IntN(len(homes))]
			u.currency = u.home.currency
		}
		if i%4 == 0 {
			manager = u.Person
		}
		c.Users = append(c.Users, u)
	}
	return c
}
