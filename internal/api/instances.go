package api

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"turnstone"
	"turnstone/internal/api/rest"
	"turnstone/internal/instance"
)

func (a *API) createInstance(c *rest.Call) (any, error) {
	if !c.Identity.WholeAccount {
		return nil, rest.ErrNeedsOrganization
	}
	in, err := a.input(c)
	if err != nil {
		return nil, err
	}
	owner := instance.Owner{AccountID: c.Identity.AccountID, UserID: c.Identity.User.ID}
	created, err := a.Instances.Create(c.Context(), owner, in)
	if err != nil {
		return nil, refusedGrant(err)
	}
	c.InstanceID = created.ID
	c.Changed(instance.Changed(turnstone.Instance{}, created)...)
	return a.instanceJSON(c, created)
}

func (a *API) updateInstance(c *rest.Call) (any, error) {
	current, err := a.Instance(c)
	if err != nil {
		return nil, err
	}
	in, err := a.input(c)
	if err != nil {
		return nil, err
	}
	in.KeepCredential = strings.EqualFold(c.URL.Query().Get("reAuthenticate"), "false")
	updated, err := a.Instances.Update(c.Context(), current.AccountID, current.ID, in)
	if err != nil {
		return nil, refusedGrant(err)
	}
	c.Changed(instance.Changed(current, updated)...)
	if in.ProviderData != nil {
		c.Changed("providerData")
	}
	return a.instanceJSON(c, updated)
}

// input reads what the body says about an instance. Below an element's path that
// element need not be named again.
func (a *API) input(c *rest.Call) (instance.Input, error) {
	body, err := c.Object()
	if err != nil {
		return instance.Input{}, err
	}
	in := instance.ReadInput(body)
	if c.Element == "" {
		return in, nil
	}
	if in.Element == nil {
		in.Element = &instance.ElementRef{Key: c.Element}
		return in, nil
	}
	el, err := a.Elements.Find(c.Context(), c.Identity.AccountID, in.Element.Key)
	if rest.IsMissing(err) {
		el, err = a.Elements.Find(c.Context(), c.Identity.AccountID, strconv.FormatInt(in.Element.ID, 10))
	}
	if err != nil && !rest.IsMissing(err) {
		return in, err
	}
	if err == nil && el.Key != c.Element {
		return in, instance.Problems{{Path: "element", Message: "is not the element of the path; leave it out of the body"}}
	}
	return in, nil
}

// refusedGrant answers 400 where a vendor refuses what came with the request: a
// 401 would make clients doubt their own secrets.
func refusedGrant(err error) error {
	if !errors.Is(err, turnstone.ErrUnauthenticated) {
		return err
	}
	f := rest.FailureOf(err)
	f.Status = http.StatusBadRequest
	return f
}

func (a *API) showInstance(c *rest.Call) (any, error) {
	in, err := a.Instance(c)
	if err != nil {
		return nil, err
	}
	return a.instanceJSON(c, in)
}

func (a *API) deleteInstance(c *rest.Call) (any, error) {
	in, err := a.Instance(c)
	if err != nil {
		return nil, err
	}
	return nil, a.Instances.Delete(c.Context(), in.AccountID, in.ID)
}

func (a *API) enableInstance(c *rest.Call) (any, error) {
	in, err := a.Instance(c)
	if err != nil {
		return nil, err
	}
	return nil, a.Instances.Enable(c.Context(), in.AccountID, in.ID)
}

func (a *API) disableInstance(c *rest.Call) (any, error) {
	in, err := a.Instance(c)
	if err != nil {
		return nil, err
	}
	return nil, a.Instances.Disable(c.Context(), in.AccountID, in.ID)
}

// listInstances returns the instances of the account. A caller who shows a token
// and no Organization gets the instance of the token in place of a list.
func (a *API) listInstances(c *rest.Call) (any, error) {
	if !c.Identity.WholeAccount {
		return a.instanceJSON(c, *c.Identity.Instance)
	}
	query := c.URL.Query()
	p, err := rest.PageOf(query)
	if err != nil {
		return nil, err
	}
	f := turnstone.InstanceFilter{
		AccountID: c.Identity.AccountID, Element: c.Element,
		Tags: append(query["tags[]"], query["tags"]...), Search: query.Get("searchText"),
	}
	list, err := a.instancePage(c, f, p)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, rest.Failuref(http.StatusNotFound, "No instances found")
	}
	views, err := a.instanceViews(c, list)
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(query.Get("hydrate"), "false") {
		for i := range views {
			views[i].Configuration = nil
		}
	}
	return views, nil
}

// instancePage returns a page of the instances that match f, and sets the headers
// that lead to the next.
func (a *API) instancePage(c *rest.Call, f turnstone.InstanceFilter, p rest.PageRequest) ([]turnstone.Instance, error) {
	f.After, f.Limit = p.Token, p.Size
	if p.Token == 0 && p.Page > 1 {
		f.Skip = (p.Page - 1) * p.Size
	}
	list, more, err := a.Instances.List(c.Context(), f)
	if err != nil {
		return nil, err
	}
	total := len(list)
	if more || f.After != 0 || f.Skip != 0 {
		counts, err := a.Store.CountInstances(c.Context(), f)
		if err != nil {
			return nil, err
		}
		total = sum(counts)
	}
	c.Reply.Set(rest.HeaderReturned, strconv.Itoa(len(list)))
	c.Reply.Set(rest.HeaderTotal, strconv.Itoa(total))
	if more {
		c.Reply.Set(rest.HeaderNextPage, rest.PageToken(list[len(list)-1].ID))
	}
	return list, nil
}
