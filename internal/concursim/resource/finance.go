package resource

import (
	"fmt"
	"time"

	"turnstone/internal/concursim/collection"
)

// finance is what accountants look after.
func finance() []*collection.Kind {
	return []*collection.Kind{
		{
			Name: "fiscalYear", Path: "/budget/v4/fiscalYear", Scope: "fiscalyear.read", Thing: "fiscal year", Verbs: collection.Listed | collection.Read,
			Paging: collection.Paging{Style: collection.Whole},
			Filters: []collection.Filter{
				{Param: "lastModifiedAfter", Member: "lastModified", Op: collection.After},
				{Param: "includeRemoved", Member: "status", Op: collection.Shows, Hidden: "REMOVED"},
			},
			ID: "id", NewID: uuidID, Modified: "lastModified", Layout: budgetLayout,
			Life: collection.Life{
				Seeds: seedYears, New: newYear, Edit: editYear, Removed: &collection.Member{Name: "status", Value: "REMOVED"},
			},
		},
		{
			Name: "cashadvances", Path: "/cashadvance/v4/cashadvances", Scope: "cashadvance.write", Thing: "cash advance", Verbs: collection.Read,
			Paging: collection.Paging{Style: collection.PageNumber},
			ID:     "cashAdvanceId", NewID: hexID(32), Modified: "lastModifiedDate", Layout: invoiceLayout,
			Life: collection.Life{Seeds: seedAdvances, New: newAdvance, Edit: editAdvance, Kept: true},
		},
	}
}

// year is a fiscal year that is a calendar year.
func year(s *collection.Scene, number int) collection.Record {
	name := fmt.Sprint(number)
	var months collection.List
	for m := range 12 {
		start := time.Date(number, time.Month(m+1), 1, 0, 0, 0, 0, time.UTC)
		months = append(months, of("name", name+" - "+start.Format("Jan"), "fiscalPeriodStatus", "OPEN", "id", uuidID(s.Rand), "periodType", "MONTHLY",
			"startDate", start.Format(time.DateOnly), "endDate", start.AddDate(0, 1, -1).Format(time.DateOnly), "spendDate", nil, "currentPeriod", false))
	}
	return of("id", nil, "name", name, "startDate", name+"-01-01", "endDate", name+"-12-31", "status", "OPEN", "lastModified", nil,
		"currentYear", number == s.At.Year(), "monthlyFiscalPeriods", months, "quarterlyFiscalPeriods", collection.List{},
		"yearlyFiscalPeriods", collection.List{}, "customFiscalPeriods", collection.List{})
}

func seedYears(s *collection.Scene) []collection.Record {
	return times(4, func(i int) collection.Record { return year(s, s.At.Year()-2+i) })
}

func newYear(s *collection.Scene) collection.Record {
	return year(s, s.At.Year()-2+len(s.Shown("fiscalYear")))
}

func editYear(s *collection.Scene, r collection.Record) collection.Record {
	return edited(s, r, set(s, "status", "OPEN", "CLOSED"), set(s, "name", "FY "+r.Text("startDate")[:4], r.Text("startDate")[:4]))
}

func newAdvance(s *collection.Scene) collection.Record {
	u, over := person(s), amount(s.Rand)
	return of("cashAdvanceId", nil, "name", "Advance for "+u.Name, "purpose", "Travel", "comment", nil, "userId", u.UUID(),
		"amountRequested", of("amount", over.Number(), "currency", u.Currency()), "availableBalance", of("amount", over.Number(), "currency", u.Currency()),
		"approvalStatus", status("CASH_ADVANCE_ISSUED", "Issued"), "requestDate", s.Now.UTC().Format(invoiceLayout), "issuedDate", nil, "lastModifiedDate", nil)
}

func seedAdvances(s *collection.Scene) []collection.Record {
	return times(6, func(int) collection.Record { return newAdvance(s) })
}

func editAdvance(s *collection.Scene, r collection.Record) collection.Record {
	return edited(s, r, set(s, "comment", "Paid out in cash", "Balance returned", "Settled with the report"))
}
