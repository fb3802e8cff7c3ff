// Package door lets people into the console and out of it. Who they are is decided by
// package people, and how often a password may be tried.
package door

import (
	"embed"
	"errors"
	"io/fs"
	"net/http"
	"net/url"

	"turnstone/internal/auth"
	"turnstone/internal/console/page"
	"turnstone/internal/people"
)

//go:embed templates/*.html
var templates embed.FS

// Pages are the pages on which one signs in and out.
type Pages struct{}

// Routes returns the pages.
func (Pages) Routes() []page.Route {
	return []page.Route{
		{Pattern: "GET /sign-in", Answer: ask, Open: true},
		{Pattern: "POST /sign-in", Answer: signIn, Open: true},
		{Pattern: "POST /sign-out", Answer: signOut, Open: true},
	}
}

// Templates returns the templates of the pages.
func (Pages) Templates() fs.FS { return page.Templates(templates) }

// Link returns no link: who can see the navigation is in.
func (Pages) Link() page.Link { return page.Link{} }

// entry is what the form of signing in shows.
type entry struct {
	Action  string // where it is sent
	Email   string
	Problem string
}

func ask(v *page.Visit) (page.Answer, error) {
	if v.Visiting() {
		return page.Redirect{To: page.Back(v.URL.Query().Get("to"))}, nil
	}
	return form(entry{Action: action(v)}, http.StatusOK), nil
}

func form(e entry, status int) page.View {
	return page.View{Template: "sign-in", Title: "Sign in", Data: e, Status: status}
}

// action returns where the form is sent: with it goes where the visitor wanted to.
func action(v *page.Visit) string {
	to := page.Back(v.URL.Query().Get("to"))
	if to == "/" {
		return "/sign-in"
	}
	return "/sign-in?" + url.Values{"to": {to}}.Encode()
}

func signIn(v *page.Visit) (page.Answer, error) {
	e := entry{Action: action(v), Email: v.Typed("email")}
	proof := people.Proof{Password: v.PostFormValue("password"), Address: v.RemoteAddr}
	session, err := v.Sessions.Open(v.Context(), e.Email, proof, v.UserAgent())
	if err == nil {
		v.SignedIn(session)
		return page.Redirect{To: page.Back(v.URL.Query().Get("to"))}, nil
	}
	status := refusal(err)
	if status == 0 {
		return nil, err
	}
	e.Problem = page.Sentence(words(err))
	return form(e, status), nil
}

// refusal returns the status of an error that is for the visitor; 0: it is not.
func refusal(err error) int {
	if _, many := errors.AsType[*people.AttemptsError](err); many {
		return http.StatusTooManyRequests
	}
	if _, busy := errors.AsType[people.BusyError](err); busy {
		return http.StatusServiceUnavailable
	}
	if errors.Is(err, auth.ErrUnauthorized) {
		return http.StatusUnauthorized
	}
	return 0
}

// words returns what to say of an error that is for the visitor.
func words(err error) string {
	if errors.Is(err, auth.ErrUnauthorized) {
		return "the address or the password is wrong, or an admin has taken your access away"
	}
	return err.Error()
}

func signOut(v *page.Visit) (page.Answer, error) {
	if err := v.Sessions.Close(v.Context(), v.Token()); err != nil {
		return nil, err
	}
	v.SignedOut()
	return page.Redirect{To: "/sign-in", Notice: "You are signed out."}, nil
}
