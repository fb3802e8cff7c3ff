package page

import (
	"errors"
	"net/http"

	"turnstone/client"
	"turnstone/internal/auth"
)

// Answer is what a visit is answered with: a View, a Redirect, or a Fragment.
type Answer interface{ answer() }

// View is a whole page.
type View struct {
	Template string // that defines the page's main part
	Title    string // of the page, in the browser's tab and history
	Area     string // that is marked in the navigation, such as instances
	Data     any    // for the template
	Status   int    // of HTTP; 0: 200
}

// Redirect leads elsewhere, after something was done.
type Redirect struct {
	To     string // a path of the console
	Notice string // to be shown there, once; empty: none
	Bad    bool   // the notice is about something that failed
}

// Fragment is a part of a page, for scripts that fill it in.
type Fragment struct {
	Template string
	Data     any
}

func (View) answer()     {}
func (Redirect) answer() {}
func (Fragment) answer() {}

// Problem is an error that is shown as a page.
type Problem struct {
	Status  int
	Title   string
	Message string // what to do
}

// Error returns the message.
func (p *Problem) Error() string { return p.Message }

// errInternal is what is shown of errors that are not for visitors.
const errInternal = "Something went wrong here. Try again; if it stays, the log of the service says more."

// problemOf returns what to show of an error, and whether the log should have it.
func problemOf(err error) (p *Problem, unexpected bool) {
	if known, ok := errors.AsType[*Problem](err); ok {
		return known, false
	}
	if refused, ok := errors.AsType[*client.Error](err); ok && refused.Message != "" {
		return &Problem{refused.Status, titleOf(refused.Status), Sentence(refused.Message)}, refused.Status >= http.StatusInternalServerError
	}
	if errors.Is(err, auth.ErrUnauthorized) {
		return &Problem{http.StatusUnauthorized, titleOf(http.StatusUnauthorized), "Sign in again."}, false
	}
	return &Problem{http.StatusInternalServerError, titleOf(http.StatusInternalServerError), errInternal}, true
}

// titleOf says in a few words what a status means to a visitor.
func titleOf(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "Please sign in again"
	case http.StatusForbidden:
		return "This is not yours to do"
	case http.StatusNotFound:
		return "This is not here"
	case http.StatusTooManyRequests:
		return "That was too much at once"
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return "Somebody does not answer"
	default:
		return "That did not work"
	}
}
