package concursim_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"turnstone/internal/concursim"
)

const authorize = "/oauth2/v0/authorize?client_id=app&response_type=code&scope=EXPRPT+openid&state=s%261&redirect_uri="

// browser follows no redirects, so that a test sees where it is sent.
var browser = http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func (c *concur) submit(path string, form url.Values) (response, *url.URL) {
	c.t.Helper()
	resp, err := browser.PostForm(c.url+path, form)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.arrive(resp)
}

func (c *concur) arrive(resp *http.Response) (response, *url.URL) {
	c.t.Helper()
	defer resp.Body.Close()
	var body strings.Builder
	if err := resp.Write(&body); err != nil {
		c.t.Fatal(err)
	}
	where, _ := resp.Location()
	return response{status: resp.StatusCode, header: resp.Header, body: body.String()}, where
}

// session logs in and returns the hidden field of the page that asks whether
// to allow.
func (c *concur) session(path string) string {
	c.t.Helper()
	page, _ := c.submit(path, url.Values{"UserNameTxt": {c.Companies()[0].Login}, "PasswordTxt": {"concur"}})
	hidden := regexp.MustCompile(`name="session" value="(\w+)"`).FindStringSubmatch(page.body)
	if hidden == nil || !strings.Contains(page.body, `id="AllowBtn"`) {
		c.t.Fatalf("no question whether to allow: %s", page.body)
	}
	return hidden[1]
}

func TestBrowserLoginGivesACodeThatIsGoodOnce(t *testing.T) {
	c := serve(t, concursim.Options{})
	callback := "https://client.test/back?tenant=1"
	path := authorize + url.QueryEscape(callback)
	page := c.call("GET", path, "").body
	for _, id := range []string{"UserNameTxt", "PasswordTxt", "LoginBtn"} {
		if !strings.Contains(page, `id="`+id+`"`) {
			t.Errorf("the login page has no %s: %s", id, page)
		}
	}
	got, where := c.submit(path, url.Values{"session": {c.session(path)}, "AllowBtn": {"allow"}})
	want := "https://client.test/back?tenant=1&geolocation=" + url.QueryEscape(c.url) + "&code="
	if got.status != http.StatusFound || !strings.HasPrefix(where.String(), want) || !strings.HasSuffix(where.String(), "&state=s%261") {
		t.Fatalf("sent with %d to %v, want 302 to %s…&state=s%%261", got.status, where, want)
	}
	code := where.Query().Get("code")
	if refused, _ := c.grant("grant_type", "authorization_code", "code", code, "redirect_uri", "https://other.test"); refused.Code != 104 {
		t.Errorf("another redirect_uri = %+v, want code 104", refused)
	}
	code = c.code(path)
	granted, _ := c.grant("grant_type", "authorization_code", "code", code, "redirect_uri", callback)
	if granted.AccessToken == "" || granted.RefreshToken == "" || granted.Scope != "EXPRPT openid" || granted.Geolocation != c.url {
		t.Errorf("exchange of the code = %+v", granted)
	}
	if again, _ := c.grant("grant_type", "authorization_code", "code", code, "redirect_uri", callback); again.Code != 103 {
		t.Errorf("second use of the code = %+v, want code 103", again)
	}
	c.token = granted.AccessToken
	c.list(reports + "?user=ALL")
}

func (c *concur) code(path string) string {
	c.t.Helper()
	_, where := c.submit(path, url.Values{"session": {c.session(path)}, "AllowBtn": {"allow"}})
	return where.Query().Get("code")
}

func TestCodeExpires(t *testing.T) {
	c := serve(t, concursim.Options{})
	code := c.code(authorize + "https://client.test")
	c.clock.Advance(6 * time.Minute)
	if late, _ := c.grant("grant_type", "authorization_code", "code", code, "redirect_uri", "https://client.test"); late.Code != 103 {
		t.Errorf("late exchange = %+v, want code 103", late)
	}
}

