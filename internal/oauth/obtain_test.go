package oauth_test

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/oauth"
)

const tokenPath = "/oauth2/v0/token"

func TestEachGrantAsksItsEndpointForAToken(t *testing.T) {
	app := url.Values{"client_id": {clientID}, "client_secret": {clientSecret}}
	tests := map[string]struct {
		config turnstone.Configuration
		grant  oauth.Grant
		host   string
		form   url.Values
	}{
		"authorization code": {
			nil,
			oauth.Grant{Code: code},
			"https://glz.api.concursolutions.com",
			url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {"https://app.example/back"}},
		},
		"refresh token": {
			turnstone.Configuration{"oauth.user.refresh_token": "r", "oauth.user.token": "old"},
			oauth.Grant{},
			"https://us2.api.concursolutions.com",
			url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"r"}},
		},
		"login": {
			turnstone.Configuration{"username": "ann", "password": password},
			oauth.Grant{},
			"https://glz.api.concursolutions.com",
			url.Values{"grant_type": {"password"}, "username": {"ann"}, "password": {password}},
		},
		"company": {
			turnstone.Configuration{"username": "uuid", "password": password, "credtype": "authtoken"},
			oauth.Grant{},
			"https://glz.api.concursolutions.com",
			url.Values{"grant_type": {"password"}, "username": {"uuid"}, "password": {password}, "credtype": {"authtoken"}},
		},
		"a code wins over a login": {
			turnstone.Configuration{"username": "ann", "password": password, "oauth.user.refresh_token": "r"},
			oauth.Grant{Code: code},
			"https://glz.api.concursolutions.com",
			url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {"https://app.example/back"}},
		},
		"code at another base": {
			turnstone.Configuration{"base.url": "http://127.0.0.1:8081"},
			oauth.Grant{Code: code},
			"http://127.0.0.1:8081",
			url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {"https://app.example/back"}},
		},
		"refresh token at another base": {
			turnstone.Configuration{"base.url": "http://127.0.0.1:8081", "oauth.user.refresh_token": "r"},
			oauth.Grant{},
			"http://127.0.0.1:8081",
			url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"r"}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			v := &vendor{answer: rotating}
			got, err := keeper(t, nil, v).Obtain(t.Context(), lookup(t, "concur"), concur(tt.config).Configuration, tt.grant)
			if err != nil {
				t.Fatal(err)
			}
			maps.Copy(tt.form, app)
			want := []asked{{number: 1, url: tt.host + tokenPath, form: tt.form}}
			if diff := cmp.Diff(want, v.asked, cmp.AllowUnexported(asked{})); diff != "" {
				t.Errorf("the vendor is asked (-want +got):\n%s", diff)
			}
			wantCredential := turnstone.Credential{
				State: turnstone.CredentialValid, AccessToken: "access-1", RefreshToken: "refresh-1",
				ExpiresAt: moment.Add(time.Hour), RefreshedAt: moment,
			}
			if diff := cmp.Diff(wantCredential, got); diff != "" {
				t.Errorf("Obtain (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSomeCredentialsNeedNoRequest(t *testing.T) {
	tests := map[string]struct {
		element string
		config  turnstone.Configuration
		want    turnstone.Credential
	}{
		"nothing yet": {"concur", nil, turnstone.Credential{State: turnstone.CredentialAwaiting}},
		"half a login": {
			"concur",
			turnstone.Configuration{"username": "ann", "password": ""},
			turnstone.Credential{State: turnstone.CredentialAwaiting},
		},
		"a token": {
			"concur",
			turnstone.Configuration{"oauth.user.token": "t"},
			turnstone.Credential{State: turnstone.CredentialValid, AccessToken: "t", RefreshedAt: moment},
		},
		"no OAuth": {"keyed", nil, turnstone.Credential{State: turnstone.CredentialValid, RefreshedAt: moment}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			v := &vendor{answer: rotating}
			got, err := keeper(t, nil, v).Obtain(t.Context(), lookup(t, tt.element), concur(tt.config).Configuration, oauth.Grant{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Obtain (-want +got):\n%s", diff)
			}
			if len(v.asked) != 0 {
				t.Errorf("the vendor is asked %d times, want none", len(v.asked))
			}
		})
	}
}

func TestAnElementMaySendTheClientInAHeaderAndNameItsPaths(t *testing.T) {
	v := &vendor{answer: always(200, `{"data":{"token":"t","life":"60"}}`)}
	got, err := keeper(t, nil, v).Obtain(t.Context(), lookup(t, "machine"), concur(nil).Configuration, oauth.Grant{})
	if err != nil {
		t.Fatal(err)
	}
	want := turnstone.Credential{State: turnstone.CredentialValid, AccessToken: "t", RefreshedAt: moment, ExpiresAt: moment.Add(time.Minute)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Obtain (-want +got):\n%s", diff)
	}
	r := http.Request{Header: http.Header{"Authorization": {v.asked[0].basic}}}
	id, secret, _ := r.BasicAuth()
	if id != url.QueryEscape(clientID) || secret != url.QueryEscape(clientSecret) {
		t.Errorf("Basic header has %q, %q, want them form-encoded", id, secret)
	}
	wantForm := url.Values{"grant_type": {"client_credentials"}, "region": {"north"}}
	if diff := cmp.Diff(wantForm, v.asked[0].form); diff != "" {
		t.Errorf("form (-want +got):\n%s", diff)
	}
	if want := "https://api.example.com/base/token"; v.asked[0].url != want {
		t.Errorf("asked at %s, want %s", v.asked[0].url, want)
	}
}

func TestACodeForAnElementWithoutThatGrantIsRefused(t *testing.T) {
	_, err := keeper(t, nil, &vendor{}).Obtain(t.Context(), lookup(t, "machine"), nil, oauth.Grant{Code: code})
	if err == nil || !strings.Contains(err.Error(), "declares no grant") {
		t.Errorf("Obtain = %v, want that the element declares no grant", err)
	}
	hides(t, err)
}

func TestWhatTheVendorRefusesSaysWhyAndWhatToDo(t *testing.T) {
	v := &vendor{answer: always(400, `{"code":103,"error":"invalid_grant","error_description":"code `+code+` is bad or expired"}`)}
	_, err := keeper(t, nil, v).Obtain(t.Context(), lookup(t, "concur"), concur(nil).Configuration, oauth.Grant{Code: code})
	if !errors.Is(err, turnstone.ErrUnauthenticated) {
		t.Fatalf("Obtain = %v, want %v", err, turnstone.ErrUnauthenticated)
	}
	e, ok := errors.AsType[*turnstone.VendorError](err)
	if !ok || e.Message != "code ******** is bad or expired" || e.Status != 400 {
		t.Errorf("Obtain = %v, want the vendor's message without the code", err)
	}
	if !strings.Contains(err.Error(), "get a new code") {
		t.Errorf("Obtain = %v, want what to do", err)
	}
	hides(t, err)
}

func TestABaseURLThatIsNoneIsNotAsked(t *testing.T) {
	for _, base := range []string{"ftp://127.0.0.1", "https://user@127.0.0.1", "https://127.0.0.1/?a=b", "127.0.0.1:8081"} {
		v := &vendor{answer: rotating}
		c := concur(turnstone.Configuration{"base.url": base}).Configuration
		if _, err := keeper(t, nil, v).Obtain(t.Context(), lookup(t, "concur"), c, oauth.Grant{Code: code}); err == nil {
			t.Errorf("Obtain with base.url %q = nil error, want one", base)
		}
		if len(v.asked) != 0 {
			t.Errorf("with base.url %q %s is asked, want nobody", base, v.asked[0].url)
		}
	}
}

func TestAUserWhoLivesElsewhereIsAskedThere(t *testing.T) {
	elsewhere := `{"code":16,"error":"invalid_request","error_description":"user lives elsewhere","geolocation":"https://eu2.api.concursolutions.com/oauth2/v0/token"}`
	v := &vendor{answer: func(a asked) (int, string) {
		if a.number == 1 {
			return 400, elsewhere
		}
		return rotating(a)
	}}
	got, err := keeper(t, nil, v).Obtain(t.Context(), lookup(t, "concur"), concur(nil).Configuration, oauth.Grant{Code: code})
	if err != nil {
		t.Fatal(err)
	}
	if want := "https://eu2.api.concursolutions.com" + tokenPath; len(v.asked) != 2 || v.asked[1].url != want {
		t.Errorf("asked %+v, want a second time at %s", v.asked, want)
	}
	if want := "https://eu2.api.concursolutions.com"; got.Values["geolocation"] != want {
		t.Errorf("geolocation = %q, want %q", got.Values["geolocation"], want)
	}
	if diff := cmp.Diff(v.asked[0].form, v.asked[1].form); diff != "" {
		t.Errorf("the second request differs:\n%s", diff)
	}
}

func TestNobodyIsSentToAStrangerOrInCircles(t *testing.T) {
	tests := map[string]struct {
		geolocation string
		requests    int
	}{
		"a stranger":      {"https://evil.example", 1},
		"a look-alike":    {"https://us2.api.concursolutions.com.evil.example", 1},
		"without TLS":     {"http://us2.api.concursolutions.com", 1},
		"no URL":          {"eu2", 1},
		"on and on":       {"https://eu2.api.concursolutions.com", 2},
		"somebody's name": {"https://eu2.api.concursolutions.com@evil.example", 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			v := &vendor{answer: always(400, `{"code":16,"geolocation":"`+tt.geolocation+`"}`)}
			_, err := keeper(t, nil, v).Obtain(t.Context(), lookup(t, "concur"), concur(nil).Configuration, oauth.Grant{Code: code})
			e, ok := errors.AsType[*turnstone.VendorError](err)
			if !ok || e.Action != turnstone.VendorFail {
				t.Errorf("Obtain = %v, want a VendorError that fails", err)
			}
			if len(v.asked) != tt.requests {
				t.Errorf("%d requests, want %d", len(v.asked), tt.requests)
			}
			hides(t, err)
		})
	}
}

// hides fails if err shows a secret.
func hides(t *testing.T, err error) {
	t.Helper()
	if err != nil && strings.Contains(err.Error(), secretMark) {
		t.Errorf("error %q shows a secret", err)
	}
}
