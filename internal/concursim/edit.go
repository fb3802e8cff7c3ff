package concursim

import (
	"bytes"
	"fmt"
	"net/http"
	"time"
	"unicode/utf8"

	"turnstone/internal/concursim/expense"
	"turnstone/internal/concursim/reply"
)

// getReport answers for a report that does not exist, or that is not the
// named user's, as Concur does: with 200.
func (s *Simulator) getReport(r *http.Request, g grant) reply.Reply {
	v, refusal := s.lookUp(r, g)
	if refusal != nil {
		return *refusal
	}
	who := expense.Reader{Base: s.base(r), Query: r.URL.RawQuery}
	if reply.WantsJSON(r) {
		return reply.Reply{Status: http.StatusOK, Type: reply.JSONType, Body: v.AppendJSON(nil, who)}
	}
	var b bytes.Buffer
	v.AppendXML(&b, expense.Namespaces, who)
	return reply.Reply{Status: http.StatusOK, Type: reply.XMLType, Body: b.Bytes()}
}

// lookUp returns the version of the report in the path that is shown now.
func (s *Simulator) lookUp(r *http.Request, g grant) (*expense.Version, *reply.Reply) {
	login, refusal := s.oneOwner(r, g)
	if refusal != nil {
		return nil, refusal
	}
	if v := s.shown(g, r.PathValue("id")); v != nil && v.State.Owner.Login == login {
		return v, nil
	}
	none := reply.JSON(http.StatusOK, map[string]any{"Error": map[string]string{"Message": noReport}})
	if !reply.WantsJSON(r) {
		none = s.failure(r, http.StatusOK, noReport)
	}
	return nil, &none
}

// shown returns what the company sees of a report now; nil if there is nothing.
func (s *Simulator) shown(g grant, id string) *expense.Version {
	s.mu.RLock()
	defer s.mu.RUnlock()
	known := s.ledger.Companies[g.Company-1].Report(id)
	if known == nil {
		return nil
	}
	return known.Shown(s.now())
}

const noReport = "No report found with the specified ID"

// oneOwner returns the login in whose name a single report is handled.
func (s *Simulator) oneOwner(r *http.Request, g grant) (string, *reply.Reply) {
	asked := r.URL.Query().Get("user")
	if asked == "ALL" {
		refusal := s.failure(r, http.StatusBadRequest, "user=ALL is not allowed here; name the owner of the report")
		return "", &refusal
	}
	s.mu.RLock()
	login, denied := owner(s.ledger.Companies[g.Company-1], g, asked, s.Switches())
	s.mu.RUnlock()
	if denied != nil {
		refusal := s.failure(r, denied.status, denied.err.Error())
		return "", &refusal
	}
	return login, nil
}

func (s *Simulator) createReport(r *http.Request, g grant) reply.Reply {
	login, refusal := s.oneOwner(r, g)
	if refusal != nil {
		return *refusal
	}
	values, err := reply.Fields(r)
	if err != nil {
		return reply.Message(err)
	}
	if values["Name"] == "" {
		return reply.Message(fmt.Errorf("name is required"))
	}
	v, err := s.write(g, expense.Edit{Apply: applier(values)}, login)
	if err != nil {
		return reply.Message(err)
	}
	uri := s.base(r) + expense.Path + "/" + v.Report.ID
	if reply.WantsJSON(r) {
		return reply.JSON(http.StatusOK, struct{ ID, URI string }{v.Report.ID, uri})
	}
	var b bytes.Buffer
	expense.Element(&b, "Response", expense.Namespaces, func() {
		expense.Text(&b, "ID", v.Report.ID)
		expense.Text(&b, "URI", uri)
	})
	return reply.Reply{Status: http.StatusOK, Type: reply.XMLType, Body: b.Bytes()}
}

func (s *Simulator) updateReport(r *http.Request, g grant) reply.Reply {
	shown, refusal := s.lookUp(r, g)
	if refusal != nil {
		return *refusal
	}
	values, err := reply.Fields(r)
	if err != nil {
		return reply.Message(err)
	}
	_, err = s.write(g, expense.Edit{Report: shown.Report, Apply: applier(values)}, "")
	if err != nil {
		return reply.Message(err)
	}
	return reply.Reply{Status: http.StatusNoContent}
}

// write commits the edit, which of a new report belongs to the login.
func (s *Simulator) write(g grant, e expense.Edit, login string) (*expense.Version, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.ledger.Companies[g.Company-1]
	e.Owner, _ = c.User(login)
	defer s.announce()
	return s.ledger.Write(c, e, s.now(), s.Switches().Rules())
}

// maxCustom is how long the value of a custom field may be.
const maxCustom = 48

func applier(values map[string]string) func(*expense.State) error {
	return func(st *expense.State) error { return apply(st, values) }
}

// apply writes the fields that a client may write. As with Concur all others
// are ignored, totals and statuses among them.
func apply(st *expense.State, values map[string]string) error {
	for name, value := range values {
		if !utf8.ValidString(value) {
			return fmt.Errorf("%s is not valid UTF-8", name)
		}
		switch name {
		case "Name":
			st.Name = value
		case "Comment":
			st.LastComment = value
		case "UserDefinedDate":
			t, err := expense.ParseDate(value)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			st.UserDefined = t.Truncate(24 * time.Hour)
		default:
			if err := applyCustom(st, name, value); err != nil {
				return err
			}
		}
	}
	return nil
}

func applyCustom(st *expense.State, name, value string) error {
	var slot **expense.CustomField
	for i := range st.OrgUnits {
		if name == fmt.Sprintf("OrgUnit%d", i+1) {
			slot = &st.OrgUnits[i]
		}
	}
	for i := range st.Customs {
		if name == fmt.Sprintf("Custom%d", i+1) {
			slot = &st.Customs[i]
		}
	}
	if slot == nil {
		return nil
	}
	if n := utf8.RuneCountInString(value); n > maxCustom {
		return fmt.Errorf("%s has %d characters; use at most %d", name, n, maxCustom)
	}
	*slot = nil
	if value != "" {
		*slot = &expense.CustomField{Type: "Text", Value: value}
	}
	return nil
}