func TestRefusedLoginsSayWhy(t *testing.T) {
	c := serve(t, concursim.Options{ClientID: "app", ClientSecret: "secret"})
	path := authorize + "https://client.test"
	if got, _ := c.submit(path, url.Values{"UserNameTxt": {"admin@example-co.test"}, "PasswordTxt": {"wrong"}}); got.status != 401 || !strings.Contains(got.body, "Incorrect credentials") {
		t.Errorf("wrong password = %d %s", got.status, got.body)
	}
	if _, where := c.submit(path, url.Values{"session": {c.session(path)}, "DenyBtn": {"deny"}}); where.Query().Get("error_code") != "59" || where.Query().Get("error_description") == "" || where.Query().Get("state") != "s&1" {
		t.Errorf("denial leads to %v, want error_code 59 and the state", where)
	}
	if got, _ := c.submit(path, url.Values{"session": {"stale"}, "AllowBtn": {"allow"}}); got.status != 401 {
		t.Errorf("stale session = %d, want 401", got.status)
	}
}

func TestBadAuthorizeRequestsSayWhy(t *testing.T) {
	c := serve(t, concursim.Options{ClientID: "app", ClientSecret: "secret"})
	tests := map[string]struct{ query, says, leads string }{
		"no redirect address": {"client_id=app&response_type=code&scope=EXPRPT", "code 102", ""},
		"no client":           {"response_type=code&scope=EXPRPT&redirect_uri=https://client.test", "code 62", ""},
		"unknown client":      {"client_id=x&response_type=code&scope=EXPRPT&redirect_uri=https://client.test", "code 61", ""},
		"no scope":            {"client_id=app&response_type=code&redirect_uri=https://client.test", "", "54"},
		"not for a code":      {"client_id=app&response_type=token&scope=EXPRPT&redirect_uri=https://client.test", "", "115"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			resp, err := browser.Get(c.url + "/oauth2/v0/authorize?" + tt.query)
			if err != nil {
				t.Fatal(err)
			}
			got, where := c.arrive(resp)
			if tt.leads != "" && (where == nil || where.Query().Get("error_code") != tt.leads) {
				t.Errorf("sent to %v, want error_code %s", where, tt.leads)
			}
			if tt.leads == "" && (got.status != 400 || !strings.Contains(got.body, tt.says)) {
				t.Errorf("answered %d %s, want 400 and %s", got.status, got.body, tt.says)
			}
		})
	}
}

func TestTokenEndpointSpeaksInConcursCodes(t *testing.T) {
	c := serve(t, concursim.Options{ClientID: "app", ClientSecret: "secret"})
	login := c.Companies()[0].Login
	tests := map[string]struct {
		pairs        []string
		code, status int
	}{
		"no client":           {[]string{"client_id", ""}, 62, 400},
		"no secret":           {[]string{"client_secret", ""}, 63, 400},
		"unknown client":      {[]string{"client_id", "x"}, 61, 401},
		"wrong secret":        {[]string{"client_secret", "x"}, 64, 401},
		"no grant type":       {nil, 65, 400},
		"strange grant type":  {[]string{"grant_type", "magic"}, 60, 400},
		"no code":             {[]string{"grant_type", "authorization_code"}, 101, 400},
		"no redirect_uri":     {[]string{"grant_type", "authorization_code", "code", "x"}, 102, 400},
		"bad code":            {[]string{"grant_type", "authorization_code", "code", "x", "redirect_uri", "y"}, 103, 400},
		"no refresh token":    {[]string{"grant_type", "refresh_token"}, 106, 400},
		"bad refresh token":   {[]string{"grant_type", "refresh_token", "refresh_token", "x"}, 108, 400},
		"no user name":        {[]string{"grant_type", "password"}, 51, 400},
		"no password":         {[]string{"grant_type", "password", "username", login}, 52, 400},
		"wrong password":      {[]string{"grant_type", "password", "username", login, "password", "x"}, 5, 400},
		"unknown user":        {[]string{"grant_type", "password", "username", "x", "password", "x"}, 100, 400},
		"bad credtype":        {[]string{"grant_type", "password", "username", login, "password", "concur", "credtype", "x"}, 120, 400},
		"wrong request token": {[]string{"grant_type", "password", "username", c.Companies()[0].UUID, "password", "x", "credtype", "authtoken"}, 5, 400},
		"login as a company":  {[]string{"grant_type", "password", "username", login, "password", "concur", "credtype", "authtoken"}, 100, 400},
		"company as a login":  {[]string{"grant_type", "password", "username", c.Companies()[0].UUID, "password", "concur"}, 100, 400},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, status := c.grant(tt.pairs...)
			if got.Code != tt.code || status != tt.status || got.Error == "" {
				t.Errorf("grant(%v) = %d %+v, want %d and code %d", tt.pairs, status, got, tt.status, tt.code)
			}
		})
	}
	got := c.call("POST", "/oauth2/v0/token?client_id=app&client_secret=secret&grant_type=client_credentials", "{}", "Content-Type", "application/json")
	if body := decode[tokens](t, got.body); got.status != 400 || body.Code != 135 {
		t.Errorf("JSON in place of a form = %d %s, want 400 and code 135", got.status, got.body)
	}
}

