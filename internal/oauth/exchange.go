package oauth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"turnstone"
	"turnstone/internal/element"
)

const (
	requestTime = 30 * time.Second
	// maxAnswer is far more than any token answer has; who sends more sends
	// something else.
	maxAnswer = 1 << 20
)

// The grants of OAuth 2 as elements name them.
const (
	grantCode    = "authorization_code"
	grantRefresh = "refresh_token"
)

const typeOAuth = "OAuthAuthenticator"

// exchange is what a token request is made of.
type exchange struct {
	el     *element.Element
	config turnstone.Configuration
	code   string               // that the vendor gave a person's browser
	held   turnstone.Credential // what we have; it stays where an answer says nothing
}

// configured returns c with the defaults of el beneath.
func configured(el *element.Element, c turnstone.Configuration) turnstone.Configuration {
	all := turnstone.Configuration(el.Defaults())
	for key, value := range c {
		if value != "" {
			all[key] = value
		}
	}
	return all
}

// renewals returns the grants that can replace x.held, the gentlest first.
func (x exchange) renewals() []element.Grant {
	var grants []element.Grant
	if refresh, ok := x.grant(grantRefresh); ok && x.held.RefreshToken != "" {
		grants = append(grants, refresh)
	}
	if login, ok := x.login(); ok {
		grants = append(grants, login)
	}
	return grants
}

// grant returns the element's grant of a type.
func (x exchange) grant(name string) (element.Grant, bool) {
	if x.el.Authenticator.Type != typeOAuth {
		return element.Grant{}, false
	}
	i := slices.IndexFunc(x.el.Authenticator.Grants, func(g element.Grant) bool { return g.Type == name })
	if i < 0 {
		return element.Grant{}, false
	}
	return x.el.Authenticator.Grants[i], true
}

// login returns the first grant that needs nothing but what is configured.
func (x exchange) login() (element.Grant, bool) {
	if x.el.Authenticator.Type != typeOAuth {
		return element.Grant{}, false
	}
	for _, g := range x.el.Authenticator.Grants {
		missing := func(key string) bool { return x.config[key] == "" }
		if g.Type != grantCode && g.Type != grantRefresh && !slices.ContainsFunc(g.WhenPresent, missing) {
			return g, true
		}
	}
	return element.Grant{}, false
}

// token asks for a token, at another host if the vendor sends us there. It
// returns a refusal if the vendor will not give one, and a *turnstone.VendorError
// if it may later.
func (k *Keeper) token(ctx context.Context, x exchange, grant element.Grant) (turnstone.Credential, error) {
	target, err := x.target(grant)
	if err != nil {
		return turnstone.Credential{}, err
	}
	started := k.Now()
	a, err := k.post(ctx, x, grant, target)
	if err != nil {
		return turnstone.Credential{}, err
	}
	if a.matches(x.el.Authenticator.ErrorHandler.MovedIf) {
		if target, err = x.follow(a, target); err != nil {
			return turnstone.Credential{}, err
		}
		if a, err = k.post(ctx, x, grant, target); err != nil {
			return turnstone.Credential{}, err
		}
		x.held.Values = with(x.held.Values, x.el.Authenticator.ErrorHandler.MovedToURL, originOf(target))
	}
	for name, origin := range x.strayed(a) {
		k.log().Warn("host of a token answer not allowed", "element", x.el.Key, "name", name, "host", origin,
			"err", "it is not kept: neither the element's hosts nor base.url name it")
	}
	return x.read(a, started)
}

// log returns where to log.
func (k *Keeper) log() *slog.Logger { return cmp.Or(k.Log, slog.New(slog.DiscardHandler)) }

