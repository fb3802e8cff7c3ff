package page

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"

	"turnstone"
	"turnstone/internal/people"
)

// Cookies of the console.
const (
	sessionCookie = "turnstone_session"
	noticeCookie  = "turnstone_notice"
)

// noticeLife is how long a notice waits for the page that shows it.
const noticeLife = time.Minute

// notice is told once, on the page after something was done.
type notice struct {
	Text string `json:"text"`
	Bad  bool   `json:"bad,omitempty"`
}

// SignedIn gives the browser the token of its session.
func (v *Visit) SignedIn(s turnstone.Session) {
	c := within(safetyOfCookies(v, sessionCookie, string(s.Token)), people.SessionLife)
	v.Reply.Add("Set-Cookie", c.String())
}

// SignedOut takes the token from the browser.
func (v *Visit) SignedOut() {
	c := safetyOfCookies(v, sessionCookie, "")
	c.MaxAge = -1
	v.Reply.Add("Set-Cookie", c.String())
}

// Token returns what the browser has, or nothing.
func (v *Visit) Token() turnstone.Secret {
	c, err := v.Cookie(sessionCookie)
	if err != nil {
		return ""
	}
	return turnstone.Secret(c.Value)
}

func setNotice(w http.ResponseWriter, v *Visit, n notice) {
	text, err := json.Marshal(n)
	if err != nil {
		return // not reached: a text and a truth
	}
	http.SetCookie(w, within(safetyOfCookies(v, noticeCookie, base64.RawURLEncoding.EncodeToString(text)), noticeLife))
}

// takeNotice returns the notice that waits for this page, if any, and takes it away.
func takeNotice(w http.ResponseWriter, v *Visit) *notice {
	cookie, err := v.Cookie(noticeCookie)
	if err != nil {
		return nil
	}
	c := safetyOfCookies(v, noticeCookie, "")
	c.MaxAge = -1
	http.SetCookie(w, c)
	text, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil {
		return nil
	}
	var n notice
	if json.Unmarshal(text, &n) != nil || n.Text == "" {
		return nil
	}
	return &n
}

// rememberFor is how long somebody may take at a vendor's login.
const rememberFor = time.Hour

// Remember keeps a text in the browser for an hour, which scripts cannot read.
func (v *Visit) Remember(name, value string) {
	v.Reply.Add("Set-Cookie", within(safetyOfCookies(v, name, value), rememberFor).String())
}

// Forget takes away what Remember keeps.
func (v *Visit) Forget(name string) {
	c := safetyOfCookies(v, name, "")
	c.MaxAge = -1
	v.Reply.Add("Set-Cookie", c.String())
}
