package people

import (
	"context"
	"errors"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/auth"
)

// Directory finds users and accounts. It answers turnstone.ErrNotFound, and is called
// from many goroutines.
type Directory interface {
	// Users returns the oldest of an account.
	Users(ctx context.Context, accountID int64, limit int) ([]turnstone.User, error)
	UserByID(ctx context.Context, accountID, id int64) (turnstone.User, error)
	UserByEmail(ctx context.Context, email string) (turnstone.User, error)
	Account(ctx context.Context, id int64) (turnstone.Account, error)
}

// SignIn lets people in by address and password, and knows them again by a token. It may
// be used from many goroutines.
type SignIn struct {
	Directory Directory
	Sessions  *auth.Sessions
	Passwords *Passwords
	Attempts  *Attempts
	Now       func() time.Time
}

// Proof is what somebody shows to prove who they are.
type Proof struct {
	Password string
	Address  string // of the connection
}

// errWrong does not say whether it was the address or the password.
var errWrong = fmt.Errorf("%w: the user name or the password is wrong", auth.ErrUnauthorized)

// Start returns a token for the user with an address. Errors wrap auth.ErrUnauthorized,
// or are an *AttemptsError or a BusyError.
func (s *SignIn) Start(ctx context.Context, email string, proof Proof) (turnstone.Secret, error) {
	u, err := s.Prove(ctx, email, proof)
	if err != nil {
		return "", err
	}
	return s.Sessions.Start(u, s.Now())
}

// Prove returns the user with an address, who has proved to be it. Errors are those of
// Start.
func (s *SignIn) Prove(ctx context.Context, email string, proof Proof) (turnstone.User, error) {
	u, err := s.Directory.UserByEmail(ctx, email)
	if err != nil && !errors.Is(err, turnstone.ErrNotFound) {
		return turnstone.User{}, err
	}
	known := u
	u.Email = email // of nobody, too
	if err := s.Confirm(ctx, u, proof); err != nil {
		return turnstone.User{}, err
	}
	if !u.Active() {
		return turnstone.User{}, fmt.Errorf("%w: the user was revoked; an admin of the account can make it active again", auth.ErrUnauthorized)
	}
	return known, nil
}

// Confirm returns nil if proof has the password of u. Errors are those of Start.
func (s *SignIn) Confirm(ctx context.Context, u turnstone.User, proof Proof) error {
	try := attempt{u.Email, proof.Address}
	if err := s.Attempts.take(try, s.Now()); err != nil {
		return err
	}
	err := s.Passwords.Check(ctx, u, proof.Password)
	if errors.Is(err, auth.ErrUnauthorized) {
		return errWrong
	}
	s.Attempts.forgive(try, s.Now())
	return err
}

// User returns who a token was given to. Errors wrap auth.ErrUnauthorized.
func (s *SignIn) User(ctx context.Context, token turnstone.Secret) (turnstone.User, error) {
	session, err := s.Sessions.Read(token, s.Now())
	if err != nil {
		return turnstone.User{}, err
	}
	u, err := s.Directory.UserByID(ctx, session.AccountID, session.UserID)
	if err != nil && !errors.Is(err, turnstone.ErrNotFound) {
		return turnstone.User{}, err
	}
	// Of a user who is gone nothing equals what the token says.
	return u, s.Sessions.Holds(session, u)
}

// Secrets are what somebody calls the API with.
type Secrets struct {
	User         turnstone.Secret
	Organization turnstone.Secret
}

// Secrets returns the secrets of whoever a token was given to. Errors wrap
// auth.ErrUnauthorized.
func (s *SignIn) Secrets(ctx context.Context, token turnstone.Secret) (Secrets, error) {
	u, err := s.User(ctx, token)
	if err != nil {
		return Secrets{}, err
	}
	return s.secretsOf(ctx, u)
}

// Reveal returns the secrets of the caller, who proves once more who that is. Errors are
// those of Start.
func (s *SignIn) Reveal(ctx context.Context, by auth.Identity, proof Proof) (Secrets, error) {
	if err := s.Confirm(ctx, by.User, proof); err != nil {
		return Secrets{}, err
	}
	return s.secretsOf(ctx, by.User)
}

func (s *SignIn) secretsOf(ctx context.Context, u turnstone.User) (Secrets, error) {
	account, err := s.Directory.Account(ctx, u.AccountID)
	if err != nil {
		return Secrets{}, err
	}
	return Secrets{u.Secret, account.OrganizationSecret}, nil
}
