package expense

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// State is what a report says in one version. A committed state is never
// altered: the next version starts from a copy.
type State struct {
	Name, Currency, Country, Subdivision string
	LastComment                          string
	Total, Personal, CompanyCard         cents
	Created, Submitted, Processing, Paid time.Time // zero where the report has not got so far
	UserDefined, Modified                time.Time
	Receipts, EverSentBack, Exception    bool
	Deleted                              bool   // by its owner; such a version is never shown
	Owner, Approver                      Person // the approver is zero before submission
	Approval, Payment                    string // status codes
	Policy                               string
	OrgUnits                             [6]*CustomField
	Customs                              [20]*CustomField
}

// Person is who a report names.
type Person struct{ Login, Name string }

// CustomField is the value of an organisation unit or custom field.
type CustomField struct{ Type, Value, Code, ListItem string }

// cents is an amount in hundredths, so that no sum is ever off by a binary
// fraction.
type cents int64

// String returns c as Concur writes amounts: decimal, without trailing zeros.
func (c cents) String() string {
	sign := ""
	if c < 0 {
		sign, c = "-", -c
	}
	whole := sign + strconv.FormatInt(int64(c/100), 10)
	if c%100 == 0 {
		return whole
	}
	return whole + strings.TrimRight(fmt.Sprintf(".%02d", c%100), "0")
}

// statusNames holds the display names of the status codes that occur here.
var statusNames = map[string]string{
	"A_NOTF": "Not Submitted",
	"A_PEND": "Submitted & Pending Approval",
	"A_PECO": "Pending Cost Object Approval",
	"A_PBDG": "Pending Budget Approval",
	"A_EXTV": "Pending External Validation",
	"A_ACCO": "Approved & In Accounting Review",
	"A_APPR": "Approved",
	"A_RESU": "Sent Back to Employee",
	"P_NOTP": "Not Paid",
	"P_PROC": "Processing Payment",
	"P_PAID": "Sent for Payment",
	"P_PAYC": "Payment Confirmed",
}

// final tells whether the life of the report is over.
func (st *State) final() bool { return st.Payment == "P_PAYC" }

// over tells whether nothing befalls the report any more.
func (st *State) over() bool { return st.final() || st.Deleted }

// Open tells whether the report is in the hands of its owner.
func (st *State) Open() bool { return st.Approval == "A_NOTF" || st.Approval == "A_RESU" }

// Add adds hundredths to the total; they may be negative.
func (st *State) Add(hundredths int64) { st.Total += cents(hundredths) }

type fieldKind int

const (
	textField fieldKind = iota
	nullField
	literalField // a number or boolean
	linkField    // a path below the base URL
	actionField  // a link that carries the caller's query string
	listField    // a CustomField
)

// field is one of the 59 members of a report, ready to be written as JSON or
// XML.
type field struct {
	name   string
	kind   fieldKind
	text   string
	custom CustomField
}

// fields returns the members of the version in Concur's order.
func (v *Version) fields() []field {
	st, id := &v.State, v.Report.ID
	all := make([]field, 0, 59)
	all = append(all,
		text("Name", st.Name), amount("Total", st.Total), text("CurrencyCode", st.Currency),
		text("Country", st.Country), optional("CountrySubdivision", st.Subdivision),
		v.date("CreateDate", st.Created), v.date("SubmitDate", st.Submitted),
		v.date("ProcessingPaymentDate", st.Processing), v.date("PaidDate", st.Paid),
		fact("ReceiptsReceived", st.Receipts), v.date("UserDefinedDate", st.UserDefined),
		text("LastComment", st.LastComment),
		text("OwnerLoginID", st.Owner.Login), text("OwnerName", st.Owner.Name),
		optional("ApproverLoginID", st.Approver.Login), optional("ApproverName", st.Approver.Name),
		text("ApprovalStatusName", statusNames[st.Approval]), text("ApprovalStatusCode", st.Approval),
		text("PaymentStatusName", statusNames[st.Payment]), text("PaymentStatusCode", st.Payment),
		v.date("LastModifiedDate", st.Modified),
		amount("PersonalAmount", st.Personal), amount("AmountDueEmployee", st.Total-st.Personal-st.CompanyCard),
		amount("AmountDueCompanyCard", st.CompanyCard), amount("TotalClaimedAmount", st.Total-st.Personal),
		amount("TotalApprovedAmount", st.Total-st.Personal),
		text("LedgerName", "DEFAULT"), text("PolicyID", st.Policy),
		fact("EverSentBack", st.EverSentBack), fact("HasException", st.Exception), v.action())
	for i, c := range st.OrgUnits {
		all = append(all, list("OrgUnit"+strconv.Itoa(i+1), c))
	}
	for i, c := range st.Customs {
		all = append(all, list("Custom"+strconv.Itoa(i+1), c))
	}
	return append(all, text("ID", id), field{name: "URI", kind: linkField, text: Path + "/" + id})
}

// action is the address at which an approver acts on the report. Concur
// appends the query string of whoever reads the report, so that the field
// differs from reader to reader without any change of the report.
func (v *Version) action() field {
	if v.State.Approval != "A_PEND" {
		return text("WorkflowActionUrl", "")
	}
	path := "/api/expense/expensereport/v1.1/report/" + v.Report.ID + "/WorkFlowAction"
	return field{name: "WorkflowActionUrl", kind: actionField, text: path}
}

func (v *Version) date(name string, t time.Time) field {
	if t.IsZero() {
		return field{name: name, kind: nullField}
	}
	return text(name, v.style.format(t))
}

func text(name, value string) field { return field{name: name, text: value} }

func optional(name, value string) field {
	if value == "" {
		return field{name: name, kind: nullField}
	}
	return text(name, value)
}

func amount(name string, c cents) field {
	return field{name: name, kind: literalField, text: c.String()}
}

func fact(name string, holds bool) field {
	return field{name: name, kind: literalField, text: strconv.FormatBool(holds)}
}

func list(name string, c *CustomField) field {
	if c == nil {
		return field{name: name, kind: nullField}
	}
	return field{name: name, kind: listField, custom: *c}
}

// Changed names the fields in which v differs from the version before it,
// except LastModifiedDate, which always does, and the volatile
// WorkflowActionUrl.
func (v *Version) Changed() []string {
	if v.prev == nil {
		return nil
	}
	var names []string
	old := v.prev.fields()
	for i, f := range v.fields() {
		if f.name != "LastModifiedDate" && f.name != "WorkflowActionUrl" && f != old[i] {
			names = append(names, f.name)
		}
	}
	return names
}
