package authenticate

import (
	"cmp"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"turnstone/client"
	"turnstone/internal/console/page"
)

// loginCookie remembers which instance somebody went to the vendor for, and the state that
// the vendor brings back, so that nobody else's code gets into it.
const loginCookie = "turnstone_login"

// login is what the page before the vendor's login shows.
type login struct {
	Instance client.Instance
	Address  string // of the vendor's page; empty: there is nothing to do there
	Return   string // where the vendor sends the browser, if that is not the console
	Problem  string
}

func askLogin(v *page.Visit) (page.Answer, error) {
	in, err := instanceOf(v)
	if err != nil {
		return nil, err
	}
	return before(v, login{Instance: in}, http.StatusOK)
}

// before returns the page before the vendor's login.
func before(v *page.Visit, l login, status int) (page.Answer, error) {
	// An instance that has its credential shows no address. It is authorised again once it
	// needs to be, or with a code that was got elsewhere.
	for _, to := range l.Instance.Interaction[:min(1, len(l.Instance.Interaction))] {
		u, err := url.Parse(to.OAuthURL)
		if err != nil {
			return nil, err
		}
		query, state := u.Query(), rand.Text()
		query.Set("state", state)
		u.RawQuery = query.Encode()
		l.Address = u.String()
		if to := query.Get("redirect_uri"); to != "" && to != home(v)+returnPath {
			l.Return = to
		}
		v.Remember(loginCookie, strconv.FormatInt(l.Instance.ID, 10)+"."+state)
	}
	return page.View{Template: "login", Title: "Sign in at " + l.Instance.Element.Name, Area: "instances", Data: l, Status: status}, nil
}

// takeCode authorises an instance with what somebody pasted.
func takeCode(v *page.Visit) (page.Answer, error) {
	in, err := instanceOf(v)
	if err != nil {
		return nil, err
	}
	code := v.Typed("code")
	if u, err := url.Parse(code); err == nil && u.Query().Get("code") != "" {
		code = u.Query().Get("code")
	}
	if code == "" {
		return before(v, login{Instance: in, Problem: "Paste the code, or the whole address that the browser was sent to."}, http.StatusBadRequest)
	}
	return authorise(v, in, code)
}

// comeBack takes what the vendor brings back.
func comeBack(v *page.Visit) (page.Answer, error) {
	cookie, missing := v.Cookie(loginCookie)
	said := v.URL.Query()
	if missing != nil {
		return nil, lostLogin()
	}
	id, state, _ := strings.Cut(cookie.Value, ".")
	if subtle.ConstantTimeCompare([]byte(state), []byte(said.Get("state"))) != 1 {
		return nil, lostLogin()
	}
	v.Forget(loginCookie)
	v.SetPathValue("id", id)
	in, err := instanceOf(v)
	if err != nil {
		return nil, err
	}
	if said.Get("code") == "" {
		return before(v, login{Instance: in, Problem: refusal(in, said)}, http.StatusOK)
	}
	return authorise(v, in, said.Get("code"))
}

// lostLogin says that a code cannot be told whose it is.
func lostLogin() error {
	return &page.Problem{
		Status: http.StatusBadRequest, Title: "This sign-in was not begun here",
		Message: "It was begun in another browser, or too long ago. Open the instance, and sign in at its vendor again.",
	}
}

// refusal says what it means that the vendor sent no code. Vendors tell why in their own
// words, and Concur without the standard's word for it.
func refusal(in client.Instance, said url.Values) string {
	const kept = " The instance is kept, and polls nothing until somebody allows it."
	if said.Get("error") == "access_denied" {
		return "The access was not allowed at " + in.Element.Name + "." + kept
	}
	if why := cmp.Or(said.Get("error_description"), said.Get("error")); why != "" {
		return in.Element.Name + " gave no access: " + page.Sentence(why[:min(len(why), maxReason)]) + kept
	}
	return in.Element.Name + " sent the browser back without a code. Try again; if it stays, check the app's key and callback URL."
}

// maxReason cuts what a vendor says, in bytes.
const maxReason = 300

// authorise gives an instance its code, and leads to it.
func authorise(v *page.Visit, in client.Instance, code string) (page.Answer, error) {
	body := client.InstanceInput{ProviderData: map[string]string{"code": code}}
	path := "/instances/" + strconv.FormatInt(in.ID, 10)
	_, err := v.Do(client.Call{Method: http.MethodPatch, Path: path, Body: body}, nil)
	if refused, ok := errors.AsType[*client.Error](err); ok && refused.Message != "" {
		return before(v, login{Instance: in, Problem: page.Sentence(refused.Message)}, refused.Status)
	}
	if err != nil {
		return nil, err
	}
	return page.Redirect{To: path, Notice: "Signed in at " + in.Element.Name + ". The first poll comes by itself."}, nil
}
