package concursim

import (
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"turnstone/internal/concursim/ess"
	"turnstone/internal/concursim/expense"
	"turnstone/internal/concursim/fault"
	"turnstone/internal/concursim/reply"
)

// oauthError is an error of the token endpoint, known by Concur's code.
type oauthError struct {
	Code        int    `json:"code"`
	Name        string `json:"error"`
	Description string `json:"error_description"`
}

// oauthErrors holds the errors that can happen here; 61 and 64 answer with 401,
// all others with 400.
var oauthErrors = map[int]oauthError{
	5:   {5, "invalid_grant", "Incorrect credentials. Please Retry"},
	51:  {51, "invalid_request", "username was not supplied"},
	52:  {52, "invalid_request", "password was not supplied"},
	54:  {54, "invalid_scope", "requested scope is invalid"},
	59:  {59, "access_denied", "the user did not allow access"},
	60:  {60, "invalid_grant", "these are not the grants you are looking for"},
	61:  {61, "invalid_client", "client not found"},
	62:  {62, "invalid_request", "client_id was not supplied"},
	63:  {63, "invalid_request", "client_secret was not supplied"},
	64:  {64, "invalid_client", "incorrect credentials"},
	65:  {65, "invalid_request", "grant_type was not supplied"},
	100: {100, "invalid_grant", "backend does not know the username"},
	101: {101, "invalid_request", "code was not supplied"},
	102: {102, "invalid_request", "redirect_uri was not supplied"},
	103: {103, "invalid_grant", "code is bad or expired"},
	104: {104, "invalid_grant", "redirect_uri does not match the code's"},
	105: {105, "invalid_grant", "this grant was not issued to you"},
	106: {106, "invalid_request", "refresh_token was not supplied"},
	108: {108, "invalid_grant", "bad or expired refresh token"},
	115: {115, "invalid_request", "response_type must be code"},
	120: {120, "invalid_request", "credtype is invalid"},
	135: {135, "invalid_request", "unsupported request format"},
}

func oauthFailure(code int) reply.Reply {
	status := http.StatusBadRequest
	if code == 61 || code == 64 {
		status = http.StatusUnauthorized
	}
	return reply.JSON(status, oauthErrors[code])
}

// token is the token endpoint. It reads the body only: Concur takes neither
// Basic credentials nor query parameters.
func (s *Simulator) token(w http.ResponseWriter, r *http.Request) {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/x-www-form-urlencoded" || r.ParseForm() != nil {
		oauthFailure(135).Write(w)
		return
	}
	if s.luck.TokenFails(s.Switches()) {
		entryOf(r).Fault = string(fault.Token)
		reply.JSON(http.StatusInternalServerError, oauthError{Name: "server_error", Description: "an unexpected error occurred"}).Write(w)
		return
	}
	if code := s.checkClient(r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")); code != 0 {
		oauthFailure(code).Write(w)
		return
	}
	entryOf(r).Grant = r.PostForm.Get("grant_type")
	s.exchange(r, r.PostForm).Write(w)
}

func (s *Simulator) exchange(r *http.Request, form url.Values) reply.Reply {
	switch form.Get("grant_type") {
	case "":
		return oauthFailure(65)
	case "authorization_code":
		return s.exchangeCode(r, form)
	case "refresh_token":
		return s.exchangeRefresh(r, form)
	case "password":
		return s.exchangePassword(r, form)
	case "client_credentials":
		g := grant{Client: form.Get("client_id"), Scope: requestedScope(form)}
		return reply.JSON(http.StatusOK, s.accessToken(g, s.geolocation(s.base(r))))
	default:
		return oauthFailure(60)
	}
}

// checkClient returns the code of what is wrong with the credentials of an
// application, or 0.
func (s *Simulator) checkClient(id, secret string) int {
	restricted := s.clientID != "" || s.clientSecret != ""
	switch {
	case id == "":
		return 62
	case secret == "":
		return 63
	case restricted && id != s.clientID:
		return 61
	case restricted && secret != s.clientSecret:
		return 64
	default:
		return 0
	}
}

