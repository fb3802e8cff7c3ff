package expense

import (
	"math/rand/v2"
	"time"
)

// newReport is a report that u has just begun.
func newReport(rng *rand.Rand, u User, at time.Time) State {
	st := blankReport(u, at)
	st.Name = pick(rng, purposes) + " - " + pick(rng, cities)
	st.Total = expense(rng, u.currency)
	if rng.IntN(5) == 0 {
		st.CompanyCard = st.Total / 300 * 100
	}
	if rng.IntN(3) == 0 {
		st.Customs[0] = project(rng)
	}
	return st
}

// blankReport is a report of u with nothing in it.
func blankReport(u User, at time.Time) State {
	st := State{
		Owner: u.Person, Country: u.home.country, Subdivision: u.home.subdivision, Currency: u.currency,
		Approval: "A_NOTF", Payment: "P_NOTP", Policy: u.policy,
		Created: at, UserDefined: at.Truncate(24 * time.Hour),
	}
	st.OrgUnits[0] = u.centre
	return st
}

// expense is an amount such as people claim; yen have no hundredths.
func expense(rng *rand.Rand, currency string) cents {
	c := cents(500 + rng.IntN(90000))
	if currency == "JPY" {
		return c * 100
	}
	return c
}

// progress takes the report, whose life is not over, one step further. The
// date at is set where Concur sets one.
func progress(rng *rand.Rand, c *Company, st *State, at time.Time) {
	switch {
	case st.Open():
		if rng.IntN(2) == 0 {
			edit(rng, st)
			return
		}
		submit(c, st, at)
	case st.Approval == "A_PEND":
		review(rng, st)
	case st.Approval == "A_ACCO":
		st.Approval, st.Payment, st.Processing = "A_APPR", "P_PROC", at
		st.Receipts = true
	case st.Payment == "P_PROC":
		st.Payment, st.Paid = "P_PAID", at
	case st.Payment == "P_PAID":
		st.Payment = "P_PAYC"
	default: // one of the further approvals
		st.Approval = "A_ACCO"
	}
}

// edit is a change by the owner. It always alters something.
func edit(rng *rand.Rand, st *State) {
	before := *st
	switch rng.IntN(5) {
	case 0:
		st.Name = pick(rng, purposes) + " - " + pick(rng, cities)
	case 1:
		st.LastComment = pick(rng, ownerComments)
	case 2:
		st.Customs[0] = project(rng)
	case 3:
		st.Personal = min(st.Personal+expense(rng, st.Currency)/1000*100, st.Total-st.CompanyCard)
		st.Exception = !st.Exception
	}
	if *st == before {
		st.Total += expense(rng, st.Currency)
	}
}

func submit(c *Company, st *State, at time.Time) {
	st.Approval, st.Submitted = "A_PEND", at
	owner, _ := c.User(st.Owner.Login)
	st.Approver = owner.manager
	if st.Approver == (Person{}) {
		st.Approver = c.Users[0].Person
	}
}

// review is what an approver does. Most reports are approved, some pass
// through further hands, and the rest go back to their owners, or are recalled.
func review(rng *rand.Rand, st *State) {
	switch chance := rng.IntN(100); {
	case chance < 60:
		st.Approval, st.LastComment = "A_ACCO", "Approved, thanks"
	case chance < 80:
		st.Approval = pick(rng, []string{"A_PECO", "A_PBDG", "A_EXTV"})
	case chance < 95:
		st.Approval, st.EverSentBack = "A_RESU", true
		st.LastComment = pick(rng, sendBackComments)
	default: // recalled by the owner: it counts as never submitted
		st.Approval, st.Submitted, st.Approver = "A_RESU", time.Time{}, Person{}
	}
}
