package concursim

import (
	"bytes"
	"crypto/rand"
	_ "embed"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"turnstone/internal/concursim/reply"
)

//go:embed login.html
var loginPages string

// loginPage is what the pages of the login show.
type loginPage struct {
	Title, Problem         string
	Client, Login, Session string
	Scope                  []string
}

// login asks a person who they are and whether the application may act for
// them, and sends the browser back to the application with a code. The request
// to authorise stays in the query string throughout.
func (s *Simulator) login(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.Query()
	redirect, err := url.Parse(asked.Get("redirect_uri"))
	if err != nil || redirect.Host == "" {
		s.problem(102).Write(w)
		return
	}
	if code := s.checkAuthorize(asked); code == 61 || code == 62 {
		// Nobody vouches for the redirect address of an unknown client.
		s.problem(code).Write(w)
		return
	} else if code != 0 {
		refer(w, r, redirect, errorPairs(code))
		return
	}
	switch {
	case r.Method == http.MethodGet:
		s.page("login", http.StatusOK, loginPage{Title: "Sign in"}).Write(w)
	case r.PostFormValue("session") == "":
		s.signIn(r, asked).Write(w)
	default:
		s.decide(w, r, redirect)
	}
}

// checkAuthorize returns the code of what is wrong with the request, or 0.
func (s *Simulator) checkAuthorize(asked url.Values) int {
	restricted := s.clientID != "" || s.clientSecret != ""
	switch {
	case asked.Get("client_id") == "":
		return 62
	case restricted && asked.Get("client_id") != s.clientID:
		return 61
	case asked.Get("response_type") != "code":
		return 115
	case len(splitScope(asked.Get("scope"))) == 0:
		return 54
	default:
		return 0
	}
}

// signIn checks the password and goes on to the question whether to allow.
func (s *Simulator) signIn(r *http.Request, asked url.Values) reply.Reply {
	g, code := s.userGrant(r.PostFormValue("UserNameTxt"), r.PostFormValue("PasswordTxt"))
	if code != 0 { // a person is not told whether it was the name or the password
		return s.page("login", http.StatusUnauthorized, loginPage{Title: "Sign in", Problem: oauthErrors[5].Description})
	}
	now := s.now()
	scope := splitScope(asked.Get("scope"))
	g.Client, g.Scope = asked.Get("client_id"), strings.Join(scope, " ")
	g.Redirect, g.Expires = asked.Get("redirect_uri"), now.Add(sessionLife)
	session := rand.Text()
	s.vault.put(s.vault.sessions, session, g, now)
	return s.page("allow", http.StatusOK, loginPage{Title: "Allow access?", Client: g.Client, Login: g.Login, Scope: scope, Session: session})
}

// decide sends the browser back with what the person decided.
func (s *Simulator) decide(w http.ResponseWriter, r *http.Request, redirect *url.URL) {
	now := s.now()
	g, valid := s.vault.take(s.vault.sessions, r.PostFormValue("session"), now)
	if !valid || g.Redirect != r.URL.Query().Get("redirect_uri") {
		s.page("login", http.StatusUnauthorized, loginPage{Title: "Sign in", Problem: "That took too long. Please sign in again."}).Write(w)
		return
	}
	if r.PostFormValue("AllowBtn") == "" {
		refer(w, r, redirect, errorPairs(59))
		return
	}
	g.Expires = now.Add(codeLife)
	code := rand.Text()
	s.vault.put(s.vault.codes, code, g, now)
	refer(w, r, redirect, []string{"geolocation", s.geolocation(s.base(r)), "code", code})
}

func errorPairs(code int) []string {
	return []string{"error_code", strconv.Itoa(code), "error_description", oauthErrors[code].Description}
}

// refer sends the browser to the application, with pairs of names and values
// in their order behind what the address holds already.
func refer(w http.ResponseWriter, r *http.Request, to *url.URL, pairs []string) {
	if state := r.URL.Query().Get("state"); state != "" {
		pairs = append(pairs, "state", state)
	}
	query := to.RawQuery
	for i := 0; i < len(pairs); i += 2 {
		if query != "" {
			query += "&"
		}
		query += pairs[i] + "=" + url.QueryEscape(pairs[i+1])
	}
	to.RawQuery = query
	http.Redirect(w, r, to.String(), http.StatusFound)
}

func (s *Simulator) problem(code int) reply.Reply {
	return s.page("problem", http.StatusBadRequest, loginPage{
		Title: "Cannot connect", Problem: fmt.Sprintf("%s (code %d)", oauthErrors[code].Description, code),
	})
}

func (s *Simulator) page(name string, status int, p loginPage) reply.Reply {
	var b bytes.Buffer
	if err := s.pages.ExecuteTemplate(&b, name, p); err != nil {
		return reply.Reply{Status: http.StatusInternalServerError, Type: "text/plain", Body: []byte(err.Error())}
	}
	return reply.Reply{Status: status, Type: reply.HTMLType, Body: b.Bytes()}
}
