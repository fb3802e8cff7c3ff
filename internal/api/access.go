package api

import (
	"errors"
	"net/http"
	"strconv"

	"turnstone"
)

// identified lets in those who say who they are.
func (a *API) identified(answer endpoint) endpoint {
	return func(c *call) (any, error) {
		var err error
		if c.identity, err = a.Auth.Identify(c.Context(), c.Header.Get("Authorization")); err != nil {
			return nil, err
		}
		return answer(c)
	}
}

// scoped restricts an endpoint to the instances of the element in the path.
func (a *API) scoped(answer endpoint) endpoint {
	return func(c *call) (any, error) {
		el, err := a.elementOf(c)
		if err != nil {
			return nil, err
		}
		c.element = el.Key
		return answer(c)
	}
}

// instance returns the instance that the path is about.
func (a *API) instance(c *call) (turnstone.Instance, error) {
	text := c.PathValue("id")
	if text == ofToken {
		return c.own("the path names no instance; write /instances/{id}, or add Element <element token> to the Authorization header")
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return turnstone.Instance{}, failuref(http.StatusNotFound, "there is no instance %s; write the number of one", excerpt(text))
	}
	c.instance = id
	if own := c.identity.Instance; !c.identity.WholeAccount && own.ID != id {
		return turnstone.Instance{}, errNeedsOrganization
	}
	in, err := a.Instances.One(c.Context(), c.identity.AccountID, id)
	if errors.Is(err, turnstone.ErrNotFound) || (err == nil && c.element != "" && c.element != in.Element) {
		return turnstone.Instance{}, failuref(http.StatusNotFound, "there is no instance %d, or it is not yours; GET %s/instances lists those that are", id, prefix)
	}
	return in, err
}

// own returns the instance whose token the caller gave. problem is what to answer
// to those who gave none.
func (c *call) own(problem string) (turnstone.Instance, error) {
	if c.identity.Instance == nil {
		return turnstone.Instance{}, failuref(http.StatusUnauthorized, "%s", problem)
	}
	c.instance = c.identity.Instance.ID
	return *c.identity.Instance, nil
}

// errNeedsOrganization says that a token opens one instance only.
var errNeedsOrganization = failuref(http.StatusUnauthorized, "the Authorization header lacks Organization; an Element token alone opens its own instance only")
