package endpoint

import (
	"fmt"
	"net/http"
	"slices"

	"turnstone/internal/concursim/collection"
	"turnstone/internal/concursim/reply"
)

// Vendors are written by the batch, and known by two codes instead of an id.
const (
	vendorsPath = "/api/v3.0/invoice/vendors"
	banksPath   = "/api/v3.0/invoice/vendor/banks"
	groupsPath  = "/api/v3.0/invoice/vendor/groups"
)

func vendorRoutes(k *collection.Kind) []Route {
	return []Route{
		{"GET " + vendorsPath, k, listV3},
		{"POST " + vendorsPath, k, func(c *Call) reply.Reply { return c.batch("Vendor", c.createVendor) }},
		{"PUT " + vendorsPath, k, func(c *Call) reply.Reply { return c.batch("Vendor", c.updateVendor) }},
		{"DELETE " + vendorsPath, k, deleteVendor},
		{"PUT " + banksPath, k, func(c *Call) reply.Reply { return c.batch("VendorBank", c.putBank) }},
		{"PUT " + groupsPath, k, func(c *Call) reply.Reply { return c.batch("VendorGroup", c.putGroup) }},
		{"DELETE " + groupsPath, k, deleteGroup},
	}
}

// batch handles each record of the body by itself and tells of each how it went. The
// body may also be a single record.
func (c *Call) batch(items string, handle func(collection.Record) (collection.Record, error)) reply.Reply {
	body, err := c.body()
	if err != nil {
		return reply.Message(err)
	}
	records, _ := body.Value(items).(collection.List)
	if len(records) == 0 {
		records = collection.List{body}
	}
	var told collection.List
	succeeded := 0
	for i, value := range records {
		record, _ := value.(collection.Record)
		after, err := handle(record)
		status := collection.Record{member("Code", number(0)), member("Message", "Success"), member("RecordNumber", number(i+1)), member("Type", "SUCCESS")}
		if err != nil {
			after = record
			status = status.With("Code", number(1)).With("Message", err.Error()).With("Type", "ERROR")
		} else {
			succeeded++
		}
		told = append(told, after.With("StatusList", collection.List{status}))
	}
	status := http.StatusOK
	if succeeded == 0 {
		status = http.StatusBadRequest
	}
	answer := collection.Record{
		member(items, told), member("TotalCount", number(len(told))), member("NextPage", nil),
		member("RequestRunSummary", fmt.Sprintf("%d records processed, %d succeeded, %d failed", len(told), succeeded, len(told)-succeeded)),
	}
	return c.json(status, answer.AppendJSON(nil, c.Base))
}

// vendor returns the vendor with the codes.
func (c *Call) vendor(code, address string) (row, error) {
	if code == "" || address == "" {
		return row{}, fmt.Errorf("VendorCode and AddressCode are required")
	}
	for _, v := range c.Book.Shown(c.Company.Number, c.Kind, c.Now) {
		if v.Record.Text("VendorCode") == code && v.Record.Text("AddressCode") == address {
			return row{v, v.Record}, nil
		}
	}
	return row{}, fmt.Errorf("there is no vendor %s with the address %s", code, address)
}

func (c *Call) commitVendor(id string, r collection.Record) collection.Record {
	draft := collection.Draft{Kind: c.Kind, ID: id, Record: r}
	return c.Book.Commit(c.Company.Number, draft, c.Now, c.rules()).Record
}

func (c *Call) createVendor(given collection.Record) (collection.Record, error) {
	for _, name := range c.Kind.Required {
		if empty(given.Value(name)) {
			return nil, fmt.Errorf("%s is required", name)
		}
	}
	if _, err := c.vendor(given.Text("VendorCode"), given.Text("AddressCode")); err == nil {
		return nil, fmt.Errorf("there is a vendor %s with the address %s already; update it with PUT", given.Text("VendorCode"), given.Text("AddressCode"))
	}
	after, err := c.merged(c.Kind.Blank(c.scene()), given)
	if err != nil {
		return nil, err
	}
	return c.commitVendor("", after.With(c.Kind.ID, nil)), nil
}

func (c *Call) updateVendor(given collection.Record) (collection.Record, error) {
	r, err := c.vendor(given.Text("VendorCode"), given.Text("AddressCode"))
	if err != nil {
		return nil, err
	}
	after, err := c.merged(r.record, given)
	if err != nil {
		return nil, err
	}
	return c.commitVendor(r.version.Object.ID, after), nil
}

// putBank adds a bank account to a vendor, or replaces the one with that number.
func (c *Call) putBank(given collection.Record) (collection.Record, error) {
	if empty(given.Value("AccountNumber")) {
		return nil, fmt.Errorf("AccountNumber is required")
	}
	r, err := c.vendor(given.Text("VendorCode"), given.Text("AddressCode"))
	if err != nil {
		return nil, err
	}
	c.commitVendor(r.version.Object.ID, r.record.With("VendorBankList", replaced(r.record.Value("VendorBankList"), "AccountNumber", given)))
	return given, nil
}

// putGroup puts the vendor that the query names into a group.
func (c *Call) putGroup(given collection.Record) (collection.Record, error) {
	if empty(given.Value("Name")) {
		return nil, fmt.Errorf("Name is required") //nolint:staticcheck // the name of a member
	}
	query := c.Request.URL.Query()
	r, err := c.vendor(query.Get("vendorCode"), query.Get("addressCode"))
	if err != nil {
		return nil, err
	}
	group := collection.Record{member("Name", given.Value("Name"))}
	c.commitVendor(r.version.Object.ID, r.record.With("VendorGroupList", replaced(r.record.Value("VendorGroupList"), "Name", group)))
	return given, nil
}

// replaced is a list, or null, without the record of that name, and with given at its
// end.
func replaced(list any, name string, given collection.Record) collection.List {
	return append(without(list, name, given.Text(name)), given)
}

func without(list any, name, value string) collection.List {
	old, _ := list.(collection.List)
	return slices.DeleteFunc(slices.Clone(old), func(item any) bool {
		r, _ := item.(collection.Record)
		return r.Text(name) == value
	})
}

func deleteVendor(c *Call) reply.Reply {
	query := c.Request.URL.Query()
	r, err := c.vendor(query.Get("vendorCode"), query.Get("addressCode"))
	if err != nil {
		return reply.Message(err)
	}
	draft := collection.Draft{Kind: c.Kind, ID: r.version.Object.ID, Record: r.record, Deleted: true}
	c.Book.Commit(c.Company.Number, draft, c.Now, c.rules())
	return c.json(http.StatusOK, collection.Record{
		member("Vendor", collection.List{r.record}), member("TotalCount", number(1)), member("NextPage", nil), member("RequestRunSummary", "1 vendor deleted"),
	}.AppendJSON(nil, c.Base))
}

func deleteGroup(c *Call) reply.Reply {
	query := c.Request.URL.Query()
	r, err := c.vendor(query.Get("vendorCode"), query.Get("addressCode"))
	if err != nil {
		return reply.Message(err)
	}
	groups, _ := r.record.Value("VendorGroupList").(collection.List)
	left := without(groups, "Name", query.Get("groupName"))
	if len(left) == len(groups) {
		return reply.Message(fmt.Errorf("the vendor is in no group %q", query.Get("groupName")))
	}
	c.commitVendor(r.version.Object.ID, r.record.With("VendorGroupList", left))
	return c.json(http.StatusOK, collection.Record{
		member("VendorGroup", left), member("TotalCount", number(len(left))), member("NextPage", nil), member("RequestRunSummary", "1 group deleted"),
	}.AppendJSON(nil, c.Base))
}