// target returns the URL of the token endpoint for grant.
func (x exchange) target(grant element.Grant) (string, error) {
	text, base := grant.URL.Expand(x.values()), x.config[turnstone.KeyBaseURL]
	if strings.HasPrefix(text, "/") {
		base = cmp.Or(x.base(), base)
	} else if grant.FixedHost && x.allowed(text) {
		base = ""
	}
	target, err := element.Rebase(text, base)
	if err != nil {
		return "", fmt.Errorf("token endpoint of element %s: %w", x.el.Key, err)
	}
	if !x.allowed(target) {
		return "", fmt.Errorf("token endpoint of element %s is at %q, which may not see its credentials; name the host in the element's hosts, or as base.url", x.el.Key, originOf(target))
	}
	return target, nil
}

// base returns the first url_base that may see the credential.
func (x exchange) base() string {
	for _, t := range x.el.Requester.URLBase {
		if base := t.Expand(x.values()); base != "" && x.allowed(base) {
			return base
		}
	}
	return ""
}

// follow returns target at the host that a names.
func (x exchange) follow(a answer, target string) (string, error) {
	origin := originOf(a.text(x.el.Authenticator.ErrorHandler.MovedToURL))
	if origin == "" || !x.allowed(origin) {
		return "", a.unusable(turnstone.VendorFail, "it names %q as the place to ask, which is not among the hosts of element %s", origin, x.el.Key)
	}
	u, err := url.Parse(target)
	if err != nil {
		return "", fmt.Errorf("token endpoint of element %s: %w", x.el.Key, err)
	}
	return origin + u.RequestURI(), nil
}

func (x exchange) allowed(rawURL string) bool {
	return x.el.HostAllowed(x.config[turnstone.KeyBaseURL], rawURL)
}

func (x exchange) values() element.Values {
	return element.Values{Config: x.config, Credential: x.held.Values}
}

// form returns the fields of the request body.
func (x exchange) form(grant element.Grant) url.Values {
	form := url.Values{"grant_type": {grant.Type}}
	set := func(name, value string) {
		if value != "" {
			form.Set(name, value)
		}
	}
	switch grant.Type {
	case grantCode:
		set("code", x.code)
		set("redirect_uri", x.config[turnstone.KeyOAuthCallbackURL])
	case grantRefresh:
		set("refresh_token", x.held.RefreshToken)
	}
	auth := x.el.Authenticator
	if auth.ClientAuthorization != "basic" {
		set("client_id", auth.ClientID.Expand(x.values()))
		set("client_secret", auth.ClientSecret.Expand(x.values()))
	}
	for name, t := range grant.Parameters {
		set(name, t.Expand(x.values()))
	}
	return form
}

// post sends one token request and reads the answer, whatever it says.
func (k *Keeper) post(ctx context.Context, x exchange, grant element.Grant, target string) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader(x.form(grant).Encode()))
	if err != nil {
		return answer{}, fmt.Errorf("token endpoint of element %s: %w", x.el.Key, err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	if auth := x.el.Authenticator; auth.ClientAuthorization == "basic" {
		// RFC 6749, 2.3.1: both are form-encoded before they are joined.
		r.SetBasicAuth(url.QueryEscape(auth.ClientID.Expand(x.values())), url.QueryEscape(auth.ClientSecret.Expand(x.values())))
	}
	client := http.Client{Transport: k.HTTP.Transport, Timeout: requestTime, CheckRedirect: stay}
	place := originOf(target) + r.URL.EscapedPath()
	resp, err := client.Do(r)
	if err != nil {
		return answer{}, unanswered(ctx, place, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return answer{}, unanswered(ctx, place, err)
	}
	return newAnswer(place, resp, body), nil
}

// stay keeps the client from following redirects: they would take the form, with
// its secrets, to a host that nobody allowed.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// unanswered returns the error for a request that brought no whole answer.
func unanswered(ctx context.Context, place string, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // without the URL, which may have a query
	}
	return &turnstone.VendorError{Action: turnstone.VendorRetry, URL: place, Err: err}
}

// originOf returns scheme and host of a URL, as "https://host"; nothing if text
// is no URL with a host.
func originOf(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// with returns values and one more, sharing nothing with it.
func with(values map[string]string, name, value string) map[string]string {
	all := maps.Clone(values)
	if all == nil {
		all = map[string]string{}
	}
	all[name] = value
	return all
}
