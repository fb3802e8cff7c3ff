// Package people is what one may do with accounts, their users and secrets, and with the
// journal of who changed what; and how people sign in.
//
// Its promises: nobody does what their role does not allow, whoever calls; nobody can
// lock an account out of itself; passwords cannot be tried at will, nor hashed by so many
// at once that the machine runs out of memory; and a secret is returned to nobody but who
// made it or proved to own it. It answers no requests and renders nothing: the API and
// the pages for people do.
package people

import (
	"errors"
	"fmt"
	"time"

	"turnstone/internal/auth"
)

// ErrForbidden says that the caller is known, and may not do it. The text of an error
// that wraps it may be shown.
var ErrForbidden = errors.New("not allowed")

// InputError says what is wrong with what a caller wrote, and what to write instead.
type InputError struct {
	Field   string
	Problem string
}

// Error returns the field and its problem.
func (e *InputError) Error() string { return e.Field + ": " + e.Problem }

// AttemptsError says that too many passwords were tried.
type AttemptsError struct {
	Wait time.Duration // until the next one may be tried
}

// Error says how long to wait.
func (e *AttemptsError) Error() string {
	return fmt.Sprintf("too many wrong passwords; wait %v and try again", (e.Wait + time.Second - 1).Truncate(time.Second))
}

// BusyError says that more people sign in than passwords can be hashed.
type BusyError struct{}

// Error says what to do.
func (BusyError) Error() string {
	return "too many people sign in at this moment; try again in a second"
}

// administer returns an error that wraps ErrForbidden unless the caller is an admin.
func administer(by auth.Identity, what string) error {
	switch {
	case by.Admin():
		return nil
	case !by.WholeAccount:
		return fmt.Errorf("%w: %s takes the Organization secret in the Authorization header", ErrForbidden, what)
	}
	return fmt.Errorf("%w: %s is for admins of the account, and you are a member; ask an admin", ErrForbidden, what)
}

// operate returns an error that wraps ErrForbidden unless the caller is an operator.
func operate(by auth.Identity, what string) error {
	if by.Operator() {
		return nil
	}
	return fmt.Errorf("%w: %s is for the operator, an admin of the first account", ErrForbidden, what)
}
