package resource

import (
	"fmt"

	"turnstone/internal/concursim/collection"
)

// invoices are what vendors want paid: whole, in digests, and in the queue of those
// whose tax is to be calculated.
func invoices() []*collection.Kind {
	invoice := &collection.Kind{
		Name: "paymentrequest", Path: "/api/v3.0/invoice/paymentrequest", Scope: "INVPMT", Thing: "payment request",
		Verbs: collection.Read | collection.Created | collection.Updated, ID: "ID", NewID: hexID(20), LinkMember: "URI",
		Created: "CreateDate", Modified: "LastModifiedDate", Layout: invoiceLayout,
		Writing: collection.Writing{
			Required: []string{"Name", "InvoiceAmount"}, Fixed: []string{"ApprovalStatusCode", "PaymentStatusCode", "PaidDate", "IsPaymentRequestDeleted", "DeletedDate"},
			AlsoBy: "InvoiceNumber",
		},
		Life: collection.Life{
			Blank: blankInvoice, Seeds: seedInvoices, Steps: 4, New: newInvoice, Edit: editInvoice,
			Removed: &collection.Member{Name: "IsPaymentRequestDeleted", Value: "true"},
		},
	}
	invoice.Root, invoice.Item = "PaymentRequests", "PaymentRequest"
	digest := &collection.Kind{
		Name: "paymentrequestdigests", Path: "/api/v3.0/invoice/paymentrequestdigests", Scope: "INVPMT", Thing: "payment request",
		Verbs:   collection.Listed | collection.Read,
		Paging:  collection.Paging{Limit: 1000, MaxLimit: 1000, Items: "PaymentRequestDigest", Count: true},
		Filters: digestFilters(), ID: "ID", Of: "paymentrequest", Show: digestOf,
	}
	digest.Root, digest.Item = "PaymentRequestDigests", "PaymentRequestDigest"
	tax := &collection.Kind{
		Name: "salestaxvalidationrequest", Path: "/api/v3.0/invoice/salestaxvalidationrequest", Scope: "INVTV", Thing: "invoice",
		Verbs:   collection.Listed | collection.Updated,
		Paging:  collection.Paging{Limit: 1000, MaxLimit: 1000, Count: true},
		Filters: []collection.Filter{{Param: "modifiedafter", Op: collection.After}},
		ID:      "ID", NewID: hexID(20), LinkMember: "URI",
		Writing: collection.Writing{AlsoBy: "TaxReferenceID", Settle: settleTax},
		Life: collection.Life{
			Blank: blankTax, Seeds: seedTaxes, New: newTax, Edit: editTax,
			Done: &collection.Member{Name: "StatusCode", Value: "CMPLT"},
		},
	}
	tax.Root, tax.Item = "Invoices", "Invoice"
	return []*collection.Kind{invoice, digest, tax}
}

// digestFilters compare days, whatever time of day they are given.
func digestFilters() []collection.Filter {
	all := []collection.Filter{
		{Param: "approvalStatus", Member: "ApprovalStatusCode"},
		{Param: "paymentStatus", Member: "PaymentStatusCode"},
		{Param: "vendorInvoiceNumber", Member: "InvoiceNumber"},
		{Param: "payMethodType", Member: "PaymentMethod"},
	}
	for param, member := range map[string]string{
		"lastModifiedDate": "LastModifiedDate", "createDate": "CreateDate", "submitDate": "SubmitDate",
		"paidDate": "PaidDate", "extractedDate": "ExtractedDate", "userDefinedDate": "UserDefinedDate",
	} {
		all = append(all,
			collection.Filter{Param: param + "After", Member: member, Op: collection.After, Days: true},
			collection.Filter{Param: param + "Before", Member: member, Op: collection.Before, Days: true})
	}
	return all
}

func blankInvoice(s *collection.Scene) collection.Record {
	owner := s.Company.Users[0]
	return joined(of("Name", nil, "Description", nil, "InvoiceNumber", nil, "InvoiceDate", day(s, 0).Format(invoiceLayout), "InvoiceReceivedDate", nil,
		"InvoiceAmount", "0.00000000", "TaxAmount", "0.00000000", "ShippingAmount", "0.00000000", "CurrencyCode", "USD", "CountryCode", "US",
		"VendorName", nil, "VendorRemitToIdentifier", nil, "LedgerCode", "DEFAULT", "PurchaseOrderNumber", nil, "PaymentTermsDays", "30",
		"PaymentDueDate", nil, "PaymentMethod", "CHECK", "EmployeeLoginId", owner.Login, "EmployeeName", owner.Name,
		"ApprovalStatusCode", "R_NOTF", "PaymentStatusCode", "R_NOTP", "CreateDate", nil, "SubmitDate", nil, "UserDefinedDate", day(s, 0).Format(invoiceLayout),
		"ExtractedDate", nil, "PaidDate", nil, "LastModifiedDate", nil, "IsPaymentRequestDeleted", "false", "DeletedDate", nil),
		nulls("OrgUnit", 6), nulls("Custom", 24), of("LineItems", collection.List{}, "ID", nil, "URI", nil))
}

