package people

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"turnstone"
	"turnstone/internal/auth"
)

// UserStore is what managing users needs from storage, beside Directory.
type UserStore interface {
	// CreateUser answers turnstone.ErrConflict for an address that somebody has, and a
	// *turnstone.LimitError.
	CreateUser(ctx context.Context, u turnstone.User) (turnstone.User, error)
	// ChangeUser edits a user, and answers turnstone.ErrConflict and
	// turnstone.ErrLastAdmin.
	ChangeUser(ctx context.Context, accountID, id int64, edit func(u *turnstone.User) error) (turnstone.User, error)
	// DeleteUser leaves the user's instances to an admin, or answers
	// turnstone.ErrLastAdmin.
	DeleteUser(ctx context.Context, accountID, id int64) error
	RotateUserSecret(ctx context.Context, accountID, id int64, to turnstone.Rotation) error
}

// Users is what one may do with the users of one's account. Members may see and change
// themselves alone. It may be used from many goroutines.
type Users struct {
	Directory Directory
	Store     UserStore
	SignIn    *SignIn
	Random    io.Reader
	Now       func() time.Time
}

// Me stands for the caller where a user is named.
const Me = "me"

// List returns the users of the caller's account, oldest first, at most limit.
func (s *Users) List(ctx context.Context, by auth.Identity, limit int) ([]turnstone.User, error) {
	if err := administer(by, "listing users"); err != nil {
		return nil, err
	}
	return s.Directory.Users(ctx, by.AccountID, limit)
}

// One returns a user of the caller's account by id, by address, or as Me. The error wraps
// turnstone.ErrNotFound or ErrForbidden.
func (s *Users) One(ctx context.Context, by auth.Identity, name string) (turnstone.User, error) {
	if name == Me || name == strconv.FormatInt(by.User.ID, 10) || strings.EqualFold(name, by.User.Email) {
		return by.User, nil
	}
	if err := administer(by, "what concerns other users"); err != nil {
		return turnstone.User{}, err
	}
	if id, err := strconv.ParseInt(name, 10, 64); err == nil {
		return s.Directory.UserByID(ctx, by.AccountID, id)
	}
	u, err := s.Directory.UserByEmail(ctx, name)
	if err == nil && u.AccountID != by.AccountID {
		return turnstone.User{}, fmt.Errorf("user of another account: %w", turnstone.ErrNotFound)
	}
	return u, err
}

// UserInput is what is said of a user. What is nil stays as it is, or gets its default.
type UserInput struct {
	Email     *string
	FirstName *string
	LastName  *string
	Password  *string
	Role      *turnstone.Role
	Active    *bool
}

// Create makes a user of the caller's account: a member, unless in says otherwise. The
// user signs in with the password of in. Errors are an *InputError or a
// *turnstone.LimitError, or wrap ErrForbidden or turnstone.ErrConflict.
func (s *Users) Create(ctx context.Context, by auth.Identity, in UserInput) (turnstone.User, error) {
	if err := administer(by, "creating users"); err != nil {
		return turnstone.User{}, err
	}
	u, err := s.fresh(ctx, in)
	if err != nil {
		return turnstone.User{}, err
	}
	u.AccountID = by.AccountID
	return s.Store.CreateUser(ctx, u)
}

// fresh returns a user that is not stored yet, of no account yet.
func (s *Users) fresh(ctx context.Context, in UserInput) (turnstone.User, error) {
	u := turnstone.User{Role: turnstone.RoleMember, CreatedAt: s.Now()}
	switch {
	case in.Email == nil:
		return u, &InputError{"emailAddress", "is missing; the user signs in with it"}
	case in.Password == nil:
		return u, &InputError{"password", "is missing; the user signs in with it, and may change it then"}
	}
	if err := in.apply(&u, s.Now()); err != nil {
		return u, err
	}
	var err error
	if u.PasswordHash, err = s.SignIn.Passwords.Hash(ctx, *in.Password); err != nil {
		return u, err
	}
	u.Secret, err = auth.NewUserSecret(s.Random)
	return u, err
}

