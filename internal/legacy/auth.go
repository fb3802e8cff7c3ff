package legacy

import (
	"strings"
)

// The types of authentication that exports name.
const (
	authOAuth2         = "oauth2"
	authOAuth2Password = "oauth2password"
	authOAuth1         = "oauth1"
	authBasic          = "basic"
	authAWS            = "awsv4"
)

// oauth reports whether instances are authorised with OAuth 2.
func (im *importer) oauth() bool { return im.auth == authOAuth2 || im.auth == authOAuth2Password }

// readAuth makes the type of authentication known.
func (im *importer) readAuth() {
	im.auth = firstOf(word(im.src.Result, "authentication.type"), word(im.src.Result, "authentication"), strings.ToLower(im.defaults["authentication.type"]))
	if im.auth == "" && im.src.Get("typeOauth").Bool() {
		im.auth = authOAuth2
	}
}

// authenticator returns how requests prove who they act for.
func (im *importer) authenticator() node {
	switch im.auth {
	case authOAuth2, authOAuth2Password:
		return im.oauthAuthenticator()
	case authBasic:
		return im.basic()
	case authOAuth1, "oauth":
		im.report.add(Error, "authentication.type", "OAuth 1 is not spoken here; requests are sent without it")
	case authAWS, "awsv2", "aws":
		im.report.add(Error, "authentication.type", "requests are not signed as AWS wants them; they are sent without a signature")
	case "", "none", "custom", "apikey", "api_key":
	default:
		im.report.add(Error, "authentication.type", "%.40q is not known; requests are sent without it", im.auth)
	}
	if im.authorization == "" {
		return node{"type": "NoAuth"}
	}
	return node{"type": "ApiKeyAuthenticator", "header": "Authorization", "api_token": im.authorization}
}

func (im *importer) basic() node {
	user, password := im.configuredOrDeclared("authentication", "username"), im.configuredOrDeclared("authentication", "password")
	if im.authorization != "" && !strings.Contains(im.authorization, "username") {
		return node{"type": "ApiKeyAuthenticator", "header": "Authorization", "api_token": im.authorization}
	}
	return node{
		"type": "BasicHttpAuthenticator", "username": "{{ " + user + " }}", "password": "{{ " + password + " }}",
	}
}

// oauthAuthenticator returns the OAuth 2 flow: of a person's browser where the export has
// an address for it, with a login where it has a resource for that, and with the app's
// own key otherwise.
func (im *importer) oauthAuthenticator() node {
	n := node{"type": "OAuthAuthenticator", "client_id": "{{ config['oauth.api.key'] }}", "client_secret": "{{ config['oauth.api.secret'] }}"}
	n.set("prefix", im.prefix())
	if im.defaults[keyBasic] == "true" {
		n["client_authorization"] = "basic"
	}
	if im.configured(keyScope) != "" {
		n["scopes"] = "{{ config['oauth.scope'] }}"
	}
	if im.sendsToken {
		n["token_response"] = node{"keep": node{"token": "access_token"}}
	}
	token := im.tokenURL(keyTokenURL)
	if token == "" {
		im.report.add(Error, "configuration", "there is no usable default for %s, so that no token can be got; requests are sent without one", keyTokenURL)
		return node{"type": "NoAuth"}
	}
	n["grants"] = im.grants(n, token)
	return n
}

// prefix returns the word before the token in its header.
func (im *importer) prefix() string {
	if word, _, found := strings.Cut(im.authorization, " {{"); found {
		return word
	}
	return "Bearer"
}

func (im *importer) grants(n node, token string) []node {
	var grants []node
	if p := im.password; p != nil {
		grants = append(grants, node{
			"type": "password", "url": firstOf(im.passwordURL, token), "when_present": []string{"username", "password"}, "request_parameters": p,
		})
	}
	if page := im.pageURL(); page != "" {
		n["authorize"] = node{"url": page}
		grants = append(grants, node{"type": "authorization_code", "url": token})
	} else if im.password == nil {
		grants = append(grants, node{"type": "client_credentials", "url": token})
	}
	grants = append(grants, node{"type": "refresh_token", "url": firstOf(im.tokenURL(keyRefreshURL), token)})
	for _, g := range grants {
		g["fixed_host"] = true // base.url was never about the token endpoint
	}
	return grants
}

// tokenURL returns the address of a token endpoint.
func (im *importer) tokenURL(key string) string {
	text := im.defaults[key]
	if text == "" {
		return ""
	}
	a := split(text)
	if a.base == "" {
		path, missing := im.template(a.path, nil)
		if strings.HasPrefix(path, "/") && len(missing) == 0 {
			return path
		}
		im.report.add(Error, "configuration."+key, "%.80q is no address; write one that begins with https://", text)
		return ""
	}
	base, ok := im.host("configuration."+key, a.base)
	path, missing := im.template(a.path, nil)
	switch {
	case len(missing) > 0:
		im.report.add(Error, "configuration."+key, "nothing says what %s stands for", missing[0])
		return ""
	case !ok:
		return firstOf(path, "/") // below base.url, which the instance must have then
	case a.query != "":
		im.report.add(Warning, "configuration."+key, "the query of the address is not sent")
	}
	return base + path
}

// pageURL returns the address of the page on which people allow the access.
func (im *importer) pageURL() string {
	text := im.defaults[keyAuthorize]
	if text == "" {
		return ""
	}
	a := split(text)
	template, missing := im.template(a.base+a.path, nil)
	if len(missing) > 0 || a.base == "" {
		im.report.add(Error, "configuration."+keyAuthorize, "%.80q is no whole address; people cannot authorise instances in their browser", text)
		return ""
	}
	if a.query != "" {
		im.report.add(Warning, "configuration."+keyAuthorize, "the query of the address is left out; ask for what it says with oauth.scope if you can")
	}
	return template
}
