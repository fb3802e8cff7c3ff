package resource

import (
	"cmp"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strconv"

	"turnstone/internal/concursim/collection"
	"turnstone/internal/concursim/expense"
)

// expenseTypes are what an entry may be about, with the category of the spending.
var expenseTypes = [][4]string{
	{"AIRFR", "Airfare", "AIRFR", "Airfare"},
	{"LODNG", "Hotel", "LODGA", "Lodging"},
	{"MEALS", "Dinner", "MEALS", "Meals"},
	{"BUSML", "Business Meal", "MEALS", "Meals"},
	{"TAXIC", "Taxi", "GRTRN", "Ground Transportation"},
	{"CARRT", "Car Rental", "CARRT", "Car Rental"},
	{"PARKN", "Parking", "GRTRN", "Ground Transportation"},
	{"ONLIN", "Online Fees", "COMMS", "Telecommunication"},
}

var shops = []string{"Example Inn", "Rail & Road", "Paper & Co", "Taxi Öst", "Café Luz", "Skyways", "Harbour Hotel"}

// Payment types of every company.
const (
	cashID        = "gWuA1bC2dE3fG4hI5jK6lM7nO8pQ9"
	companyPaidID = "gWuB7zY8xW9vU0tS1rQ2pO3nM4lK5"
)

// entries are the parts of reports, and the parts of those.
func entries() []*collection.Kind {
	v3 := collection.Paging{Limit: 25, MaxLimit: 100}
	all := collection.Listed | collection.Read | collection.Created | collection.Updated | collection.Deleted
	entry := &collection.Kind{
		Name: "entries", Path: "/api/v3.0/expense/entries", Scope: "EXPRPT", Thing: "entry", Verbs: all,
		Paging: v3, Owner: "ReportOwnerID",
		Filters: []collection.Filter{
			{Param: "reportID", Member: "ReportID"},
			{Param: "paymentTypeID", Member: "PaymentTypeID"},
			{Param: "isBillable", Member: "IsBillable"},
			{Param: "hasAttendees", Member: "HasAttendees"},
			{Param: "hasVAT", Member: "HasVAT"},
			{Param: "expenseTypeCode", Member: "ExpenseTypeCode"},
		},
		ID: "ID", NewID: entryID, LinkMember: "URI", Modified: "LastModified", Layout: trimmedLayout, Parent: "ReportID",
		Writing: collection.Writing{
			Required: []string{"ReportID", "ExpenseTypeCode", "TransactionDate", "TransactionAmount", "TransactionCurrencyCode", "PaymentTypeID"},
			Fixed:    []string{"ReportOwnerID", "PostedAmount", "ApprovedAmount", "ExpenseTypeName", "SpendCategoryCode", "SpendCategoryName"},
			Settle:   settleEntry,
		},
		Life: collection.Life{
			Blank: blankEntry, New: newEntry, Edit: editEntry, Follow: entriesOf, Touch: totalOf,
		},
	}
	entry.Root, entry.Item = "Entries", "Entry"
	itemization := &collection.Kind{
		Name: "itemizations", Path: "/api/v3.0/expense/itemizations", Scope: "EXPRPT", Thing: "itemization", Verbs: all,
		Paging: v3, Owner: "ReportOwnerID",
		Filters: []collection.Filter{
			{Param: "reportID", Member: "ReportID"}, {Param: "entryID", Member: "EntryID"}, {Param: "expenseTypeCode", Member: "ExpenseTypeCode"},
		},
		ID: "ID", NewID: entryID, LinkMember: "URI", Modified: "LastModified", Layout: trimmedLayout, Parent: "EntryID", ParentKind: "entries",
		Writing: collection.Writing{
			Required: []string{"EntryID", "ExpenseTypeCode", "TransactionAmount"},
			Fixed:    []string{"ReportID", "ReportOwnerID", "PostedAmount", "ApprovedAmount"},
			Settle:   settleItemization,
		},
		Life: collection.Life{Blank: blankItemization, Seeds: seedItemizations, New: newItemization, Edit: editItemization},
	}
	itemization.Root, itemization.Item = "Itemizations", "Itemization"
	allocation := &collection.Kind{
		Name: "allocations", Path: "/api/v3.0/expense/allocations", Scope: "EXPRPT", Thing: "allocation", Verbs: collection.Listed | collection.Read,
		Paging: v3,
		Filters: []collection.Filter{
			{Param: "reportID", Member: "ReportID"}, {Param: "entryID", Member: "EntryID"}, {Param: "itemizationID", Member: "ItemizationID"},
		},
		ID: "ID", NewID: protectedID, LinkMember: "URI", Parent: "EntryID", ParentKind: "entries",
		Life: collection.Life{Seeds: seedAllocations, New: newAllocation, Edit: editAllocation},
	}
	allocation.Root, allocation.Item = "Allocations", "Allocation"
	return []*collection.Kind{entry, itemization, allocation}
}

