package oauth

import (
	"fmt"
	"net/url"
	"strings"

	"turnstone"
	"turnstone/internal/element"
)

// AuthorizeURL returns the page on which a person allows an instance with
// configuration c to use the vendor's API. The vendor sends their browser back to
// oauth.callback.url with a code and with state, for which the element's key
// stands in if it is empty. The parameters are in alphabetical order. Every error
// is about the element or the configuration, and may be shown.
func AuthorizeURL(el *element.Element, c turnstone.Configuration, state string) (string, error) {
	auth := el.Authenticator
	if auth.Type != typeOAuth || auth.Authorize == nil {
		return "", fmt.Errorf("element %s has no page to authorise on; configure its credentials instead", el.Key)
	}
	config := configured(el, c)
	values := element.Values{Config: config}
	page, err := element.Rebase(auth.Authorize.URL.Expand(values), config[turnstone.KeyBaseURL])
	if err != nil {
		return "", fmt.Errorf("page to authorise element %s on: %w", el.Key, err)
	}
	u, err := url.Parse(page)
	if err != nil {
		return "", fmt.Errorf("page to authorise element %s on: %w", el.Key, err)
	}
	client := auth.ClientID.Expand(values)
	if client == "" {
		return "", fmt.Errorf("no client id; set %s (apiKey) to the id of the app registered with the vendor", turnstone.KeyOAuthClientID)
	}
	if state == "" {
		state = el.Key
	}
	query := u.Query()
	set := func(name, value string) {
		if value != "" {
			query.Set(name, value)
		}
	}
	set("response_type", "code")
	set("client_id", client)
	set("redirect_uri", config[turnstone.KeyOAuthCallbackURL])
	set("scope", auth.Scopes.Expand(values))
	set("state", state)
	for name, t := range auth.Authorize.Parameters {
		set(name, t.Expand(values))
	}
	// Some vendors take a plus in scope for itself; a real one is %2B here.
	u.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
	return u.String(), nil
}
