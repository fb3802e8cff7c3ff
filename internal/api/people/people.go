// Package people answers what concerns accounts, users, secrets and the audit log, and
// lets people sign in.
//
// It promises that a secret is shown only to who signed in, proved who they are with
// their password, or has just made it. What each role may do is decided in
// turnstone/internal/people, for this API and for all others.
package people

import (
	"errors"
	"net/http"

	"turnstone"
	"turnstone/internal/api/rest"
	"turnstone/internal/people"
)

// API is what the answers are made from. All fields must be set.
type API struct {
	*rest.Server

	SignIn   *people.SignIn
	Users    *people.Users
	Accounts *people.Accounts
	Journal  *people.Journal
}

// Routes returns the routes of the package.
func (a *API) Routes() []rest.Route {
	return []rest.Route{
		{Pattern: "POST /authentication", Answer: a.signIn, Access: rest.Public},
		{Pattern: "GET /authentication/secrets", Answer: a.showSecrets, Access: rest.Public},

		{Pattern: "GET /users", Answer: ofAccount(a.listUsers)},
		{Pattern: "POST /users", Answer: ofAccount(a.createUser)},
		{Pattern: "GET /users/{user}", Answer: ofAccount(a.showUser)},
		{Pattern: "PATCH /users/{user}", Answer: ofAccount(a.updateUser)},
		{Pattern: "DELETE /users/{user}", Answer: ofAccount(a.deleteUser)},
		{Pattern: "PUT /users/{user}/secret", Answer: ofAccount(a.rotateUserSecret)},

		{Pattern: "GET /organizations", Answer: ofAccount(a.listOrganizations)},
		{Pattern: "GET /organizations/{organization}", Answer: ofAccount(a.showOrganization)},
		{Pattern: "PATCH /organizations/{organization}", Answer: ofAccount(a.updateOrganization)},
		{Pattern: "PUT /organizations/secret", Answer: ofAccount(a.rotateOrganizationSecret)},

		{Pattern: "GET /accounts", Answer: ofAccount(a.listAccounts)},
		{Pattern: "POST /accounts", Answer: ofAccount(a.createAccount)},
		{Pattern: "GET /accounts/{account}", Answer: ofAccount(a.showAccount)},
		{Pattern: "PATCH /accounts/{account}", Answer: ofAccount(a.updateAccount)},
		{Pattern: "DELETE /accounts/{account}", Answer: ofAccount(a.deleteAccount)},
		{Pattern: "GET /accounts/{account}/limits", Answer: ofAccount(a.showLimits)},

		{Pattern: "GET /audit-logs", Answer: ofAccount(a.listAuditLogs)},

		{Pattern: "PUT /instances/{id}/token", Answer: failing(a.rotateToken), Access: rest.OfInstance},
	}
}

// ofAccount lets in those who proved their right to the whole account.
func ofAccount(answer rest.Endpoint) rest.Endpoint {
	return failing(func(c *rest.Call) (any, error) {
		if !c.Identity.WholeAccount {
			return nil, rest.ErrNeedsOrganization
		}
		return answer(c)
	})
}

// failing gives the errors of an endpoint their status.
func failing(answer rest.Endpoint) rest.Endpoint {
	return func(c *rest.Call) (any, error) {
		value, err := answer(c)
		return value, failure(err)
	}
}

// failure returns an error with its status, where it is one of package people.
func failure(err error) error {
	if wrong, ok := errors.AsType[*people.InputError](err); ok {
		return rest.Failuref(http.StatusBadRequest, "%v", wrong)
	}
	if tries, ok := errors.AsType[*people.AttemptsError](err); ok {
		return rest.Failuref(http.StatusTooManyRequests, "%v", tries).After(tries.Wait)
	}
	if busy, ok := errors.AsType[people.BusyError](err); ok {
		return rest.Failuref(http.StatusServiceUnavailable, "%v", busy).After(people.BusyWait)
	}
	switch {
	case errors.Is(err, people.ErrForbidden):
		return rest.Failuref(http.StatusForbidden, "%v", err)
	case errors.Is(err, turnstone.ErrLastAdmin):
		return rest.Failuref(http.StatusConflict, "the account would have no active admin left, and nobody could manage it; make another user an admin first")
	}
	return err
}

// conflict gives a conflict the text that says what to do.
func conflict(err error, message string) error {
	if errors.Is(err, turnstone.ErrConflict) {
		return rest.Failuref(http.StatusConflict, "%s", message)
	}
	return err
}

// missing gives what is not found the text that says what to do.
func missing(err error, format string, args ...any) error {
	if rest.IsMissing(err) {
		return rest.Failuref(http.StatusNotFound, format, args...)
	}
	return err
}
