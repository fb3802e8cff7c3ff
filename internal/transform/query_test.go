package transform_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone/internal/element"
	"turnstone/internal/transform"
)

func TestQueriesAreUnderTheVendorsNames(t *testing.T) {
	m := mapping(t, "id", "ID", "owner.name", "OwnerName", "tax", "Tax")
	wheres := map[string]string{
		"":                                    "",
		"id = 'x'":                            "ID = 'x'",
		"owner.name LIKE 'A%' AND id != 'x'":  "OwnerName LIKE 'A%' AND ID != 'x'",
		"(id='x' OR tax.code IN ('a','b'))":   "ID = 'x' OR Tax.code IN ('a', 'b')",
		"NOT id IS NULL AND modifiedDate > 3": "ID IS NOT NULL AND modifiedDate > 3",
		"id STARTS WITH 'x'":                  "ID STARTS WITH 'x'",
	}
	for where, want := range wheres {
		if got, err := m.Where(where); err != nil || got != want {
			t.Errorf("Where(%q) = %q, %v, want %q", where, got, err, want)
		}
	}
	if _, err := m.Where("id ="); err == nil {
		t.Error("Where of half a clause = nil, want an error")
	}
	for orderBy, want := range map[string]string{"": "", "id": "ID", "owner.name desc, id asc": "OwnerName desc,ID asc", "other": "other"} {
		if got := m.OrderBy(orderBy); got != want {
			t.Errorf("OrderBy(%q) = %q, want %q", orderBy, got, want)
		}
	}
}

func TestPathsAreFoundByWhatLeadsToThem(t *testing.T) {
	m := mapping(t, "tax", "Tax", "tax2", "Tax.Second", "lines[*].id", "Lines[*].ID")
	for common, vendor := range map[string]string{
		"tax": "Tax", "tax.code": "Tax.code", "tax2": "Tax.Second", "taxes": "taxes", "lines[*].id": "Lines[*].ID",
	} {
		if got := m.VendorPath(common); got != vendor {
			t.Errorf("VendorPath(%s) = %s, want %s", common, got, vendor)
		}
		if got := m.CommonPath(vendor); got != common {
			t.Errorf("CommonPath(%s) = %s, want %s", vendor, got, common)
		}
	}
}

func TestMembersAreSelectedInTheOrderOfTheRecord(t *testing.T) {
	record := json.RawMessage(`{"a":1,"b":{"c":2},"d":3}`)
	for want, members := range map[string][]string{
		`{"a":1,"b":{"c":2},"d":3}`: nil, `{"a":1,"d":3}`: {"d", "a"}, `{}`: {"x"},
	} {
		if got := string(transform.Select(record, members)); got != want {
			t.Errorf("Select(%v) = %s, want %s", members, got, want)
		}
	}
}

func TestACommonResourceIsServedLikeTheVendors(t *testing.T) {
	vendor := element.Resource{
		Name: "reports", PrimaryKey: "ID", Fields: []string{"ID", "Name", "Owner"}, IgnoreFields: []string{"Seen"},
		Retriever:   &element.Retriever{Filter: element.Filter{Attributes: []string{"user"}}},
		Incremental: &element.Incremental{CursorField: "Modified", DeletedField: "IsDeleted"},
	}
	got := mapping(t, "id", "ID", "dates.changed", "Modified", "owner", "Owner.Name", "login", "user").Resource("spendings", vendor)
	want := element.Resource{
		Name: "spendings", PrimaryKey: "id", Fields: []string{"Name", "Owner", "dates", "id", "login", "owner"}, IgnoreFields: []string{"Seen"},
		Retriever:   &element.Retriever{Filter: element.Filter{Attributes: []string{"login"}}},
		Incremental: &element.Incremental{CursorField: "dates.changed", DeletedField: "IsDeleted"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(element.Template{})); diff != "" {
		t.Errorf("Resource (-want +got):\n%s", diff)
	}
	if vendor.Retriever.Filter.Attributes[0] != "user" || vendor.Incremental.CursorField != "Modified" {
		t.Error("Resource changed the vendor's resource")
	}
}