func TestCompanyTokenReadsForAllButHasNoUser(t *testing.T) {
	c := serve(t, concursim.Options{})
	company := c.Companies()[0]
	got, _ := c.grant("grant_type", "password", "credtype", "authtoken", "username", company.UUID, "password", company.RequestToken)
	c.token = got.AccessToken
	if got.IDToken != "" {
		t.Errorf("a company token comes with an id_token")
	}
	if all := c.sweep("user=ALL", nothing); len(all) != 25 {
		t.Errorf("user=ALL lists %d reports, want 25", len(all))
	}
	if refused := c.call("GET", reports, ""); refused.status != http.StatusBadRequest {
		t.Errorf("a list of nobody's reports = %d, want 400", refused.status)
	}
}

func TestApplicationAndScopelessTokensReadNoReports(t *testing.T) {
	c := serve(t, concursim.Options{})
	app, _ := c.grant("grant_type", "client_credentials")
	if app.RefreshToken != "" || app.AccessToken == "" {
		t.Errorf("client_credentials = %+v, want an access token only", app)
	}
	narrow, _ := c.grant("grant_type", "password", "username", c.Companies()[0].Login, "password", "concur", "scope", "openid")
	for name, token := range map[string]string{"application": app.AccessToken, "without EXPRPT": narrow.AccessToken} {
		c.token = token
		if got := c.call("GET", reports+"?user=ALL", ""); got.status != http.StatusForbidden {
			t.Errorf("token %s = %d, want 403", name, got.status)
		}
	}
}

func TestRefreshTokensRotate(t *testing.T) {
	c := serve(t, concursim.Options{Switches: concursim.Switches{RefreshGrace: 10}})
	refresh := func(token string) tokens {
		got, _ := c.grant("grant_type", "refresh_token", "refresh_token", token)
		return got
	}
	first := c.logIn(c.Companies()[0].Login)
	if want := start.Add(180 * 24 * time.Hour).Unix(); first.RefreshExpiresIn != want {
		t.Errorf("refresh_expires_in = %d, want the Unix time %d", first.RefreshExpiresIn, want)
	}
	second := refresh(first.RefreshToken)
	if second.RefreshToken == first.RefreshToken || second.RefreshToken == "" {
		t.Errorf("refresh gives %q after %q, want another", second.RefreshToken, first.RefreshToken)
	}
	c.clock.Advance(9 * time.Second)
	if again := refresh(first.RefreshToken); again.AccessToken == "" {
		t.Errorf("within the grace = %+v, want a token", again)
	}
	c.clock.Advance(time.Second)
	if late := refresh(first.RefreshToken); late.Code != 108 {
		t.Errorf("after the grace = %+v, want code 108", late)
	}
	c.turn(`{"keepRefreshToken":true}`)
	if kept := refresh(second.RefreshToken); kept.RefreshToken != second.RefreshToken {
		t.Errorf("kept refresh token = %q, want %q", kept.RefreshToken, second.RefreshToken)
	}
	if other, _ := c.grant("grant_type", "refresh_token", "refresh_token", second.RefreshToken, "client_id", "other"); other.Code != 105 {
		t.Errorf("refresh by another client = %+v, want code 105", other)
	}
	c.clock.Advance(181 * 24 * time.Hour)
	if late := refresh(second.RefreshToken); late.Code != 108 {
		t.Errorf("after half a year = %+v, want code 108", late)
	}
}

