package instance

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/oauth"
)

// Interaction is something a person has to do before an instance works: to visit
// the page where the vendor asks whether to allow the access.
type Interaction struct {
	Element  string `json:"element"`
	OAuthURL string `json:"oauthUrl"`
}

// Interactions returns what people have to do for an instance: nothing once its
// credential is valid.
func (s *Instances) Interactions(ctx context.Context, in turnstone.Instance) []Interaction {
	el := s.elementOf(ctx, in)
	if in.Credential == turnstone.CredentialValid || el.Authenticator.Authorize == nil {
		return nil
	}
	address, err := oauth.AuthorizeURL(el, in.Configuration, el.Key)
	if err != nil {
		return nil // the page's address depends on an entry that is not set
	}
	return []Interaction{{Element: el.Key, OAuthURL: address}}
}

// AuthorizeURL returns the page to visit before an instance is created. values are
// configuration entries, or what the platform calls them in this request: apiKey,
// apiSecret, callbackUrl and scope. An empty state is the element's key.
func (s *Instances) AuthorizeURL(el *element.Element, values map[string]string, state string) (string, error) {
	var problems Problems
	if el.Authenticator.Type != "OAuthAuthenticator" || el.Authenticator.Authorize == nil {
		problems.add("element", "%q is not authorised with OAuth 2; create the instance without a code", el.Key)
		return "", problems
	}
	c := turnstone.Configuration(el.Defaults())
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if strings.ContainsFunc(values[name], isControl) {
			problems.add(name, "%s", notOneLine)
		}
		if values[name] != "" {
			c[cmp.Or(authorizeNames[name], name)] = values[name]
		}
	}
	for _, name := range []string{"apiKey", "callbackUrl"} {
		if c[authorizeNames[name]] == "" {
			problems.add(name, "is missing; write the %s of your app as registered with the vendor", authorizeNames[name])
		}
	}
	if len(problems) > 0 {
		return "", problems
	}
	address, err := oauth.AuthorizeURL(el, c, cmp.Or(state, el.Key))
	if err != nil {
		problems.add("element", "%v", err)
		return "", problems
	}
	return address, nil
}

// authorizeNames are the configuration keys of the platform's parameters.
var authorizeNames = map[string]string{
	"apiKey":      turnstone.KeyOAuthClientID,
	"apiSecret":   turnstone.KeyOAuthClientSecret,
	"callbackUrl": turnstone.KeyOAuthCallbackURL,
	"scope":       turnstone.KeyOAuthScope,
	"siteAddress": "site.address",
	"subdomain":   "subdomain",
}