// entryID marks the keys of entries as Concur's are marked.
func entryID(rng *rand.Rand) string { return "gWid" + expense.Key(rng)[2:] }

func blankEntry(s *collection.Scene) collection.Record {
	kind := expenseTypes[0]
	return joined(of(
		"ReportID", nil, "ReportOwnerID", nil, "ExpenseTypeCode", kind[0], "ExpenseTypeName", kind[1],
		"SpendCategoryCode", kind[2], "SpendCategoryName", kind[3],
		"PaymentTypeID", cashID, "PaymentTypeName", "Cash", "TransactionDate", day(s, 0).Format(plainLayout),
		"TransactionCurrencyCode", "USD", "TransactionAmount", number(0), "ExchangeRate", number(1),
		"PostedAmount", number(0), "ApprovedAmount", number(0), "VendorDescription", nil,
		"VendorListItemID", nil, "VendorListItemName", nil, "LocationID", nil, "LocationName", "",
		"LocationSubdivision", nil, "LocationCountry", nil, "Description", nil, "IsPersonal", false, "IsBillable", false,
		"IsPersonalCardCharge", false, "HasImage", false, "IsImageRequired", false, "ReceiptReceived", false,
		"TaxReceiptType", "N", "ElectronicReceiptID", nil, "CompanyCardTransactionID", nil, "TripID", nil,
		"HasItemizations", false, "AllocationType", "N", "HasAttendees", false, "HasVAT", false,
		"HasAppliedCashAdvance", false, "HasComments", false, "HasExceptions", false, "IsPaidByExpensePay", false,
		"EmployeeBankAccountID", nil, "Journey", nil, "LastModified", nil, "FormID", "gWvX9y8Z7w6V5u4T",
	), nulls("OrgUnit", 6), nulls("Custom", 40), of("ID", nil, "URI", nil))
}

// entry is an entry of a report over an amount.
func entry(s *collection.Scene, report string, st *expense.State, over collection.Cents) collection.Record {
	kind, paid := pick(s.Rand, expenseTypes), [2]string{cashID, "Cash"}
	if s.Rand.IntN(4) == 0 {
		paid = [2]string{companyPaidID, "Company Paid"}
	}
	r := blankEntry(s)
	for _, m := range of(
		"ReportID", report, "ReportOwnerID", st.Owner.Login, "ExpenseTypeCode", kind[0], "ExpenseTypeName", kind[1],
		"SpendCategoryCode", kind[2], "SpendCategoryName", kind[3], "PaymentTypeID", paid[0], "PaymentTypeName", paid[1],
		"TransactionDate", st.Created.UTC().AddDate(0, 0, -s.Rand.IntN(10)).Format("2006-01-02T00:00:00"),
		"TransactionCurrencyCode", st.Currency, "TransactionAmount", over.Number(), "PostedAmount", over.Number(),
		"ApprovedAmount", over.Number(), "VendorDescription", pick(s.Rand, shops), "LocationCountry", st.Country,
		"LocationSubdivision", orNull(st.Subdivision), "IsBillable", s.Rand.IntN(3) == 0, "HasImage", s.Rand.IntN(2) == 0,
	) {
		r = r.With(m.Name, m.Value)
	}
	return r
}