func newInvoice(s *collection.Scene) collection.Record {
	owner, total := person(s), amount(s.Rand).String()+"000000"
	vendor := pick(s.Rand, firms)
	return blankInvoice(s).With("Name", "Invoice of "+vendor).With("InvoiceNumber", fmt.Sprintf("INV-%05d", s.Rand.IntN(100_000))).
		With("InvoiceAmount", total).With("VendorName", vendor).With("EmployeeLoginId", owner.Login).With("EmployeeName", owner.Name).
		With("CurrencyCode", owner.Currency()).
		With("LineItems", collection.List{of("Description", "Goods", "Quantity", "1.00000000", "UnitPrice", total, "TotalPrice", total)})
}

func seedInvoices(s *collection.Scene) []collection.Record {
	return times(30, func(int) collection.Record { return newInvoice(s) })
}

// editInvoice takes the invoice a step further: submitted, approved, extracted, paid;
// and then nothing but its description changes.
func editInvoice(s *collection.Scene, r collection.Record) collection.Record {
	now := s.Now.UTC().Format(invoiceLayout)
	switch r.Text("ApprovalStatusCode") + " " + r.Text("PaymentStatusCode") {
	case "R_NOTF R_NOTP":
		return r.With("ApprovalStatusCode", "R_PEND").With("SubmitDate", now)
	case "R_PEND R_NOTP":
		return r.With("ApprovalStatusCode", "R_APPR").With("PaymentStatusCode", "R_PROC").With("ExtractedDate", now)
	case "R_APPR R_PROC":
		return r.With("PaymentStatusCode", "R_PAID").With("PaidDate", now)
	default:
		return edited(s, r, set(s, "Description", "Paid early for the discount", "Checked against the order", "Duplicate of nothing"))
	}
}

func digestOf(r collection.Record) collection.Record {
	id := r.Text("ID")
	return of("ID", id, "PaymentRequestId", id, "PaymentRequestUri", collection.Link("/api/v3.0/invoice/paymentrequest/"+id),
		"VendorName", r.Value("VendorName"), "InvoiceNumber", r.Value("InvoiceNumber"), "Total", r.Value("InvoiceAmount"),
		"CurrencyCode", r.Value("CurrencyCode"), "ApprovalStatusCode", r.Value("ApprovalStatusCode"), "PaymentStatusCode", r.Value("PaymentStatusCode"),
		"CreateDate", r.Value("CreateDate"), "SubmitDate", r.Value("SubmitDate"), "UserDefinedDate", r.Value("UserDefinedDate"),
		"PaidDate", r.Value("PaidDate"), "ExtractedDate", r.Value("ExtractedDate"), "LastModifiedDate", r.Value("LastModifiedDate"),
		"IsDeleted", r.Value("IsPaymentRequestDeleted"), "OwnerLoginID", r.Value("EmployeeLoginId"), "OwnerName", r.Value("EmployeeName"),
		"PaymentMethod", r.Value("PaymentMethod"), "URI", nil)
}

func blankTax(*collection.Scene) collection.Record {
	return of("TaxReferenceID", nil, "Title", nil, "VendorInvoiceNumber", nil, "InvoiceDate", nil, "InvoiceAmount", nil, "Tax", nil, "ShippingAmount", nil,
		"Total", nil, "CurrencyCode", nil, "CountryCode", nil, "CalculatedTaxAmount", nil, "CalculatedTaxRate", nil, "Comments", nil,
		"Status", "Pending", "StatusCode", "PEND", "BillToAddress", nil, "ShipToAddress", nil, "LineItem", collection.List{}, "ID", nil, "URI", nil)
}

func newTax(s *collection.Scene) collection.Record {
	total := amount(s.Rand)
	country, _ := person(s).Country()
	spelled := total.String() + "000000"
	return blankTax(s).With("TaxReferenceID", hexID(16)(s.Rand)).With("Title", "Invoice of "+pick(s.Rand, firms)).
		With("VendorInvoiceNumber", fmt.Sprintf("INV-%05d", s.Rand.IntN(100_000))).With("InvoiceDate", day(s, 0).Format(invoiceLayout)).
		With("InvoiceAmount", spelled).With("Tax", (total/10).String()+"000000").With("Total", spelled).With("CurrencyCode", "USD").With("CountryCode", country).
		With("LineItem", collection.List{of("LineItemKey", hexID(8)(s.Rand), "Quantity", "1.00000000", "UnitPrice", spelled, "Total", spelled)})
}

func seedTaxes(s *collection.Scene) []collection.Record {
	return times(8, func(int) collection.Record { return newTax(s) })
}

func editTax(s *collection.Scene, r collection.Record) collection.Record {
	return edited(s, r, set(s, "Comments", "Address corrected", "Waiting for the rate of the county", "Resent"))
}

// settleTax takes the two statuses that may be reported.
func settleTax(_ *collection.Scene, _, after collection.Record) (collection.Record, error) {
	status := map[string]string{"CMPLT": "Completed", "ERROR": "Error"}[after.Text("StatusCode")]
	if status == "" {
		return nil, fmt.Errorf("StatusCode is %q; use CMPLT or ERROR", after.Text("StatusCode"))
	}
	return after.With("Status", status), nil
}
