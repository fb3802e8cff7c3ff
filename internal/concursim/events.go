package concursim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"turnstone/internal/concursim/collection"
	"turnstone/internal/concursim/ess"
	"turnstone/internal/concursim/expense"
	"turnstone/internal/concursim/reply"
)

// routeEvents serves the Event Subscription Service.
func (s *Simulator) routeEvents(mux *http.ServeMux) {
	for pattern, serve := range map[string]func(*http.Request, ess.Caller) reply.Reply{
		"GET /events/v4/topics":                s.events.ServeTopics,
		"PUT /events/v4/subscriptions/webhook": s.events.ServePut,
		"GET /events/v4/subscriptions":         s.events.ServeList,
		"GET /events/v4/subscriptions/{id}":    s.events.ServeList,
		"DELETE /events/v4/subscriptions/{id}": s.events.ServeDelete,
	} {
		mux.HandleFunc(pattern, s.guarded(s.appOnly, func(r *http.Request, g grant) reply.Reply {
			return serve(r, s.callerOf(r, g))
		}))
	}
}

// appOnly is the check that a request's token is an application's own.
func (s *Simulator) appOnly(r *http.Request) (grant, *reply.Reply) {
	g, refusal := s.tokenOf(r)
	if refusal == nil && g.Company != 0 {
		a := s.failure(r, http.StatusForbidden, "The token is not an application's; get one with grant_type=client_credentials")
		refusal = &a
	}
	return g, refusal
}

func (s *Simulator) callerOf(r *http.Request, g grant) ess.Caller {
	return ess.Caller{
		App: g.Client, Scope: g.Scope, May: slices.Contains(strings.Fields(g.Scope), ess.TopicScope),
		Refuse: func(status int, message string) reply.Reply { return s.problemOf(r, status, message).V4(r.URL.Path) },
	}
}

// connect tells the service that an application has got tokens.
func (s *Simulator) connect(g grant) {
	s.mu.RLock()
	company := s.ledger.Companies[g.Company-1].UUID
	s.mu.RUnlock()
	kind := ess.UserToken
	if g.Login == "" {
		kind = ess.CompanyToken
	}
	s.events.Connect(g.Client, company, kind)
}

// announced is how many versions events have been published about.
type announced struct{ reports, others int }

// announce publishes what has happened since it did so last. Whoever changes the
// ledger or the book calls it before giving up the lock.
func (s *Simulator) announce() {
	if !s.events.Subscribed() {
		s.told = announced{reports: len(s.ledger.Log), others: len(s.book.Log)}
		return
	}
	for ; s.told.reports < len(s.ledger.Log); s.told.reports++ {
		s.events.Publish(s.reportEvent(s.ledger.Log[s.told.reports]))
	}
	for ; s.told.others < len(s.book.Log); s.told.others++ {
		if e, wanted := s.otherEvent(s.book.Log[s.told.others]); wanted {
			s.events.Publish(e)
		}
	}
}

// eventTime is how events spell moments.
const eventTime = "2006-01-02T15:04:05.000Z"

// facts are what an event tells, by name.
type facts map[string]any

func (s *Simulator) event(company *expense.Company, topic, kind string, told facts) ess.Event {
	told["companyId"] = company.UUID
	spelled, _ := json.Marshal(told) // texts and lists of them have a JSON form
	return ess.Event{
		ID: newUUID(), CorrelationID: newUUID(), Route: "stable", Type: kind, Topic: topic, Told: topic, Company: company.UUID,
		TimeStamp: s.vendorNow().Format(eventTime), Facts: spelled,
	}
}

// reportEvent is what there is to tell about a version of a report. A step in the
// workflow is a change of status and not an update.
func (s *Simulator) reportEvent(v *expense.Version) ess.Event {
	company := s.ledger.Companies[v.Company-1]
	owner, _ := company.User(v.State.Owner.Login)
	told := facts{
		"userId": owner.UUID(), "actingUserId": owner.UUID(), "reportId": v.Report.ID, "reportType": "Regular",
		"lastModifiedDate": v.State.Modified.UTC().Format(eventTime),
		"href":             s.lastBase() + "/expensereports/v4/reports/" + v.Report.ID,
	}
	kind := "reportUpdated"
	switch before := v.Before(); {
	case v.Kind() == expense.Created:
		kind = "reportCreated"
	case v.Kind() == expense.Deleted:
		kind = "reportDeleted"
		delete(told, "href")
	case before.State.Approval != v.State.Approval || before.State.Payment != v.State.Payment:
		kind = "statusChanged"
		addStatus(told, company, &before.State, &v.State)
	}
	e := s.event(company, ess.Reports, kind, told)
	if s.Switches().EventTopics == "documented" && (kind == "reportUpdated" || kind == "reportDeleted") {
		e.Told = strings.TrimPrefix(ess.Reports, "public.")
	}
	return e
}

