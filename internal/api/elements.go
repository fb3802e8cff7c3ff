package api

import (
	"encoding/json"
	"net/http"
	"net/url"

	"turnstone/internal/element"
	"turnstone/internal/instance"
)

// catalogueJSON is an element as the catalogue shows it: clients read what an
// instance can be configured with, and copy defaults from it.
type catalogueJSON struct {
	elementJSON

	Configuration []fieldJSON `json:"configuration"`
}

func catalogueView(el *element.Element) catalogueJSON {
	view := catalogueJSON{elementJSON: elementView(el)}
	for i, f := range instance.Fields(el) {
		view.Configuration = append(view.Configuration, fieldView(f, i+1))
	}
	return view
}

// elementOf returns the element that the path names by key or id.
func (a *API) elementOf(c *call) (*element.Element, error) {
	name := c.PathValue("element")
	el, known := a.Elements.Lookup(name)
	if !known {
		return nil, failuref(http.StatusNotFound, "there is no element %s; GET %s/elements lists those there are", excerpt(name), prefix)
	}
	return el, nil
}

func (a *API) listElements(*call) (any, error) {
	views := []catalogueJSON{}
	for _, el := range a.Elements.All() {
		views = append(views, catalogueView(el))
	}
	return views, nil
}

func (a *API) showElement(c *call) (any, error) {
	el, err := a.elementOf(c)
	if err != nil {
		return nil, err
	}
	return catalogueView(el), nil
}

func (a *API) authorizeByQuery(c *call) (any, error) {
	values, err := single(c.URL.Query())
	if err != nil {
		return nil, err
	}
	return a.authorizeURL(c, values)
}

func (a *API) authorizeByBody(c *call) (any, error) {
	body, err := c.object()
	if err != nil {
		return nil, err
	}
	var values map[string]string
	if err := json.Unmarshal(body, &values); err != nil {
		return nil, failuref(http.StatusBadRequest, `the body has a member that is no text; write one like {"apiKey": "...", "callbackUrl": "..."}`)
	}
	return a.authorizeURL(c, values)
}

// authorizeURL answers with the page on which a person allows the access.
func (a *API) authorizeURL(c *call, values map[string]string) (any, error) {
	el, err := a.elementOf(c)
	if err != nil {
		return nil, err
	}
	state := values["state"]
	delete(values, "state")
	address, err := a.Instances.AuthorizeURL(el, values, state)
	if err != nil {
		return nil, err
	}
	return instance.Interaction{Element: el.Key, OAuthURL: address}, nil
}

// single returns parameters that are given once each.
func single(query url.Values) (map[string]string, error) {
	values := make(map[string]string, len(query))
	for name, list := range query {
		if len(list) > 1 {
			return nil, failuref(http.StatusBadRequest, "%s is given %d times; write it once", excerpt(name), len(list))
		}
		values[name] = list[0]
	}
	return values, nil
}
