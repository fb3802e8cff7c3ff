package api

import (
	"encoding/json"
	"net/http"

	"turnstone/internal/api/rest"
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

func (a *API) listElements(c *rest.Call) (any, error) {
	all, err := a.Elements.Elements(c.Context(), c.Identity.AccountID)
	if err != nil {
		return nil, err
	}
	views := []catalogueJSON{}
	for _, el := range all {
		views = append(views, catalogueView(el))
	}
	return views, nil
}

func (a *API) showElement(c *rest.Call) (any, error) {
	el, err := a.ElementOf(c)
	if err != nil {
		return nil, err
	}
	return catalogueView(el), nil
}

func (a *API) authorizeByQuery(c *rest.Call) (any, error) {
	values, err := rest.Single(c.URL.Query())
	if err != nil {
		return nil, err
	}
	return a.authorizeURL(c, values)
}

func (a *API) authorizeByBody(c *rest.Call) (any, error) {
	body, err := c.Object()
	if err != nil {
		return nil, err
	}
	var values map[string]string
	if err := json.Unmarshal(body, &values); err != nil {
		return nil, rest.Failuref(http.StatusBadRequest, `the body has a member that is no text; write one like {"apiKey": "...", "callbackUrl": "..."}`)
	}
	return a.authorizeURL(c, values)
}

// authorizeURL answers with the page on which a person allows the access.
func (a *API) authorizeURL(c *rest.Call, values map[string]string) (any, error) {
	el, err := a.ElementOf(c)
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
