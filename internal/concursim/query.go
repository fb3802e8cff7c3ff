package concursim

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"turnstone/internal/concursim/expense"
)

// query is what a list was asked for.
type query struct {
	limit  int
	offset string
	skip   int       // the offset, where pages are found by counting
	since  time.Time // lower bound of Modified that follows from the tests; zero if none
	tests  []func(*expense.State) bool
}

const (
	defaultLimit = 25
	maxLimit     = 100
)

// dates are the parameters that end in Before and After.
var dates = map[string]func(*expense.State) time.Time{
	"createDate":            func(st *expense.State) time.Time { return st.Created },
	"userDefinedDate":       func(st *expense.State) time.Time { return st.UserDefined },
	"submitDate":            func(st *expense.State) time.Time { return st.Submitted },
	"processingPaymentDate": func(st *expense.State) time.Time { return st.Processing },
	"paidDate":              func(st *expense.State) time.Time { return st.Paid },
	"modifiedDate":          func(st *expense.State) time.Time { return st.Modified },
}

// codes are the parameters that are compared with a field. Concur documents
// lists, separated by commas, for the statuses; here all take them.
var codes = map[string]func(*expense.State) string{
	"approvalStatusCode": func(st *expense.State) string { return st.Approval },
	"paymentStatusCode":  func(st *expense.State) string { return st.Payment },
	"currencyCode":       func(st *expense.State) string { return st.Currency },
	"countryCode":        func(st *expense.State) string { return st.Country },
	"approverLoginID":    func(st *expense.State) string { return st.Approver.Login },
}

// notSimulated are documented parameters about things that reports here do not
// have. To ignore them would be to answer another question.
var notSimulated = []string{
	"paymentType", "reimbursementMethod", "expenseTypeCode", "attendeeTypeCode", "vendorName", "batchID", "hasVAT",
	"hasImages", "hasAttendees", "hasBillableExpenses", "isTestUser", "expenseGroupConfigID",
	"entryTransactionDateBefore", "entryTransactionDateAfter",
}

// add takes one parameter into the query.
func (q *query) add(name, value string, sw Switches) error {
	if get, ok := codes[name]; ok {
		wanted := strings.Split(value, ",")
		q.tests = append(q.tests, func(st *expense.State) bool {
			return slices.ContainsFunc(wanted, func(w string) bool { return strings.EqualFold(w, get(st)) })
		})
		return nil
	}
	if get, ok := dates[strings.TrimSuffix(strings.TrimSuffix(name, "Before"), "After")]; ok {
		return q.addDate(name, value, get, sw)
	}
	switch {
	case name == "user", name == "offset":
		return nil // read elsewhere
	case name == "limit":
		return q.addLimit(value, sw)
	case slices.Contains(notSimulated, name):
		return fmt.Errorf("this simulator holds nothing that %s could be compared with; leave it out", name)
	case sw.UnknownParameter == "reject":
		return fmt.Errorf("the query parameter %s is not known", name)
	}
	return nil
}

func (q *query) addDate(name, value string, get func(*expense.State) time.Time, sw Switches) error {
	bound, err := expense.ParseDateIn(value, sw.TimeZone)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if strings.HasSuffix(name, "Before") {
		q.tests = append(q.tests, func(st *expense.State) bool { return !get(st).IsZero() && get(st).Before(bound) })
		return nil
	}
	inclusive := false
	if name == "modifiedDateAfter" {
		if sw.IgnoreModifiedAfter {
			return nil
		}
		if sw.ModifiedAfter == "day" {
			bound = bound.Truncate(24 * time.Hour)
		}
		inclusive = sw.ModifiedAfter != "exclusive"
		q.since = bound
	}
	q.tests = append(q.tests, func(st *expense.State) bool {
		return get(st).After(bound) || inclusive && get(st).Equal(bound)
	})
	return nil
}

func (q *query) addLimit(value string, sw Switches) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		return fmt.Errorf("limit is %q; use a number from 1 to %d", value, maxLimit)
	}
	if n > maxLimit && sw.OverLimit == "reject" {
		return fmt.Errorf("limit must be less than or equal to %d", maxLimit)
	}
	q.limit = min(n, maxLimit)
	return nil
}

// parseQuery reads all parameters except user and offset.
func parseQuery(values url.Values, sw Switches) (query, error) {
	q := query{limit: defaultLimit}
	for name, value := range values {
		// An empty parameter restricts nothing.
		if value[0] == "" {
			continue
		}
		if err := q.add(name, value[0], sw); err != nil {
			return q, err
		}
	}
	return q, nil
}

func (q *query) matches(st *expense.State) bool {
	for _, test := range q.tests {
		if !test(st) {
			return false
		}
	}
	return true
}
