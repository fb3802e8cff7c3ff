package generic

import (
	"net/url"
	"slices"
	"strings"

	"turnstone/internal/spelling"
)

// Configuration keys of the generic element.
const (
	keyBase     = "base.url"
	keyKind     = "rest.authentication"
	keyKey      = "rest.key"
	keyKeyName  = "rest.key.name"
	keyTokenURL = "oauth.token.url"
)

// kinds are the ways of authentication, and the entries that each needs.
var kinds = map[string][]string{
	"none":   nil,
	"header": {keyKey},
	"query":  {keyKey},
	"bearer": {keyKey},
	"basic":  {"username"},
	"oauth2": {"oauth.api.key", "oauth.api.secret", keyTokenURL},
}

var kindNames = []string{"none", "header", "query", "basic", "bearer", "oauth2"}

// authenticate adds the authentication that a configuration asks for.
func authenticate(root, requester node, config map[string]string, problems *Problems) {
	kind := kindOf(config)
	needs, known := kinds[kind]
	if !known {
		hint := "write one of " + strings.Join(kindNames, ", ")
		if best, near := spelling.Nearest(kind, kindNames); near {
			hint = "did you mean " + best + "?"
		}
		problems.add(keyKind, "", "%.30q is no way of authentication; %s", kind, hint)
		return
	}
	for _, key := range needs {
		if config[key] == "" {
			problems.add(key, "", "is missing, and the authentication %s needs it", kind)
		}
	}
	name := config[keyKeyName]
	if name == "" {
		name = "X-API-Key"
	}
	root["authenticator"] = authenticatorOf(kind, name)
	switch kind {
	case "query":
		requester["request_parameters"] = node{name: "{{ config['rest.key'] }}"}
	case "oauth2":
		oauth(root, config, problems)
	}
}

// kindOf returns the way of authentication: as it is said, or as what is filled in says.
func kindOf(config map[string]string) string {
	if kind := strings.ToLower(strings.TrimSpace(config[keyKind])); kind != "" {
		return kind
	}
	switch {
	case config[keyTokenURL] != "":
		return "oauth2"
	case config[keyKey] != "":
		return "header"
	case config["username"] != "":
		return "basic"
	}
	return "none"
}

func authenticatorOf(kind, name string) node {
	switch kind {
	case "header":
		return node{"type": "ApiKeyAuthenticator", "header": name, "api_token": "{{ config['rest.key'] }}"}
	case "bearer":
		return node{"type": "BearerAuthenticator", "api_token": "{{ config['rest.key'] }}"}
	case "basic":
		return node{"type": "BasicHttpAuthenticator", "username": "{{ config['username'] }}", "password": "{{ config['password'] }}"}
	}
	return node{"type": "NoAuth"}
}

// oauth adds the OAuth 2 grant client_credentials. The token endpoint may be at another
// host than the API: the instance names both.
func oauth(root node, config map[string]string, problems *Problems) {
	endpoint, base := strings.TrimSpace(config[keyTokenURL]), strings.TrimSpace(config[keyBase])
	grant := node{"type": "client_credentials", "url": endpoint}
	if !strings.HasPrefix(endpoint, "/") {
		path, hosts := tokenPlace(endpoint, base)
		switch {
		case path != "":
			grant["url"] = path
		case hosts != nil:
			grant["fixed_host"], root["hosts"] = true, hosts
		case endpoint != "":
			problems.add(keyTokenURL, "", "%.80q is neither below base.url nor over https on the usual port, as base.url has to be then too; write one that is", endpoint)
			return
		}
	}
	root["authenticator"] = node{
		"type": "OAuthAuthenticator", "prefix": "Bearer", "scopes": "{{ config['oauth.scope'] }}",
		"client_id": "{{ config['oauth.api.key'] }}", "client_secret": "{{ config['oauth.api.secret'] }}", "grants": []node{grant},
	}
}

// tokenPlace returns where a token endpoint is: a path below the base URL, or hosts that
// may see the credential.
func tokenPlace(endpoint, base string) (path string, hosts []string) {
	if below, ok := strings.CutPrefix(endpoint, strings.TrimRight(base, "/")+"/"); ok && base != "" {
		return "/" + below, nil
	}
	for _, address := range []string{endpoint, base} {
		u, err := url.Parse(address)
		if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.Port() != "" && u.Port() != "443" {
			return "", nil
		}
		if host := strings.ToLower(u.Hostname()); !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	return "", hosts
}