func TestAccessTokensExpireAsSwitched(t *testing.T) {
	c := serve(t, concursim.Options{Switches: concursim.Switches{TokenSeconds: 60, ExpiresIn: "string"}})
	got := c.logIn(c.Companies()[0].Login)
	if got.ExpiresIn != "60" {
		t.Errorf("expires_in = %#v, want the string 60", got.ExpiresIn)
	}
	c.turn(`{"expiresIn":"number"}`)
	if got := c.logIn(c.Companies()[0].Login); got.ExpiresIn != 60.0 {
		t.Errorf("expires_in = %#v, want the number 60", got.ExpiresIn)
	}
	c.clock.Advance(time.Minute)
	for _, status := range []int{401, 403} {
		c.turn(fmt.Sprintf(`{"expiredStatus":%d}`, status))
		if got := c.call("GET", reports+"?user=ALL", ""); got.status != status {
			t.Errorf("expired token = %d, want %d", got.status, status)
		}
	}
	if got := c.call("GET", reports, "", "Authorization", ""); got.status != http.StatusUnauthorized {
		t.Errorf("no token = %d, want 401", got.status)
	}
}

func TestRevokingEndsTheRefreshTokensOfTheUser(t *testing.T) {
	c := serve(t, concursim.Options{Companies: 2})
	mine := c.logIn(c.Companies()[0].Login)
	other := c.logIn(c.Companies()[1].Login)
	c.token = mine.AccessToken
	if got := c.call("DELETE", "/app-mgmt/v0/connections", ""); got.status != http.StatusOK {
		t.Fatalf("revoking = %d %s", got.status, got.body)
	}
	if got, _ := c.grant("grant_type", "refresh_token", "refresh_token", mine.RefreshToken); got.Code != 108 {
		t.Errorf("revoked refresh token = %+v, want code 108", got)
	}
	if got, _ := c.grant("grant_type", "refresh_token", "refresh_token", other.RefreshToken); got.AccessToken == "" {
		t.Errorf("another company's refresh token = %+v, want a token", got)
	}
	c.token = "unknown"
	if got := c.call("DELETE", "/app-mgmt/v0/connections", ""); got.status != http.StatusUnauthorized {
		t.Errorf("revoking without a token = %d, want 401", got.status)
	}
}

func TestGeolocationIsSpelledAndMovedAsSwitched(t *testing.T) {
	c := serve(t, concursim.Options{Switches: concursim.Switches{Geolocation: "path"}})
	got := c.logIn(c.Companies()[0].Login)
	if want := c.url + "/oauth2/v0/token"; got.Geolocation != want {
		t.Errorf("geolocation = %s, want %s", got.Geolocation, want)
	}
	c.turn(`{"geolocation":"plain","refreshGeolocation":"https://eu2.concur.test"}`)
	got, _ = c.grant("grant_type", "refresh_token", "refresh_token", got.RefreshToken)
	if got.Geolocation != "https://eu2.concur.test" {
		t.Errorf("geolocation after a refresh = %s, want the new one", got.Geolocation)
	}
}

func TestIDTokenNamesTheUser(t *testing.T) {
	c := serve(t, concursim.Options{})
	parts := strings.Split(c.logIn(c.Companies()[0].Login).IDToken, ".")
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || len(parts) != 3 {
		t.Fatalf("id_token %v: %v", parts, err)
	}
	if claims := decode[record](t, string(payload)); claims["sub"] != c.Companies()[0].Login || claims["aud"] != "app" {
		t.Errorf("claims = %v", claims)
	}
}
