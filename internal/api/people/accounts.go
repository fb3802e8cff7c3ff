package people

import (
	"errors"
	"net/http"

	"turnstone"
	"turnstone/internal/api/rest"
	"turnstone/internal/people"
)

// accountJSON is an account.
type accountJSON struct {
	ID      int64     `json:"id"`
	Name    string    `json:"name"`
	Created string    `json:"createdDate"`
	Default bool      `json:"defaultAccount"` // the caller's own
	Admin   *userJSON `json:"user,omitempty"` // of an account that was just made
}

func accountOf(c *rest.Call, a turnstone.Account) accountJSON {
	return accountJSON{ID: a.ID, Name: a.Name, Created: rest.ISOTime(a.CreatedAt), Default: a.ID == c.Identity.AccountID}
}

// accountBody is what may be written of an account. A limit of null is none.
type accountBody struct {
	Name   *string                  `json:"name"`
	Limits map[turnstone.Limit]*int `json:"limits"`
	User   *userBody                `json:"user"`
}

// input returns what was written, and the names of it.
func (b accountBody) input() (people.AccountInput, []string) {
	in := people.AccountInput{Name: b.Name, Limits: b.Limits}
	var names []string
	if b.Name != nil {
		names = append(names, "name")
	}
	for _, what := range turnstone.AllLimits() {
		if _, written := b.Limits[what]; written {
			names = append(names, "limits."+string(what))
		}
	}
	if b.User != nil {
		in.Admin, names = b.User.input(), append(names, "user")
	}
	return in, names
}

func (a *API) listAccounts(c *rest.Call) (any, error) {
	p, err := rest.PageOf(c.URL.Query())
	if err != nil {
		return nil, err
	}
	all, err := a.Accounts.List(c.Context(), c.Identity, maxAccounts)
	if err != nil {
		return nil, err
	}
	list := rest.PageOfAll(c, all, p, func(a turnstone.Account) int64 { return a.ID })
	if len(list) == 0 {
		return nil, rest.Failuref(http.StatusNotFound, "No accounts found")
	}
	views := make([]accountJSON, len(list))
	for i, one := range list {
		views[i] = accountOf(c, one)
	}
	return views, nil
}

// maxAccounts bounds what is counted; a total of so many is as good as more.
const maxAccounts = 100_000

func (a *API) createAccount(c *rest.Call) (any, error) {
	var body accountBody
	if err := c.Read(&body); err != nil {
		return nil, err
	}
	in, names := body.input()
	account, admin, err := a.Accounts.Create(c.Context(), c.Identity, in)
	if wrong, ok := errors.AsType[*people.InputError](err); ok && isOfUser(wrong.Field) {
		return nil, rest.Failuref(http.StatusBadRequest, "user.%v", wrong)
	}
	if err != nil {
		return nil, conflict(err, "user."+addressTaken)
	}
	c.Changed(names...)
	view, user := accountOf(c, account), userOf(admin)
	view.Admin = &user
	return view, nil
}

// isOfUser reports whether a field is one of the user of an account.
func isOfUser(field string) bool {
	switch field {
	case "emailAddress", "password", "firstName", "lastName", "role":
		return true
	}
	return false
}

func (a *API) showAccount(c *rest.Call) (any, error) {
	id, err := idOf(c, "account")
	if err != nil {
		return nil, err
	}
	return a.accountView(c, id)
}

func (a *API) accountView(c *rest.Call, id int64) (any, error) {
	account, err := a.Accounts.One(c.Context(), c.Identity, id)
	if err != nil {
		return nil, missingAccount(err, id)
	}
	return accountOf(c, account), nil
}

func missingAccount(err error, id int64) error {
	return missing(err, "there is no account %d; GET %s/accounts lists those there are", id, rest.Prefix)
}

func (a *API) updateAccount(c *rest.Call) (any, error) {
	id, err := idOf(c, "account")
	if err != nil {
		return nil, err
	}
	return a.writeAccount(c, id)
}

// writeAccount changes an account by the body.
func (a *API) writeAccount(c *rest.Call, id int64) (any, error) {
	var body accountBody
	if err := c.Read(&body); err != nil {
		return nil, err
	}
	if body.User != nil {
		return nil, rest.Failuref(http.StatusBadRequest, "user: is only for a new account; POST %s/users makes users", rest.Prefix)
	}
	in, names := body.input()
	account, err := a.Accounts.Update(c.Context(), c.Identity, id, in)
	if err != nil {
		return nil, missingAccount(err, id)
	}
	c.Changed(names...)
	return accountOf(c, account), nil
}

func (a *API) deleteAccount(c *rest.Call) (any, error) {
	id, err := idOf(c, "account")
	if err != nil {
		return nil, err
	}
	err = a.Accounts.Delete(c.Context(), c.Identity, id)
	return nil, conflict(missingAccount(err, id), "the account has instances; delete them first, with DELETE /instances/{id} as a user of the account")
}

// limitJSON is a limit and its use. A limit of null is none; a use of null is not one
// number for the whole account.
type limitJSON struct {
	Limit *int `json:"limit"`
	Used  *int `json:"used"`
}

func (a *API) showLimits(c *rest.Call) (any, error) {
	id, err := idOf(c, "account")
	if err != nil {
		return nil, err
	}
	uses, err := a.Accounts.Limits(c.Context(), c.Identity, id)
	if err != nil {
		return nil, missingAccount(err, id)
	}
	view := make(map[turnstone.Limit]limitJSON, len(uses))
	for _, u := range uses {
		one := limitJSON{}
		if u.Limited {
			one.Limit = &u.Most
		}
		if u.Counted {
			one.Used = &u.Used
		}
		view[u.Limit] = one
	}
	return view, nil
}

// An organization of the platform is an account here: each has one secret.

func (a *API) listOrganizations(c *rest.Call) (any, error) {
	own, err := a.Accounts.One(c.Context(), c.Identity, c.Identity.AccountID)
	if err != nil {
		return nil, err
	}
	return rest.PageOfAll(c, []accountJSON{accountOf(c, own)}, rest.PageRequest{Size: 1}, func(a accountJSON) int64 { return a.ID }), nil
}

// organization reads which one the path names: the caller's own, and no other.
func organization(c *rest.Call) (int64, error) {
	id, err := idOf(c, "organization")
	if err == nil && id != c.Identity.AccountID {
		return 0, rest.Failuref(http.StatusForbidden, "organization %d is not yours; yours is %d", id, c.Identity.AccountID)
	}
	return id, err
}

func (a *API) showOrganization(c *rest.Call) (any, error) {
	id, err := organization(c)
	if err != nil {
		return nil, err
	}
	return a.accountView(c, id)
}

func (a *API) updateOrganization(c *rest.Call) (any, error) {
	id, err := organization(c)
	if err != nil {
		return nil, err
	}
	return a.writeAccount(c, id)
}

func (a *API) rotateOrganizationSecret(c *rest.Call) (any, error) {
	until, err := keepOld(c)
	if err != nil {
		return nil, err
	}
	secret, err := a.Accounts.RotateSecret(c.Context(), c.Identity, until)
	if err != nil {
		return nil, err
	}
	return rotated(c, rotatedJSON{secretsJSON: secretsJSON{Organization: string(secret)}}, until), nil
}
