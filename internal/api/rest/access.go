package rest

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"turnstone"
	"turnstone/internal/auth"
	"turnstone/internal/element"
)

// identified lets in those who say who they are.
func (s *Server) identified(answer Endpoint) Endpoint {
	return func(c *Call) (any, error) {
		var err error
		if c.Identity, err = s.Auth.Identify(c.Context(), authorization(c)); err != nil {
			return nil, err
		}
		if err := s.admit(c); err != nil {
			return nil, err
		}
		value, err := answer(c)
		if err == nil {
			s.record(c)
		}
		return value, err
	}
}

// authorization returns what the caller says of themselves. Some clients send each
// part of it in a header of its own.
func authorization(c *Call) string {
	return strings.Join(c.Header.Values("Authorization"), ", ")
}

// LetIn answers a call for those who say who they are, where no route does it: for a
// Fallback.
func (s *Server) LetIn(c *Call, answer Endpoint) (any, error) { return s.identified(answer)(c) }

// recognised lets everybody in, and finds out who they are if they say so in a way
// that holds.
func (s *Server) recognised(answer Endpoint) Endpoint {
	return func(c *Call) (any, error) {
		if header := authorization(c); header != "" {
			who, err := s.Auth.Identify(c.Context(), header)
			if err != nil && !errors.Is(err, auth.ErrUnauthorized) {
				return nil, err
			}
			c.Identity = who
		}
		return answer(c)
	}
}

// ElementOf returns the element that the path names by key or id.
func (s *Server) ElementOf(c *Call) (*element.Element, error) {
	name := c.PathValue("element")
	el, err := s.Elements.Find(c.Context(), c.Identity.AccountID, name)
	if IsMissing(err) {
		return nil, Failuref(http.StatusNotFound, "there is no element %s; GET %s/elements lists those there are", Excerpt(name), Prefix)
	}
	return el, err
}

// scoped restricts an endpoint to the instances of the element in the path. The
// caller is known by then.
func (s *Server) scoped(answer Endpoint) Endpoint {
	return func(c *Call) (any, error) {
		el, err := s.ElementOf(c)
		if err != nil {
			return nil, err
		}
		c.Element = el.Key
		return answer(c)
	}
}

// Instance returns the instance that the path is about.
func (s *Server) Instance(c *Call) (turnstone.Instance, error) {
	text := c.PathValue("id")
	if text == OfToken {
		return c.Own("the path names no instance; write /instances/{id}, or add Element <element token> to the Authorization header")
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return turnstone.Instance{}, Failuref(http.StatusNotFound, "there is no instance %s; write the number of one", Excerpt(text))
	}
	c.InstanceID = id
	if own := c.Identity.Instance; !c.Identity.WholeAccount && own.ID != id {
		return turnstone.Instance{}, ErrNeedsOrganization
	}
	in, err := s.Instances.One(c.Context(), c.Identity.AccountID, id)
	if errors.Is(err, turnstone.ErrNotFound) || (err == nil && c.Element != "" && c.Element != in.Element) {
		return turnstone.Instance{}, Failuref(http.StatusNotFound, "there is no instance %d, or it is not yours; GET %s/instances lists those that are", id, Prefix)
	}
	return in, err
}

// Own returns the instance whose token the caller gave. problem is what to answer
// to those who gave none.
func (c *Call) Own(problem string) (turnstone.Instance, error) {
	if c.Identity.Instance == nil {
		return turnstone.Instance{}, Failuref(http.StatusUnauthorized, "%s", problem)
	}
	c.InstanceID = c.Identity.Instance.ID
	return *c.Identity.Instance, nil
}

// ErrNeedsOrganization says that a token opens one instance only.
var ErrNeedsOrganization = Failuref(http.StatusUnauthorized, "the Authorization header lacks Organization; an Element token alone opens its own instance only")

// ErrNeedsAdmin says that members may not change what concerns the whole account.
var ErrNeedsAdmin = Failuref(http.StatusForbidden, "this is for admins of the account, and you are a member; ask an admin")
