package catalogue

import (
	"encoding/json"
	"net/http"

	"turnstone"
	"turnstone/internal/api/rest"
	"turnstone/internal/instance"
)

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
	address, err := a.Authorize.AuthorizeURL(el, values, state)
	if err != nil {
		return nil, err
	}
	return instance.Interaction{Element: el.Key, OAuthURL: address}, nil
}

// authorizeByDefault uses the app that the element comes with, if it does.
func (a *API) authorizeByDefault(c *rest.Call) (any, error) {
	el, err := a.ElementOf(c)
	if err != nil {
		return nil, err
	}
	defaults := el.Defaults()
	if el.Authenticator.Authorize != nil && (defaults[turnstone.KeyOAuthClientID] == "" || defaults[turnstone.KeyOAuthCallbackURL] == "") {
		return nil, rest.Failuref(http.StatusNotFound, "%s comes without an app of its own; register one with the vendor and "+
			"GET %s/elements/%s/oauth/url?apiKey=...&apiSecret=...&callbackUrl=...", el.Name, rest.Prefix, el.Key)
	}
	return a.authorizeURL(c, map[string]string{"state": c.URL.Query().Get("state")})
}

// requestToken is the first step of OAuth 1, which no element here speaks.
func (a *API) requestToken(c *rest.Call) (any, error) {
	el, err := a.ElementOf(c)
	if err != nil {
		return nil, err
	}
	if el.Authenticator.Authorize == nil {
		return nil, rest.Failuref(http.StatusBadRequest, "%s is not authorised with OAuth; create the instance without a token", el.Name)
	}
	return nil, rest.Failuref(http.StatusBadRequest, "%s is authorised with OAuth 2, which has no request tokens; GET %s/elements/%s/oauth/url tells where to go",
		el.Name, rest.Prefix, el.Key)
}

// listProxies answers as for any list of which there is nothing: vendors call back to
// the oauth.callback.url of an instance itself.
func listProxies(*rest.Call) (any, error) {
	return nil, rest.Failuref(http.StatusNotFound, "No oauthProxies found")
}

func refuseProxy(*rest.Call) (any, error) {
	return nil, rest.Failuref(http.StatusNotFound, "there are no OAuth proxies here; the vendor calls back to the instance's oauth.callback.url itself, so register that with the vendor")
}