// Update changes a user of the caller's account. Who changes their own address or
// password proves who they are; an admin sets those of others. Errors are those of
// Create and of SignIn.Confirm, or wrap turnstone.ErrNotFound or turnstone.ErrLastAdmin.
func (s *Users) Update(ctx context.Context, by auth.Identity, name string, c UserChange) (turnstone.User, error) {
	u, err := s.One(ctx, by, name)
	if err != nil {
		return turnstone.User{}, err
	}
	if c.Role != nil || c.Active != nil {
		if err := administer(by, "changing a role, or who is active,"); err != nil {
			return turnstone.User{}, err
		}
	}
	if own := u.ID == by.User.ID; own && (c.Email != nil || c.Password != nil) {
		if err := s.SignIn.Confirm(ctx, by.User, c.Proof); err != nil {
			return turnstone.User{}, err
		}
	}
	var hash turnstone.Secret
	if c.Password != nil {
		if hash, err = s.SignIn.Passwords.Hash(ctx, *c.Password); err != nil {
			return turnstone.User{}, err
		}
	}
	return s.Store.ChangeUser(ctx, u.AccountID, u.ID, func(u *turnstone.User) error {
		if hash != "" {
			u.PasswordHash = hash
		}
		return c.apply(u, s.Now())
	})
}

// UserChange is what is changed of a user, and the caller's proof of who they are.
type UserChange struct {
	UserInput
	Proof Proof
}

// apply changes u as in says, all but the password.
func (in UserInput) apply(u *turnstone.User, now time.Time) error {
	if in.Email != nil {
		u.Email = strings.TrimSpace(*in.Email)
	}
	if in.FirstName != nil {
		u.FirstName = strings.TrimSpace(*in.FirstName)
	}
	if in.LastName != nil {
		u.LastName = strings.TrimSpace(*in.LastName)
	}
	if in.Role != nil {
		u.Role = *in.Role
	}
	if in.Active != nil && *in.Active != u.Active() {
		u.RevokedAt = time.Time{}
		if !*in.Active {
			u.RevokedAt = now
		}
	}
	return checkUser(*u)
}

// Delete removes a user of the caller's account; the user's instances go to an admin.
// The error wraps ErrForbidden, turnstone.ErrNotFound or turnstone.ErrLastAdmin.
func (s *Users) Delete(ctx context.Context, by auth.Identity, name string) error {
	if err := administer(by, "deleting users"); err != nil {
		return err
	}
	u, err := s.One(ctx, by, name)
	if err != nil {
		return err
	}
	return s.Store.DeleteUser(ctx, u.AccountID, u.ID)
}

// RotateSecret gives a user of the caller's account another secret, and returns it. The
// error is an *InputError, or wraps ErrForbidden or turnstone.ErrNotFound.
func (s *Users) RotateSecret(ctx context.Context, by auth.Identity, name string, keepOld time.Time) (turnstone.Secret, error) {
	u, err := s.One(ctx, by, name)
	if err != nil {
		return "", err
	}
	to, err := rotation(keepOld, s.Now(), func() (turnstone.Secret, error) { return auth.NewUserSecret(s.Random) })
	if err != nil {
		return "", err
	}
	return to.Fresh, s.Store.RotateUserSecret(ctx, u.AccountID, u.ID, to)
}

// ResetPassword sets the password of a user by address, for an operator at the database
// who has lost every secret. The user is active afterwards.
func (s *Users) ResetPassword(ctx context.Context, email, password string) (turnstone.User, error) {
	u, err := s.Directory.UserByEmail(ctx, email)
	if errors.Is(err, turnstone.ErrNotFound) {
		return turnstone.User{}, fmt.Errorf("there is no user %s: %w", email, err)
	}
	if err != nil {
		return turnstone.User{}, err
	}
	hash, err := s.SignIn.Passwords.Hash(ctx, password)
	if err != nil {
		return turnstone.User{}, err
	}
	return s.Store.ChangeUser(ctx, u.AccountID, u.ID, func(u *turnstone.User) error {
		u.PasswordHash, u.RevokedAt = hash, time.Time{}
		return nil
	})
}
