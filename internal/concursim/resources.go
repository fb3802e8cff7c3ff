package concursim

import (
	"fmt"
	"net/http"

	"turnstone/internal/concursim/collection"
	"turnstone/internal/concursim/endpoint"
	"turnstone/internal/concursim/expense"
	"turnstone/internal/concursim/fault"
	"turnstone/internal/concursim/reply"
	"turnstone/internal/concursim/resource"
)

// routeResources serves all resources but reports.
func (s *Simulator) routeResources(mux *http.ServeMux) {
	for _, route := range endpoint.Routes(resource.All()) {
		mux.HandleFunc(route.Pattern, s.guarded(s.allows(route.Kind.Scope), func(r *http.Request, g grant) reply.Reply {
			return s.serveResource(r, g, route)
		}))
	}
}

// serveResource answers one request. A read may found what the company has, and a
// write may change reports, so that all take the lock for themselves.
func (s *Simulator) serveResource(r *http.Request, g grant, route endpoint.Route) reply.Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.announce()
	kind, err := s.book.Kind(route.Kind.Name)
	if err != nil { // the routes and the book have the same kinds
		return s.refuse(r, err)
	}
	c := s.ledger.Companies[g.Company-1]
	call := &endpoint.Call{
		Request: r, Kind: kind, Book: s.book, Company: c, Switches: s.Switches(), Luck: s.luck, Now: s.now(), Base: s.base(r),
		ID:    entryOf(r).CorrelationID,
		Spoil: func(f fault.Fault) { entryOf(r).Fault = string(f) },
		Owner: func(asked string) (string, *reply.Reply) {
			login, denied := owner(c, g, asked, s.Switches())
			if denied != nil {
				refusal := s.failure(r, denied.status, denied.err.Error())
				return "", &refusal
			}
			return login, nil
		},
	}
	if u, isUser := c.User(g.Login); isUser {
		call.User = &u
	}
	return route.Serve(call)
}

// changeOthers makes the changes of an order to a resource that is not reports.
func (s *Simulator) changeOthers(o Order) ([]Version, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.announce()
	kind, err := s.book.Kind(o.Resource)
	if err != nil {
		return nil, fmt.Errorf("ordering changes: %w", err)
	}
	if o.Company != 0 {
		if _, err := s.ledger.Company(o.Company); err != nil {
			return nil, fmt.Errorf("ordering changes: %w", err)
		}
	}
	var made []Version
	for range o.Count {
		v, err := s.book.Change(collection.Choice{Company: o.Company, Kind: kind, Change: o.Kind}, s.now(), s.Switches().Rules())
		if err != nil {
			return made, fmt.Errorf("ordering changes: %w", err)
		}
		made = append(made, s.tell(kind, v))
	}
	return made, nil
}

// tell is the truth about a version, as the kind shows it.
func (s *Simulator) tell(kind *collection.Kind, v *collection.Version) Version {
	record := kind.Look(v).Without(kind.Hides...)
	change := v.Change()
	return Version{
		Sequence: v.Sequence, Company: v.Company, Resource: kind.Name, ReportID: record.Text(kind.ID), Number: v.Number, Kind: change,
		Changed: v.Changed(), LastModified: v.Modified.Format(expense.StampLayout),
		CommittedAt: v.CommittedAt, VisibleAt: v.VisibleAt, ShownUntil: v.ShownUntil(),
		Record: record.AppendJSON(nil, s.lastBase()),
	}
}

// others returns the truth about a resource that is not reports. What nobody has asked
// for yet is founded first, so that there is a truth to tell.
func (s *Simulator) others(f VersionFilter) ([]Version, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.announce()
	kind, err := s.book.Kind(f.Resource)
	if err != nil {
		return nil, err
	}
	for _, c := range s.ledger.Companies {
		if f.Company == 0 || f.Company == c.Number {
			s.book.Shown(c.Number, kind, s.now())
		}
	}
	all := []Version{}
	for _, v := range s.book.Log[min(max(f.After, 0), len(s.book.Log)):] {
		wanted := v.Kind.Name == kind.Name || v.Kind.Name == kind.Of
		if wanted && (f.Company == 0 || f.Company == v.Company) && !v.CommittedAt.Before(f.Since) {
			all = append(all, s.tell(kind, v))
		}
	}
	return all, nil
}

// Resource is a resource that is served: what the control endpoints call it, and
// where it is below the base URL.
type Resource struct {
	Name string `json:"name"`
	Path string `json:"path"`
}

// Served returns all resources, reports first.
func Served() []Resource {
	all := []Resource{{"reports", expense.Path}}
	for _, k := range resource.All() {
		all = append(all, Resource{k.Name, k.Path})
	}
	return all
}
