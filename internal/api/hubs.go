package api

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"turnstone"
	"turnstone/internal/api/rest"
	"turnstone/internal/hub"
)

// hubInstance returns the instance that a hub call is about: that of the token.
func hubInstance(c *rest.Call) (turnstone.Instance, error) {
	in, err := c.Own("a hub call needs the token of an instance; add Element <element token> to the Authorization header")
	if err != nil {
		return turnstone.Instance{}, err
	}
	c.Reply.Set(rest.HeaderInstanceID, strconv.FormatInt(in.ID, 10))
	if in.Disabled {
		return turnstone.Instance{}, rest.Failuref(http.StatusForbidden, "instance %d is disabled; enable it with PUT %s/instances/%d/enabled", in.ID, rest.Prefix, in.ID)
	}
	return in, nil
}

// hubRead lists a resource, or returns one of its records. The name of a resource
// may have several segments, so the element says where it ends.
func (a *API) hubRead(c *rest.Call) (any, error) {
	in, err := hubInstance(c)
	if err != nil {
		return nil, err
	}
	path := c.PathValue("path")
	if el, err := a.Elements.OfInstance(c.Context(), in); err == nil && strings.Contains(path, "/") {
		if _, whole := el.Resource(path); !whole {
			return a.hubRetrieve(c, in)
		}
	}
	return a.hubList(c, in)
}

func (a *API) hubList(c *rest.Call, in turnstone.Instance) (any, error) {
	request, err := hub.ParseURL(c.URL.EscapedPath() + "?" + c.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	if request.Next, err = a.openedPage(in.ID, request.Next); err != nil {
		return nil, err
	}
	page, err := a.Hub.List(c.Context(), in, request)
	if err == nil {
		err = page.Broken // half a list must not look like a whole one
	}
	if err != nil {
		return nil, err
	}
	c.Reply.Set(rest.HeaderReturned, strconv.Itoa(len(page.Records)))
	if page.Next != "" {
		c.Reply.Set(rest.HeaderNextPage, a.signedPage(in.ID, page.Next))
	}
	return append([]json.RawMessage{}, page.Records...), nil
}

func (a *API) hubRetrieve(c *rest.Call, in turnstone.Instance) (any, error) {
	ref, err := recordOf(c)
	if err != nil {
		return nil, err
	}
	return answerOf(a.Hub.Retrieve(c.Context(), in, ref))
}

func (a *API) hubCreate(c *rest.Call) (any, error) {
	in, err := hubInstance(c)
	if err != nil {
		return nil, err
	}
	query, err := rest.Single(c.URL.Query())
	if err != nil {
		return nil, err
	}
	body, err := c.Object()
	if err != nil {
		return nil, err
	}
	return answerOf(a.Hub.Create(c.Context(), in, hub.Ref{Resource: c.PathValue("path"), Query: query}, body))
}

func (a *API) hubUpdate(c *rest.Call) (any, error) {
	in, err := hubInstance(c)
	if err != nil {
		return nil, err
	}
	ref, err := a.target(c, in, "update")
	if err != nil {
		return nil, err
	}
	body, err := c.Object()
	if err != nil {
		return nil, err
	}
	return answerOf(a.Hub.Update(c.Context(), in, ref, body))
}

func (a *API) hubDelete(c *rest.Call) (any, error) {
	in, err := hubInstance(c)
	if err != nil {
		return nil, err
	}
	ref, err := a.target(c, in, "delete")
	if err != nil {
		return nil, err
	}
	return answerOf(a.Hub.Delete(c.Context(), in, ref))
}

// target returns what an operation is about: the record that the path names, or a
// resource whose records the vendor finds by the body or the query.
func (a *API) target(c *rest.Call, in turnstone.Instance, operation string) (hub.Ref, error) {
	path := c.PathValue("path")
	el, err := a.Elements.OfInstance(c.Context(), in)
	if err != nil {
		return recordOf(c)
	}
	resource, whole := el.Resource(path)
	if !whole || resource.Operations[operation] == nil || resource.Operations[operation].NeedsID() {
		return recordOf(c)
	}
	query, err := rest.Single(c.URL.Query())
	return hub.Ref{Resource: path, Query: query}, err
}

// recordOf returns which record the path names: its last segment is the id.
func recordOf(c *rest.Call) (hub.Ref, error) {
	query, err := rest.Single(c.URL.Query())
	if err != nil {
		return hub.Ref{}, err
	}
	// An escaped slash belongs to the id, so the escaped path is cut.
	escaped := c.URL.EscapedPath()
	cut := strings.LastIndexByte(escaped, '/')
	id, err := url.PathUnescape(escaped[cut+1:])
	resource, found := strings.CutSuffix(c.PathValue("path"), "/"+id)
	if err != nil || !found {
		return hub.Ref{}, rest.Failuref(http.StatusNotFound, "the path names no record; write the id behind the resource, as in /hubs/%s/%s/{id}", c.PathValue("hub"), c.PathValue("path"))
	}
	return hub.Ref{Resource: resource, ID: id, Query: query}, nil
}

// answerOf returns a vendor's answer, which may be empty.
func answerOf(record json.RawMessage, err error) (any, error) {
	if err != nil || len(record) == 0 {
		return nil, err
	}
	return record, nil
}
