package element

import (
	"slices"
	"strings"

	"turnstone/internal/element/format"
)

// authenticatorFields says which types of authenticator a key is for.
var authenticatorFields = []struct{ key, types string }{
	{"client_id", "OAuthAuthenticator"},
	{"client_secret", "OAuthAuthenticator"},
	{"client_authorization", "OAuthAuthenticator"},
	{"scopes", "OAuthAuthenticator"},
	{"authorize", "OAuthAuthenticator"},
	{"grants", "OAuthAuthenticator"},
	{"token_response", "OAuthAuthenticator"},
	{"error_handler", "OAuthAuthenticator"},
	{"header", "OAuthAuthenticator ApiKeyAuthenticator"},
	{"prefix", "OAuthAuthenticator ApiKeyAuthenticator"},
	{"api_token", "ApiKeyAuthenticator BearerAuthenticator"},
	{"username", "BasicHttpAuthenticator"},
	{"password", "BasicHttpAuthenticator"},
}

// authenticatorNeeds says which keys a type of authenticator cannot do without.
var authenticatorNeeds = map[string][]string{
	"OAuthAuthenticator":     {"client_id", "grants"},
	"ApiKeyAuthenticator":    {"api_token"},
	"BearerAuthenticator":    {"api_token"},
	"BasicHttpAuthenticator": {"username"},
}

func lintAuthenticatorFields(l linter) {
	kind := l.Authenticator.Type
	for _, f := range authenticatorFields {
		if l.Says("authenticator."+f.key) && !slices.Contains(strings.Fields(f.types), kind) {
			l.Report("authenticator."+f.key, "is not for %s but for %s; leave it out, or change the type",
				kind, strings.Join(strings.Fields(f.types), ", "))
		}
	}
	for _, key := range authenticatorNeeds[kind] {
		if !l.Says("authenticator." + key) {
			l.Report("authenticator."+key, "is missing; %s needs it", kind)
		}
	}
	if h := l.Authenticator.Header; h != "" && !headerSyntax.MatchString(h) {
		l.Report("authenticator.header", "%q is no name of a header; write letters, digits and dashes", h)
	}
}

func lintGrants(l linter) {
	a := l.Authenticator
	if a.Type != "OAuthAuthenticator" {
		return
	}
	if l.Says("authenticator.grants") && len(a.Grants) == 0 {
		l.Report("authenticator.grants", "is empty; write the ways to get a token")
	}
	renewals := 0
	for i, g := range a.Grants {
		path := format.Item("authenticator.grants", i)
		for j, key := range g.WhenPresent {
			l.unknownSetting(format.Item(path+".when_present", j), key)
		}
		switch g.Type {
		case "authorization_code":
			if a.Authorize == nil {
				l.Report("authenticator.authorize", "is missing; the grant authorization_code needs the page where a person allows the access")
			}
		case "refresh_token":
			if renewals++; renewals > 1 {
				l.Report(path, "is the second refresh_token; leave one, since a token is renewed in one way")
			}
			if len(g.WhenPresent) > 0 {
				l.Report(path+".when_present", "has no meaning for refresh_token, which is used whenever there is one; leave it out")
			}
		}
	}
}

func lintTokenResponse(l linter) {
	a := l.Authenticator
	for i, name := range a.TokenResponse.KeepURLs {
		if _, kept := a.TokenResponse.Keep[name]; !kept {
			l.Report(format.Item("authenticator.token_response.keep_urls", i), "keep has no %s; add it there, or leave it out here", name)
		}
	}
	for name := range a.TokenResponse.Keep {
		if t, err := ParseTemplate("{{ credential." + name + " }}"); err != nil || t.IsZero() {
			l.Report("authenticator.token_response.keep."+name, "cannot be written as credential.%s; name it with letters, digits and underscores", name)
		}
	}
	moved, to := len(a.ErrorHandler.MovedIf) > 0, a.ErrorHandler.MovedToURL != ""
	if moved != to {
		l.Report("authenticator.error_handler", "has one of moved and moved_to; write both, or neither")
	}
	l.matches("authenticator.error_handler.refused", a.ErrorHandler.RefusedIf)
	l.matches("authenticator.error_handler.moved", a.ErrorHandler.MovedIf)
}

// lintURLs checks the URLs that see a secret: those of the token endpoints and of
// the API. The page where a person allows the access sees none.
func lintURLs(l linter) {
	for i, g := range l.Authenticator.Grants {
		if !strings.HasPrefix(g.URL.String(), "/") {
			l.url(format.Item("authenticator.grants", i)+".url", g.URL)
		}
	}
	if a := l.Authenticator.Authorize; a != nil {
		if _, err := originOf(a.URL.sample()); err != nil {
			l.Report("authenticator.authorize.url", "%q %v; write it like https://login.example.com/authorize", a.URL, err)
		}
	}
	if len(l.Requester.URLBase) == 0 {
		l.Report("requester.url_base", "is missing; write scheme and host of the API, like https://api.example.com")
	}
	l.urls("requester", l.Requester)
	for path, r := range l.overlays() {
		l.urls(path, r)
	}
}

func (l linter) urls(path string, r Requester) {
	for i, u := range r.URLBase {
		l.url(format.Item(path+".url_base", i), u)
	}
}

// url reports a URL that may not carry a credential. One that begins with a lookup
// is known only when it is used, and is checked then.
func (l linter) url(path string, t Template) {
	if len(t.parts) > 0 && t.parts[0].lookup.root != "" {
		return
	}
	o, err := originOf(t.sample())
	switch {
	case err != nil:
		l.Report(path, "%q %v; write it like https://api.example.com", t, err)
	case o.scheme != "https" || o.port != "443":
		l.Report(path, "%q would send a credential in clear or to an unusual port; write https:// and no port", t)
	case !l.lists(o) && !l.Faulty("hosts"):
		l.Report(path, "%s is not among the hosts that may see a credential; add it to hosts", o.host)
	}
}

// sample returns the text with an x in the place of each lookup.
func (t Template) sample() string {
	var b strings.Builder
	for _, p := range t.parts {
		if p.lookup.root != "" {
			b.WriteByte('x')
		}
		b.WriteString(p.plain)
	}
	return b.String()
}
