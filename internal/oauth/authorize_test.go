package oauth_test

import (
	"net/url"
	"strings"
	"testing"

	"turnstone"
	"turnstone/internal/oauth"
)

func TestTheAuthorizeURLHasWhatTheVendorNeeds(t *testing.T) {
	tests := map[string]struct {
		config turnstone.Configuration
		state  string
		want   string
	}{
		"the element's defaults": {
			nil, "",
			"https://www-us2.api.concursolutions.com/oauth2/v0/authorize?client_id=id&redirect_uri=https%3A%2F%2Fapp.example%2Fback&response_type=code&scope=EXPRPT%20user_read%20openid&state=concur",
		},
		"everything given": {
			turnstone.Configuration{"oauth.scope": "A,B", "oauth.callback.url": "https://app.example/back?a=1&b=2"},
			"x/y+z &=",
			"https://www-us2.api.concursolutions.com/oauth2/v0/authorize?client_id=id&redirect_uri=https%3A%2F%2Fapp.example%2Fback%3Fa%3D1%26b%3D2&response_type=code&scope=A%2CB&state=x%2Fy%2Bz%20%26%3D",
		},
		"another base, no callback": {
			turnstone.Configuration{"base.url": "http://127.0.0.1:8081/sim/", "oauth.callback.url": ""},
			"s",
			"http://127.0.0.1:8081/sim/oauth2/v0/authorize?client_id=id&response_type=code&scope=EXPRPT%20user_read%20openid&state=s",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			config := concur(tt.config).Configuration
			config["oauth.api.key"] = "id"
			got, err := oauth.AuthorizeURL(lookup(t, "concur"), config, tt.state)
			if err != nil || got != tt.want {
				t.Errorf("AuthorizeURL = %q, %v, want %q", got, err, tt.want)
			}
			if u, err := url.Parse(got); err != nil || strings.Contains(u.RawQuery, clientSecret) {
				t.Errorf("AuthorizeURL = %q, %v, want a URL without the secret", got, err)
			}
		})
	}
}

func TestAnImpossibleAuthorizeURLSaysWhy(t *testing.T) {
	tests := map[string]struct {
		element string
		config  turnstone.Configuration
		want    string
	}{
		"no app":         {"concur", nil, "set oauth.api.key"},
		"no page":        {"machine", concur(nil).Configuration, "element machine has no page to authorise on"},
		"no OAuth":       {"keyed", concur(nil).Configuration, "element keyed has no page to authorise on"},
		"bad base":       {"concur", turnstone.Configuration{"base.url": "javascript:alert(1)", "oauth.api.key": "id"}, "base URL"},
		"base and query": {"concur", turnstone.Configuration{"base.url": "https://x.example/?a=1", "oauth.api.key": "id"}, "base URL"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := oauth.AuthorizeURL(lookup(t, tt.element), tt.config, "")
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("AuthorizeURL = %v, want %q", err, tt.want)
			}
		})
	}
}
