package resource

import (
	"fmt"
	"strings"

	"turnstone/internal/concursim/collection"
)

// vendors are whom a company buys from, and its orders.
func vendors() []*collection.Kind {
	text := func(param, member string) collection.Filter {
		return collection.Filter{Param: param, Member: member, Op: collection.Search}
	}
	vendor := &collection.Kind{
		Name: "vendors", Path: "/api/v3.1/invoice/vendors", Scope: "INVVEN", Thing: "vendor", Verbs: collection.Listed,
		Paging: collection.Paging{Limit: 25, MaxLimit: 1000, Items: "Vendor", SortBy: "VendorName", Count: true},
		Filters: []collection.Filter{
			text("vendorCode", "VendorCode"), text("vendorName", "VendorName"), text("taxID", "TaxID"), text("addressCode", "AddressCode"),
			text("city", "City"), text("state", "State"), text("postalCode", "PostalCode"), text("country", "Country"),
			text("approved", "Approved"), text("paymentMethodType", "PaymentMethodType"),
		},
		ID: "ID", NewID: hexID(20),
		Writing: collection.Writing{Required: []string{"VendorCode", "AddressCode", "VendorName"}, Fixed: []string{"VendorBankList", "VendorGroupList"}},
		Life:    collection.Life{Blank: blankVendor, Seeds: seedVendors, New: newVendor, Edit: editVendor},
	}
	vendor.Root, vendor.Item = "Vendors", "Vendor"
	order := &collection.Kind{
		Name: "purchaseorders", Path: "/api/v3.0/invoice/purchaseorders", Scope: "INVPO", Thing: "purchase order",
		Verbs: collection.Read | collection.Created | collection.Updated, ID: "ID", NewID: hexID(20), LinkMember: "URI",
		Writing: collection.Writing{Required: []string{"Name", "CurrencyCode"}, AlsoBy: "PurchaseOrderNumber"},
		Life:    collection.Life{Blank: blankOrder, Seeds: seedOrders, New: newOrder, Edit: editOrder, Kept: true},
	}
	order.Root, order.Item = "PurchaseOrders", "PurchaseOrder"
	return []*collection.Kind{vendor, order}
}

func blankVendor(*collection.Scene) collection.Record {
	return joined(of("VendorCode", nil, "VendorName", nil, "AddressCode", nil, "Address1", nil, "Address2", nil, "Address3", nil, "City", nil,
		"State", nil, "PostalCode", nil, "Country", nil, "CountryCode", nil, "CurrencyCode", "USD", "Approved", "Y", "AccountNumber", nil,
		"ContactEmail", nil, "ContactFirstName", nil, "ContactLastName", nil, "ContactPhoneNumber", nil, "PaymentMethodType", "CHECK",
		"PaymentTerms", "30", "DiscountPercentage", nil, "DiscountTermsDays", nil, "TaxID", nil, "TaxType", nil, "VoucherNotes", nil),
		nulls("Custom", 20), of("VendorBankList", nil, "VendorGroupList", nil, "StatusList", nil, "ID", nil, "URI", nil))
}

var firms = []string{"Paper & Co", "Northwind Supplies", "Lumen Electric", "Ferro Steel", "Café Luz", "Atlas Freight", "Blue Desk", "Vogel Optics"}

func newVendor(s *collection.Scene) collection.Record {
	p := pick(s.Rand, places)
	city, _, _ := strings.Cut(p[0], ",")
	return blankVendor(s).With("VendorCode", fmt.Sprintf("V%05d", s.Rand.IntN(100_000))).With("VendorName", pick(s.Rand, firms)).
		With("AddressCode", "A1").With("Address1", fmt.Sprintf("%d Market Street", 1+s.Rand.IntN(200))).With("City", city).
		With("State", orNull(p[1])).With("PostalCode", fmt.Sprintf("%05d", s.Rand.IntN(100_000))).With("Country", p[2]).With("CountryCode", p[2])
}

func seedVendors(s *collection.Scene) []collection.Record {
	return times(40, func(int) collection.Record { return newVendor(s) })
}

func editVendor(s *collection.Scene, r collection.Record) collection.Record {
	return edited(s, r, set(s, "Approved", "Y", "N"), set(s, "PaymentMethodType", "ACH", "CHECK", "WIRE"), set(s, "PaymentTerms", "10", "30", "60"))
}

func blankOrder(*collection.Scene) collection.Record {
	return joined(of("PurchaseOrderNumber", nil, "Name", nil, "Description", nil, "CurrencyCode", "USD", "OrderDate", nil, "NeededByDate", nil,
		"Status", "TRANS", "PaymentTerms", "30", "VendorCode", nil, "VendorAddressCode", nil, "PolicyExternalID", nil, "LedgerCode", "DEFAULT",
		"Shipping", "0.00000000", "Tax", "0.00000000", "LineItem", collection.List{}), nulls("Custom", 9), of("ID", nil, "URI", nil))
}

func newOrder(s *collection.Scene) collection.Record {
	vendor := s.Pick(s.Shown("vendors"))
	if vendor == nil {
		return nil
	}
	total := amount(s.Rand).String() + "000000"
	return blankOrder(s).With("PurchaseOrderNumber", fmt.Sprintf("PO-%05d", s.Rand.IntN(100_000))).With("Name", "Order of "+vendor.Text("VendorName")).
		With("OrderDate", day(s, 0).Format(invoiceLayout)).With("VendorCode", vendor.Text("VendorCode")).With("VendorAddressCode", vendor.Text("AddressCode")).
		With("LineItem", collection.List{of("LineItemNumber", "1", "Description", "Goods", "Quantity", "1", "UnitPrice", total, "AmountWithoutVat", total)})
}

func seedOrders(s *collection.Scene) []collection.Record {
	return times(10, func(int) collection.Record { return newOrder(s) })
}

func editOrder(s *collection.Scene, r collection.Record) collection.Record {
	return edited(s, r, set(s, "Status", "TRANS", "CLOSED"), set(s, "Description", "Expedited", "Partial delivery agreed"))
}