// addStatus adds what is told of a step in the workflow.
func addStatus(told facts, company *expense.Company, before, after *expense.State) {
	told["previousApprovalStatus"], told["currentApprovalStatus"] = before.Approval, after.Approval
	told["previousPaymentStatus"], told["currentPaymentStatus"] = before.Payment, after.Payment
	told["processId"] = expense.NameUUID("process " + told["reportId"].(string))
	told["stepCode"], told["startingStep"] = nil, nil
	switch {
	case after.Approval == "A_RESU" && after.Submitted.IsZero():
		told["stepCode"] = "RECALL"
	case after.Approval == "A_RESU":
		told["stepCode"] = "SENDBACK"
	case after.Approval == "A_EXTV":
		told["stepCode"] = "EXTVAL"
	case after.Payment == "P_PAID":
		told["stepCode"] = "PAIDREPORT"
	}
	if approver, known := company.User(after.Approver.Login); known && after.Approval == "A_PEND" {
		step := map[string]string{"id": newUUID(), "assignedUserId": approver.UUID()}
		told["startingStep"] = map[string]any{"roleCode": "MANAGER", "stepInstances": []any{step}}
	}
	if after.Payment != before.Payment {
		told["userId"] = nil // no user, but the system pays
	}
}

// otherEvent is what there is to tell about a version of another object, if anything.
func (s *Simulator) otherEvent(v *collection.Version) (ess.Event, bool) {
	company := s.ledger.Companies[v.Company-1]
	switch v.Kind.Name {
	case "requests":
		return s.requestEvent(company, v)
	case "Users":
		return s.identityEvent(company, v), true
	}
	return ess.Event{}, false
}

// requestEvent tells of a change of the status of a travel request. All its facts are
// texts, truths among them.
func (s *Simulator) requestEvent(company *expense.Company, v *collection.Version) (ess.Event, bool) {
	kind := map[string]string{
		"APPROVED": "statusChange.APPROVED", "CANCELED": "statusChange.CANCELED", "SENTBACK": "statusChange.SENTBACK",
		"SUBMITTED": "statusChange.PENDING.MANAGER",
	}[v.Record.Text("approvalStatus.code")]
	before := v.Before()
	if kind == "" || v.Deleted || before == nil || before.Text("approvalStatus.code") == v.Record.Text("approvalStatus.code") {
		return ess.Event{}, false
	}
	told := facts{
		"requestId": v.Record.Text("requestId"), "requestUuid": v.Object.ID, "userId": v.Record.Text("owner.id"),
		"name": v.Record.Text("name"), "isClosed": v.Record.Text("closed"), "isApproved": v.Record.Text("approved"),
		"href": s.lastBase() + v.Kind.Path + "/" + v.Object.ID,
	}
	return s.event(company, ess.Requests, kind, told), true
}

// identityEvent tells of a change of a user: who, and the names of what changed.
func (s *Simulator) identityEvent(company *expense.Company, v *collection.Version) ess.Event {
	kind := map[Kind]string{Created: "IdentityProfileCreated", Updated: "IdentityProfileUpdated", Deleted: "IdentityProfileDeleted"}[v.Change()]
	attributes := []string{}
	for _, name := range v.Changed() {
		if name != "meta" {
			attributes = append(attributes, name)
		}
	}
	e := s.event(company, ess.Identities, kind, facts{"userId": v.Object.ID, "attributes": attributes})
	e.ID = strings.ToLower(strings.TrimPrefix(kind, "IdentityProfile")) + "-" + e.ID + "-" + strconv.Itoa(v.Number)
	return e
}