// entriesOf makes the entries of a report add up to its total, and lets them go, and
// come back, with it.
func entriesOf(s *collection.Scene, v *expense.Version) []collection.Draft {
	id := v.Report.ID
	var drafts []collection.Draft
	if v.State.Deleted {
		for _, r := range s.Under("entries", id) {
			drafts = append(drafts, collection.Draft{ID: r.Text("ID"), Record: r, Deleted: true})
		}
		return drafts
	}
	if v.Number > 1 && v.Kind() == expense.Created {
		return restored(s.Removed("entries", id))
	}
	missing := collection.Cents(v.State.Total)
	known := s.Under("entries", id)
	for _, r := range known {
		posted, _ := collection.CentsOf(r.Text("PostedAmount"))
		missing -= posted
	}
	parts := collection.Cents(1)
	if len(known) == 0 {
		parts += collection.Cents(s.Rand.IntN(4))
	}
	for ; missing > 0; parts-- {
		part := missing / parts
		missing -= part
		drafts = append(drafts, collection.Draft{Record: entry(s, id, &v.State, part)})
	}
	return drafts
}

// restored brings back what was removed last.
func restored(removed []*collection.Version) []collection.Draft {
	var drafts []collection.Draft
	for _, v := range removed {
		if last := removed[len(removed)-1]; v.CommittedAt.Equal(last.CommittedAt) {
			drafts = append(drafts, collection.Draft{ID: v.Object.ID, Record: v.Record})
		}
	}
	return drafts
}

// totalOf is by how much a version of an entry changes the total of its report.
func totalOf(v *collection.Version) (string, collection.Cents) {
	after, _ := collection.CentsOf(v.Record.Text("PostedAmount"))
	switch v.Change() {
	case expense.Created:
		return v.Record.Text("ReportID"), after
	case expense.Deleted:
		return v.Record.Text("ReportID"), -after
	}
	before, _ := collection.CentsOf(v.Before().Text("PostedAmount"))
	return v.Record.Text("ReportID"), after - before
}

// openReports returns the reports that take new entries.
func openReports(s *collection.Scene) []*expense.Version {
	return s.Company.Find(expense.Search{Limit: 200, Order: expense.NewestFirst, Matches: (*expense.State).Open}, s.At).Versions
}

func newEntry(s *collection.Scene) collection.Record {
	open := openReports(s)
	if len(open) == 0 {
		return nil
	}
	v := pick(s.Rand, open)
	return entry(s, v.Report.ID, &v.State, amount(s.Rand))
}

func editEntry(s *collection.Scene, r collection.Record) collection.Record {
	return edited(s, r, flip("IsBillable"), set(s, "VendorDescription", shops...),
		set(s, "Description", "Shared with a colleague", "Receipt follows", "Booked by the client"))
}

// settleEntry refuses an entry that its report cannot have, and fills in what Concur
// fills in.
func settleEntry(s *collection.Scene, before, after collection.Record) (collection.Record, error) {
	id := after.Text("ReportID")
	if before != nil && before.Text("ReportID") != id {
		return nil, fmt.Errorf("ReportID cannot be changed; delete the entry and create it in the other report")
	}
	report := s.Company.Report(id)
	if report == nil || report.Shown(s.At) == nil {
		return nil, fmt.Errorf("ReportID %q is no report of this company", id)
	}
	st := report.Shown(s.At).State
	if !st.Open() {
		return nil, fmt.Errorf("report %s has entered a workflow; its entries cannot be created, changed or deleted", id)
	}
	posted, err := converted(after)
	if err != nil {
		return nil, err
	}
	for _, kind := range expenseTypes {
		if kind[0] == after.Text("ExpenseTypeCode") {
			after = after.With("ExpenseTypeName", kind[1]).With("SpendCategoryCode", kind[2]).With("SpendCategoryName", kind[3])
		}
	}
	return after.With("ReportOwnerID", st.Owner.Login).With("PostedAmount", posted.Number()).With("ApprovedAmount", posted.Number()), nil
}

// converted is the amount of a transaction in the currency of its report.
func converted(r collection.Record) (collection.Cents, error) {
	over, err := collection.CentsOf(r.Text("TransactionAmount"))
	if err != nil {
		return 0, fmt.Errorf("TransactionAmount: %w", err)
	}
	rate, ok := new(big.Rat).SetString(cmp.Or(r.Text("ExchangeRate"), "1"))
	if !ok {
		return 0, fmt.Errorf("ExchangeRate: %q is not a number", r.Text("ExchangeRate"))
	}
	hundredths, err := strconv.ParseInt(rate.Mul(rate, big.NewRat(int64(over), 1)).FloatString(0), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("ExchangeRate: %q makes the amount too large", r.Text("ExchangeRate"))
	}
	return collection.Cents(hundredths), nil
}
