package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/auth"
	"turnstone/internal/store"
)

// Defaults of the first account.
const (
	accountName = "default"
	// DefaultEmail is the address of the first user, unless the operator says another.
	DefaultEmail = "admin@localhost"
)

// FirstAccount holds the secrets of an account that this start has made up. They
// are shown once; the database keeps them sealed.
type FirstAccount struct {
	Email              string
	Password           string // empty if it was given
	UserSecret         string // empty if it was given
	OrganizationSecret string // empty if it was given
}

// ensureAccount makes the first account if there is none. It returns nil if there
// was one.
func ensureAccount(ctx context.Context, db *store.DB, b Bootstrap, now time.Time) (*FirstAccount, error) {
	accounts, err := db.Accounts(ctx, 1)
	if err != nil {
		return nil, err
	}
	if len(accounts) > 0 {
		return nil, checkBootstrap(ctx, db, b)
	}
	made, err := complete(&b)
	if err != nil {
		return nil, err
	}
	hash, err := auth.HashPassword(rand.Reader, string(b.AdminPassword))
	if err != nil {
		return nil, err
	}
	_, _, err = db.CreateAccount(ctx,
		turnstone.Account{Name: accountName, OrganizationSecret: b.OrganizationSecret, CreatedAt: now},
		turnstone.User{Email: b.AdminEmail, FirstName: "Admin", LastName: "User", Secret: b.UserSecret, PasswordHash: hash, CreatedAt: now})
	if errors.Is(err, turnstone.ErrConflict) {
		// Another node has made it at this moment.
		return nil, checkBootstrap(ctx, db, b)
	}
	if err != nil {
		return nil, fmt.Errorf("create the first account: %w", err)
	}
	return made, nil
}

// complete makes up what b leaves open, and returns that.
func complete(b *Bootstrap) (*FirstAccount, error) {
	if b.AdminEmail == "" {
		b.AdminEmail = DefaultEmail
	}
	made := &FirstAccount{Email: b.AdminEmail}
	for _, part := range []struct {
		secret *turnstone.Secret
		shown  *string
		make   func() (turnstone.Secret, error)
	}{
		{&b.UserSecret, &made.UserSecret, func() (turnstone.Secret, error) { return auth.NewUserSecret(rand.Reader) }},
		{&b.OrganizationSecret, &made.OrganizationSecret, func() (turnstone.Secret, error) { return auth.NewOrganizationSecret(rand.Reader) }},
		{&b.AdminPassword, &made.Password, func() (turnstone.Secret, error) { return auth.NewOrganizationSecret(rand.Reader) }},
	} {
		if *part.secret != "" {
			continue
		}
		var err error
		if *part.secret, err = part.make(); err != nil {
			return nil, err
		}
		*part.shown = string(*part.secret)
	}
	return made, nil
}

// errOtherSecret says that a bootstrap secret was given which nobody has.
var errOtherSecret = errors.New("is not the one this data directory was started with: it only counts on the first start; leave it out, or use another --data")

// checkBootstrap refuses secrets that an existing database does not know, since
// whoever set them expects them to work.
func checkBootstrap(ctx context.Context, db *store.DB, b Bootstrap) error {
	if b.UserSecret != "" {
		if _, err := db.UserBySecret(ctx, b.UserSecret); errors.Is(err, turnstone.ErrNotFound) {
			return fmt.Errorf("TURNSTONE_USER_SECRET %w", errOtherSecret)
		} else if err != nil {
			return err
		}
	}
	if b.OrganizationSecret != "" {
		if _, err := db.AccountBySecret(ctx, b.OrganizationSecret); errors.Is(err, turnstone.ErrNotFound) {
			return fmt.Errorf("TURNSTONE_ORGANIZATION_SECRET %w", errOtherSecret)
		} else if err != nil {
			return err
		}
	}
	return nil
}