func (s *Simulator) exchangeCode(r *http.Request, form url.Values) reply.Reply {
	if form.Get("code") == "" {
		return oauthFailure(101)
	}
	if form.Get("redirect_uri") == "" {
		return oauthFailure(102)
	}
	g, valid := s.vault.take(s.vault.codes, form.Get("code"), s.now())
	switch {
	case !valid:
		return oauthFailure(103)
	case g.Client != form.Get("client_id"):
		return oauthFailure(105)
	case g.Redirect != form.Get("redirect_uri"):
		return oauthFailure(104)
	}
	g.Redirect = ""
	return s.grantTokens(r, g, s.newRefreshToken(g), s.geolocation(s.base(r)))
}

func (s *Simulator) exchangeRefresh(r *http.Request, form url.Values) reply.Reply {
	old := form.Get("refresh_token")
	if old == "" {
		return oauthFailure(106)
	}
	sw := s.Switches()
	g, code := s.renew(old, form.Get("client_id"), sw)
	if code != 0 {
		return oauthFailure(code)
	}
	if !sw.KeepRefreshToken {
		old = s.newRefreshToken(g)
	}
	base := s.base(r)
	if sw.RefreshGeolocation != "" {
		base = sw.RefreshGeolocation
	}
	return s.grantTokens(r, g, old, s.geolocation(base))
}

// renew returns the grant of a refresh token, which it lets expire if it is to
// be replaced, or the code of what is wrong with it. Two refreshes at once
// cannot both take a token that is good for one.
func (s *Simulator) renew(token, client string, sw Switches) (grant, int) {
	s.vault.mu.Lock()
	defer s.vault.mu.Unlock()
	now := s.now()
	g, known := s.vault.refresh[token]
	if !known || !now.Before(g.Expires) {
		return g, 108
	}
	if g.Client != client {
		return g, 105
	}
	if !sw.KeepRefreshToken {
		// A second refresh within the grace does not prolong it.
		if end := now.Add(time.Duration(sw.RefreshGrace * float64(time.Second))); end.Before(g.Expires) {
			replaced := g
			replaced.Expires = end
			s.vault.refresh[token] = replaced
		}
	}
	return g, 0
}

func (s *Simulator) exchangePassword(r *http.Request, form url.Values) reply.Reply {
	login, secret := form.Get("username"), form.Get("password")
	if login == "" {
		return oauthFailure(51)
	}
	if secret == "" {
		return oauthFailure(52)
	}
	g, code := grant{}, 0
	switch form.Get("credtype") {
	case "", "password":
		g, code = s.userGrant(login, secret)
	case "authtoken":
		g, code = s.companyGrant(login, secret)
	default:
		code = 120
	}
	if code != 0 {
		return oauthFailure(code)
	}
	g.Client, g.Scope = form.Get("client_id"), requestedScope(form)
	return s.grantTokens(r, g, s.newRefreshToken(g), s.geolocation(s.base(r)))
}

// password opens every login of the simulator.
const password = "concur"

// userGrant checks a user's password.
func (s *Simulator) userGrant(login, secret string) (grant, int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c := s.ledger.Known(login)
	if c == nil || strings.EqualFold(c.UUID, login) {
		return grant{}, 100
	}
	if secret != password {
		return grant{}, 5
	}
	u, _ := c.User(login)
	return grant{Company: c.Number, Login: u.Login}, 0
}

// companyGrant checks a company's request token.
func (s *Simulator) companyGrant(uuid, secret string) (grant, int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c := s.ledger.Known(uuid)
	if c == nil || !strings.EqualFold(c.UUID, uuid) {
		return grant{}, 100
	}
	if secret != requestToken(c) {
		return grant{}, 5
	}
	return grant{Company: c.Number}, 0
}

// requestToken is what an administrator would be shown for the application.
func requestToken(c *expense.Company) string { return "at-" + strings.ReplaceAll(c.UUID, "-", "")[:12] }

// everyScope is granted to callers that ask for no scope in particular.
const everyScope = "openid EXPRPT CONFIG USER user_read " + ess.TopicScope

func requestedScope(form url.Values) string {
	if scope := splitScope(form.Get("scope")); len(scope) > 0 {
		return strings.Join(scope, " ")
	}
	return everyScope
}

// splitScope accepts blanks, as OAuth 2 wants them, and commas, as Concur did.
func splitScope(scope string) []string {
	return strings.FieldsFunc(scope, func(r rune) bool { return r == ' ' || r == ',' })
}

func (s *Simulator) newRefreshToken(g grant) string {
	now := s.now()
	g.Expires = now.Add(refreshLife)
	token := newUUID()
	s.vault.put(s.vault.refresh, token, g, now)
	return token
}
