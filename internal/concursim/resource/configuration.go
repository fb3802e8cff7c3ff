package resource

import (
	"fmt"

	"turnstone/internal/concursim/collection"
)

// configurations are the rules by which groups of people claim.
func configurations() []*collection.Kind {
	k := &collection.Kind{
		Name: "expensegroupconfigurations", Path: "/api/v3.0/expense/expensegroupconfigurations", Scope: "EXPRPT", Thing: "expense group configuration",
		Verbs: collection.Listed | collection.Read, Paging: collection.Paging{Limit: 10, MaxLimit: 100},
		ID: "ID", NewID: protectedID, LinkMember: "URI",
		Life: collection.Life{Seeds: seedConfigurations, New: newConfiguration, Edit: editConfiguration, Kept: true},
	}
	k.Root, k.Item = "ExpenseGroupConfigurations", "ExpenseGroupConfiguration"
	return []*collection.Kind{k}
}

func configuration(s *collection.Scene, name string) collection.Record {
	var types collection.List
	for _, t := range expenseTypes {
		types = append(types, of("Code", t[0], "Name", t[1], "ExpenseCode", "NORMAL"))
	}
	var guests collection.List
	for _, t := range s.Shown("attendeetypes") {
		guests = append(guests, of("ID", t.Text("ID"), "Code", t.Text("Code"), "Name", t.Text("Name")))
	}
	return of("Name", name, "AllowPersonalCardCharges", false, "AllowDigitalTaxInvoices", true, "CashAdvance", of("AllowCashAdvance", true),
		"PaymentTypes", collection.List{
			of("ID", cashID, "Name", "Cash", "IsDefault", true, "Code", "CASHX"),
			of("ID", companyPaidID, "Name", "Company Paid", "IsDefault", false, "Code", "CBCP"),
		},
		"Policies", collection.List{of("ID", protectedID(s.Rand), "Name", "US Expense Policy", "IsDefault", true, "IsInheritable", true, "ExpenseTypes", types)},
		"AttendeeTypes", guests, "ID", nil, "URI", nil)
}

func seedConfigurations(s *collection.Scene) []collection.Record {
	names := []string{"Global Expense Group", "Europe", "Americas", "Asia-Pacific"}
	return times(len(names), func(i int) collection.Record { return configuration(s, names[i]) })
}

func newConfiguration(s *collection.Scene) collection.Record {
	return configuration(s, fmt.Sprintf("Subsidiary %d", 1+s.Rand.IntN(900)))
}

func editConfiguration(s *collection.Scene, r collection.Record) collection.Record {
	return edited(s, r, flip("AllowPersonalCardCharges"), flip("AllowDigitalTaxInvoices"))
}

// images are receipts, and the tax invoices that some countries issue in their place.
func images() []*collection.Kind {
	image := &collection.Kind{
		Name: "receiptimages", Path: "/api/v3.0/expense/receiptimages", Scope: "IMAGE", Thing: "receipt image",
		Verbs: collection.Listed | collection.Read, Paging: collection.Paging{Limit: 25, MaxLimit: 100},
		ID: "ID", NewID: protectedID, LinkMember: "URI",
		Life: collection.Life{
			Seeds: func(*collection.Scene) []collection.Record {
				return times(20, func(int) collection.Record { return of("ID", nil, "URI", nil) })
			},
		},
	}
	image.Root, image.Item = "ReceiptImages", "ReceiptImage"
	invoice := &collection.Kind{
		Name: "digitaltaxinvoices", Path: "/api/v3.0/expense/digitaltaxinvoices", Scope: "TAXINV", Thing: "digital tax invoice",
		Verbs: collection.Listed | collection.Read | collection.Updated, Paging: collection.Paging{Limit: 25, MaxLimit: 100},
		Filters: []collection.Filter{{Param: "modifiedafter", Op: collection.After}},
		ID:      "ID", NewID: protectedID, LinkMember: "URI",
		Writing: collection.Writing{Fixed: []string{"AccountID", "ReceiptID"}},
		Life: collection.Life{
			Blank: blankTaxInvoice, New: newTaxInvoice, Edit: editTaxInvoice,
			Seeds: func(s *collection.Scene) []collection.Record {
				return times(12, func(int) collection.Record { return newTaxInvoice(s) })
			},
		},
	}
	invoice.Root, invoice.Item = "DigitalTaxInvoices", "DigitalTaxInvoice"
	return []*collection.Kind{image, invoice}
}

func blankTaxInvoice(*collection.Scene) collection.Record {
	return of("AccountID", nil, "ReceiptID", nil, "DocumentIdentifier", nil, "ReceiptValidationStatus", "P", "ValidatedPdf", nil, "Comments", nil, "ID", nil, "URI", nil)
}

func newTaxInvoice(s *collection.Scene) collection.Record {
	return blankTaxInvoice(s).With("AccountID", person(s).Login).With("ReceiptID", uuidID(s.Rand)).
		With("DocumentIdentifier", fmt.Sprintf("CFDI-%06d", s.Rand.IntN(1_000_000)))
}

func editTaxInvoice(s *collection.Scene, r collection.Record) collection.Record {
	return edited(s, r, set(s, "ReceiptValidationStatus", "A", "R", "D"), set(s, "Comments", "Checked by the tax office", "Stamp is missing"))
}
