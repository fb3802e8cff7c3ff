package resource

import (
	"fmt"

	"turnstone/internal/concursim/collection"
)

// How many entries of a company's beginning have itemizations, and allocations: every
// so many.
const (
	itemizedEvery  = 6
	allocatedEvery = 4
)

func blankItemization(*collection.Scene) collection.Record {
	return joined(of("ReportID", nil, "ReportOwnerID", nil, "EntryID", nil,
		"ExpenseTypeCode", "LODTX", "ExpenseTypeName", "Hotel Tax", "SpendCategoryCode", "LODGA", "SpendCategoryName", "Lodging",
		"TransactionDate", nil, "TransactionAmount", number(0), "PostedAmount", number(0), "ApprovedAmount", number(0),
		"Description", nil, "IsPersonal", false, "IsBillable", false, "IsImageRequired", false, "HasComments", false,
		"HasExceptions", false, "AllocationType", "N", "LastModified", nil),
		nulls("OrgUnit", 6), nulls("Custom", 40), of("ID", nil, "URI", nil))
}

// itemizationOf is a part of the entry over half of it.
func itemizationOf(s *collection.Scene, entry collection.Record) collection.Record {
	posted, _ := collection.CentsOf(entry.Text("PostedAmount"))
	return blankItemization(s).
		With("ReportID", entry.Text("ReportID")).With("ReportOwnerID", entry.Text("ReportOwnerID")).With("EntryID", entry.Text("ID")).
		With("TransactionDate", entry.Text("TransactionDate")).With("TransactionAmount", (posted/2).Number()).
		With("PostedAmount", (posted/2).Number()).With("ApprovedAmount", (posted / 2).Number())
}

func seedItemizations(s *collection.Scene) []collection.Record {
	var all []collection.Record
	for i, entry := range s.Shown("entries") {
		if i%itemizedEvery == 0 {
			all = append(all, itemizationOf(s, entry), itemizationOf(s, entry))
		}
	}
	return all
}

func newItemization(s *collection.Scene) collection.Record {
	entry := s.Pick(s.Shown("entries"))
	if entry == nil {
		return nil
	}
	return itemizationOf(s, entry)
}

func editItemization(s *collection.Scene, r collection.Record) collection.Record {
	return edited(s, r, flip("IsBillable"), flip("IsPersonal"), set(s, "Description", "Breakfast", "City tax", "Service charge"))
}

// settleItemization refuses an itemization of an entry that there is not.
func settleItemization(s *collection.Scene, before, after collection.Record) (collection.Record, error) {
	if before != nil && before.Text("EntryID") != after.Text("EntryID") {
		return nil, fmt.Errorf("EntryID cannot be changed; delete the itemization and create it in the other entry")
	}
	for _, entry := range s.Shown("entries") {
		if entry.Text("ID") != after.Text("EntryID") {
			continue
		}
		over, err := collection.CentsOf(after.Text("TransactionAmount"))
		if err != nil {
			return nil, fmt.Errorf("TransactionAmount: %w", err)
		}
		return after.With("ReportID", entry.Text("ReportID")).With("ReportOwnerID", entry.Text("ReportOwnerID")).
			With("PostedAmount", over.Number()).With("ApprovedAmount", over.Number()), nil
	}
	return nil, fmt.Errorf("EntryID %q is no entry of this company", after.Text("EntryID"))
}

// allocationOf is a share of the entry, for which a cost centre pays.
func allocationOf(s *collection.Scene, entry collection.Record, percent string) collection.Record {
	centre := person(s).CostCentre()
	return joined(of("ReportID", entry.Text("ReportID"), "EntryID", entry.Text("ID"), "ItemizationID", nil,
		"Percentage", percent, "IsPercentEdited", false, "IsHidden", false,
		"AccountCode1", "6"+entry.Text("ID")[8:9]+"00", "AccountCode2", nil),
		of("Custom1", custom(centre)), nulls("Custom", 20)[1:], of("ID", nil, "URI", nil))
}

func seedAllocations(s *collection.Scene) []collection.Record {
	var all []collection.Record
	for i, entry := range s.Shown("entries") {
		if i%allocatedEvery == 0 {
			all = append(all, allocationOf(s, entry, "60.00000000"), allocationOf(s, entry, "40.00000000"))
		}
	}
	return all
}

func newAllocation(s *collection.Scene) collection.Record {
	entry := s.Pick(s.Shown("entries"))
	if entry == nil {
		return nil
	}
	return allocationOf(s, entry, "100.00000000")
}

func editAllocation(s *collection.Scene, r collection.Record) collection.Record {
	return edited(s, r, flip("IsPercentEdited"), set(s, "Percentage", "25.00000000", "50.00000000", "75.00000000"))
}
