package auth

import (
	"context"
	"errors"
	"fmt"

	"turnstone"
)

// Store is what auth needs from storage. Each method answers
// turnstone.ErrNotFound for a secret that nobody has; they are called from many
// goroutines, once for each request.
type Store interface {
	UserBySecret(ctx context.Context, secret turnstone.Secret) (turnstone.User, error)
	AccountBySecret(ctx context.Context, secret turnstone.Secret) (turnstone.Account, error)
	InstanceByToken(ctx context.Context, token turnstone.Secret) (turnstone.Instance, error)
}

// Identity is who calls.
type Identity struct {
	// AccountID is the account that the caller acts for: the user's.
	AccountID int64
	User      turnstone.User
	// WholeAccount says that the caller gave the organization secret, and with it
	// proved the right to all instances of the account.
	WholeAccount bool
	// Instance is the one whose token the caller gave; nil without a token.
	Instance *turnstone.Instance
}

// Admin reports whether the caller may manage the users, secrets and settings of the
// account. It takes the organization secret: a token opens its own instance only.
func (id Identity) Admin() bool { return id.WholeAccount && id.User.Role == turnstone.RoleAdmin }

// Operator reports whether the caller may manage all accounts: an admin of the first.
func (id Identity) Operator() bool { return id.Admin() && id.AccountID == turnstone.OperatorAccountID }

// Auth identifies callers. It may be used from several goroutines.
type Auth struct {
	Store Store
}

// Identify returns who an Authorization header stands for. The user must come
// with the organization, an element token, or both, and they must be of the same
// account. Errors about the header wrap ErrUnauthorized and may be shown;
// others are the store's.
func (a *Auth) Identify(ctx context.Context, header string) (Identity, error) {
	secrets, err := ParseAuthorization(header)
	if err != nil {
		return Identity{}, err
	}
	if err := complete(secrets); err != nil {
		return Identity{}, err
	}
	user, err := a.Store.UserBySecret(ctx, secrets.User)
	if err != nil {
		return Identity{}, lookup("User secret", err)
	}
	if !user.Active() {
		return Identity{}, fmt.Errorf("%w: the user of the User secret was revoked; an admin of the account can make it active again", ErrUnauthorized)
	}
	id := Identity{AccountID: user.AccountID, User: user, WholeAccount: secrets.Organization != ""}
	if err := a.checkOrganization(ctx, id, secrets.Organization); err != nil {
		return Identity{}, err
	}
	if id.Instance, err = a.instance(ctx, id, secrets.Element); err != nil {
		return Identity{}, err
	}
	return id, nil
}

// complete says whether s has what identifies a caller.
func complete(s Secrets) error {
	switch {
	case s.User == "":
		return refuse("the Authorization header lacks User")
	case s.Organization == "" && s.Element == "":
		return refuse("the Authorization header lacks Organization or Element")
	}
	return nil
}

func (a *Auth) checkOrganization(ctx context.Context, id Identity, secret turnstone.Secret) error {
	if secret == "" {
		return nil
	}
	account, err := a.Store.AccountBySecret(ctx, secret)
	if err != nil {
		return lookup("Organization secret", err)
	}
	if account.ID != id.AccountID {
		return fmt.Errorf("%w: the Organization secret belongs to another account than the User secret", ErrUnauthorized)
	}
	return nil
}

// instance returns the instance with token; nil without one. A token of another
// account is as unknown to the caller as one that never was.
func (a *Auth) instance(ctx context.Context, id Identity, token turnstone.Secret) (*turnstone.Instance, error) {
	if token == "" {
		return nil, nil
	}
	in, err := a.Store.InstanceByToken(ctx, token)
	if err == nil && in.AccountID != id.AccountID {
		err = turnstone.ErrNotFound
	}
	if err != nil {
		return nil, lookup("Element token", err)
	}
	return &in, nil
}

// lookup returns what to say about a secret that was not found, or why the store
// could not tell.
func lookup(what string, err error) error {
	if errors.Is(err, turnstone.ErrNotFound) {
		return fmt.Errorf("%w: the %s is not known; check for missing characters, or whether it was deleted", ErrUnauthorized, what)
	}
	return fmt.Errorf("look up the %s: %w", what, err)
}
