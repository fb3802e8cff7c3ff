package people

import (
	"net/http"
	"strconv"
	"time"

	"turnstone"
	"turnstone/internal/api/rest"
	"turnstone/internal/people"
)

// userJSON is a user, of whom instances show the first members.
type userJSON struct {
	ID        int64          `json:"id"`
	Email     string         `json:"emailAddress"`
	FirstName string         `json:"firstName"`
	LastName  string         `json:"lastName"`
	Role      turnstone.Role `json:"role"`
	Active    bool           `json:"active"`
	Created   string         `json:"createdDate"`
	AccountID int64          `json:"accountId"`
	secretsJSON
}

func userOf(u turnstone.User) userJSON {
	return userJSON{
		ID: u.ID, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName,
		Role: u.Role, Active: u.Active(), Created: rest.ISOTime(u.CreatedAt), AccountID: u.AccountID,
	}
}

// userBody is what may be written of a user.
type userBody struct {
	Email     *string         `json:"emailAddress"`
	FirstName *string         `json:"firstName"`
	LastName  *string         `json:"lastName"`
	Password  *string         `json:"password"`
	Role      *turnstone.Role `json:"role"`
	Active    *bool           `json:"active"`
}

func (b userBody) input() people.UserInput { return people.UserInput(b) }

// changed returns the names of the members that were written.
func (b userBody) changed() []string {
	var names []string
	for _, member := range []struct {
		name    string
		written bool
	}{
		{"emailAddress", b.Email != nil},
		{"firstName", b.FirstName != nil},
		{"lastName", b.LastName != nil},
		{"password", b.Password != nil},
		{"role", b.Role != nil},
		{"active", b.Active != nil},
	} {
		if member.written {
			names = append(names, member.name)
		}
	}
	return names
}

func (a *API) listUsers(c *rest.Call) (any, error) {
	p, err := rest.PageOf(c.URL.Query())
	if err != nil {
		return nil, err
	}
	// All are read: an account has few users, and the headers need their total.
	all, err := a.Users.List(c.Context(), c.Identity, maxUsers)
	if err != nil {
		return nil, err
	}
	list := rest.PageOfAll(c, all, p, func(u turnstone.User) int64 { return u.ID })
	if len(list) == 0 {
		return nil, rest.Failuref(http.StatusNotFound, "No users found")
	}
	views := make([]userJSON, len(list))
	for i, u := range list {
		views[i] = userOf(u)
	}
	return views, nil
}

// maxUsers bounds what is counted; a total of so many is as good as more.
const maxUsers = 100_000

func (a *API) createUser(c *rest.Call) (any, error) {
	var body userBody
	if err := c.Read(&body); err != nil {
		return nil, err
	}
	u, err := a.Users.Create(c.Context(), c.Identity, body.input())
	if err != nil {
		return nil, conflict(err, addressTaken)
	}
	c.Changed(body.changed()...)
	return userOf(u), nil
}

// addressTaken does not say of which account the other user is.
const addressTaken = "emailAddress: somebody has this address already; choose another"

// showUser shows the caller's secrets, too, to who also proves to have the password.
// Those of others are nobody else's.
func (a *API) showUser(c *rest.Call) (any, error) {
	u, err := a.Users.One(c.Context(), c.Identity, c.PathValue("user"))
	if err != nil {
		return nil, missingUser(c, err)
	}
	view := userOf(u)
	if c.Header.Get(headerPassword) == "" {
		return view, nil
	}
	if u.ID != c.Identity.User.ID {
		return nil, rest.Failuref(http.StatusForbidden, "the secrets of another user are not shown; PUT /users/%d/secret makes a new one", u.ID)
	}
	secrets, err := a.SignIn.Reveal(c.Context(), c.Identity, proof(c))
	if err != nil {
		return nil, err
	}
	view.secretsJSON = secretsOf(secrets)
	return view, nil
}

func (a *API) updateUser(c *rest.Call) (any, error) {
	var body userBody
	if err := c.Read(&body); err != nil {
		return nil, err
	}
	u, err := a.Users.Update(c.Context(), c.Identity, c.PathValue("user"), people.UserChange{UserInput: body.input(), Proof: proof(c)})
	if err != nil {
		return nil, conflict(missingUser(c, err), addressTaken)
	}
	c.Changed(body.changed()...)
	return userOf(u), nil
}

func (a *API) deleteUser(c *rest.Call) (any, error) {
	return nil, missingUser(c, a.Users.Delete(c.Context(), c.Identity, c.PathValue("user")))
}

// missingUser says that there is no such user, or none in the account, which is the same.
func missingUser(c *rest.Call, err error) error {
	return missing(err, "there is no user %s in the account; GET %s/users lists those there are", rest.Excerpt(c.PathValue("user")), rest.Prefix)
}

// rotationBody is what may be written to replace a secret.
type rotationBody struct {
	KeepOld string `json:"oldSecretValidUntil"`
}

// keepOld reads until when an old secret works. No body is as good as an empty one.
func keepOld(c *rest.Call) (time.Time, error) {
	if c.ContentLength == 0 {
		return time.Time{}, nil
	}
	var body rotationBody
	if err := c.Read(&body); err != nil || body.KeepOld == "" {
		return time.Time{}, err
	}
	return rest.Moment("oldSecretValidUntil", body.KeepOld)
}

// rotatedJSON is a secret that was just made.
type rotatedJSON struct {
	secretsJSON
	Token   string `json:"token,omitempty"`
	KeepOld string `json:"oldSecretValidUntil,omitempty"`
}

// rotated returns the answer about a secret that was replaced.
func rotated(c *rest.Call, view rotatedJSON, until time.Time) rotatedJSON {
	c.Changed("secret")
	if !until.IsZero() {
		view.KeepOld = rest.ISOTime(until)
	}
	return view
}

func (a *API) rotateUserSecret(c *rest.Call) (any, error) {
	until, err := keepOld(c)
	if err != nil {
		return nil, err
	}
	secret, err := a.Users.RotateSecret(c.Context(), c.Identity, c.PathValue("user"), until)
	if err != nil {
		return nil, missingUser(c, err)
	}
	return rotated(c, rotatedJSON{secretsJSON: secretsJSON{User: string(secret)}}, until), nil
}

func (a *API) rotateToken(c *rest.Call) (any, error) {
	in, err := a.Instance(c)
	if err != nil {
		return nil, err
	}
	until, err := keepOld(c)
	if err != nil {
		return nil, err
	}
	token, err := a.Accounts.RotateToken(c.Context(), in, until)
	if err != nil {
		return nil, err
	}
	return rotated(c, rotatedJSON{Token: string(token)}, until), nil
}

// idOf reads the number of an account; "me" is the caller's.
func idOf(c *rest.Call, parameter string) (int64, error) {
	text := c.PathValue(parameter)
	if text == people.Me {
		return c.Identity.AccountID, nil
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, rest.Failuref(http.StatusNotFound, "there is no %s %s; write its number, or me for yours", parameter, rest.Excerpt(text))
	}
	return id, nil
}
