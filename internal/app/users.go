package app

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"

	"turnstone"
	"turnstone/internal/auth"
	"turnstone/internal/store"
)

// maxListed bounds what Users lists of accounts, and of the users of each.
const maxListed = 10_000

// Users returns the users of all accounts, for an operator who can reach the database.
func (s Storage) Users(ctx context.Context, log *slog.Logger) ([]turnstone.User, error) {
	var all []turnstone.User
	err := s.with(ctx, log, func(db *store.DB) error {
		accounts, err := db.Accounts(ctx, maxListed)
		if err != nil {
			return err
		}
		for _, a := range accounts {
			users, err := db.Users(ctx, a.ID, maxListed)
			if err != nil {
				return err
			}
			all = append(all, users...)
		}
		return nil
	})
	return all, err
}

// ResetPassword gives the user with an address a password that is made up, and returns
// it: the way in for an operator who has lost every secret and can reach the database.
// With the password the secrets are told at POST /authentication.
func (s Storage) ResetPassword(ctx context.Context, email string, log *slog.Logger) (password string, err error) {
	made, err := auth.NewOrganizationSecret(rand.Reader)
	if err != nil {
		return "", err
	}
	err = s.with(ctx, log, func(db *store.DB) error {
		_, err := newUsers(db, db.Sealer()).ResetPassword(ctx, email, string(made))
		return err
	})
	return string(made), err
}

// with does something with the database of an installation that is there.
func (s Storage) with(ctx context.Context, log *slog.Logger, do func(db *store.DB) error) error {
	db, err := s.openExisting(ctx, log)
	if err != nil {
		return err
	}
	return errors.Join(do(db), db.Close())
}
