package people

import (
	"context"
	"fmt"
	"io"
	"maps"
	"strings"
	"time"

	"turnstone"
	"turnstone/internal/auth"
)

// AccountStore is what managing accounts needs from storage, beside Directory.
type AccountStore interface {
	// Accounts returns the oldest.
	Accounts(ctx context.Context, limit int) ([]turnstone.Account, error)
	// CreateAccount answers turnstone.ErrConflict for an address that somebody has.
	CreateAccount(ctx context.Context, a turnstone.Account, u turnstone.User) (turnstone.Account, turnstone.User, error)
	ChangeAccount(ctx context.Context, id int64, edit func(a *turnstone.Account) error) (turnstone.Account, error)
	// DeleteAccount answers turnstone.ErrConflict while the account has instances.
	DeleteAccount(ctx context.Context, id int64) error
	AccountFacts
}

// AccountFacts tell of accounts, and rotate their secrets.
type AccountFacts interface {
	// Uses returns how much an account uses of what is limited and stored.
	Uses(ctx context.Context, accountID int64) (map[turnstone.Limit]int, error)
	RotateOrganizationSecret(ctx context.Context, accountID int64, to turnstone.Rotation) error
	RotateToken(ctx context.Context, accountID, instanceID int64, to turnstone.Rotation) error
}

// Accounts is what one may do with accounts. Operators manage all; others see their own,
// and its admins rename it. It may be used from many goroutines.
type Accounts struct {
	Directory Directory
	Store     AccountStore
	Users     *Users
	Meter     *Meter
	Random    io.Reader
	Now       func() time.Time
}

// List returns the accounts that the caller may see, oldest first, at most limit.
func (s *Accounts) List(ctx context.Context, by auth.Identity, limit int) ([]turnstone.Account, error) {
	if by.Operator() {
		return s.Store.Accounts(ctx, limit)
	}
	own, err := s.One(ctx, by, by.AccountID)
	if err != nil {
		return nil, err
	}
	return []turnstone.Account{own}, nil
}

// One returns an account that the caller may see. The error wraps ErrForbidden or
// turnstone.ErrNotFound.
func (s *Accounts) One(ctx context.Context, by auth.Identity, id int64) (turnstone.Account, error) {
	if err := see(by, id); err != nil {
		return turnstone.Account{}, err
	}
	return s.Directory.Account(ctx, id)
}

// see returns an error that wraps ErrForbidden unless the caller may know of an account.
func see(by auth.Identity, id int64) error {
	switch {
	case by.Operator(), by.WholeAccount && by.AccountID == id:
		return nil
	case by.AccountID == id:
		return fmt.Errorf("%w: what concerns the account takes the Organization secret in the Authorization header", ErrForbidden)
	}
	return fmt.Errorf("%w: account %d is not yours; yours is %d", ErrForbidden, id, by.AccountID)
}

// AccountInput is what is said of an account. What is nil stays as it is.
type AccountInput struct {
	Name   *string
	Limits map[turnstone.Limit]*int // nil: no limit
	Admin  UserInput                // of a new account: its first user
}

// Create makes an account with its first admin, for an operator. Errors are an
// *InputError, or wrap ErrForbidden or turnstone.ErrConflict.
func (s *Accounts) Create(ctx context.Context, by auth.Identity, in AccountInput) (turnstone.Account, turnstone.User, error) {
	if err := operate(by, "creating accounts"); err != nil {
		return turnstone.Account{}, turnstone.User{}, err
	}
	a := turnstone.Account{CreatedAt: s.Now()}
	if err := in.apply(&a); err != nil {
		return turnstone.Account{}, turnstone.User{}, err
	}
	u, err := s.Users.fresh(ctx, in.Admin)
	if err != nil {
		return turnstone.Account{}, turnstone.User{}, err
	}
	if a.OrganizationSecret, err = auth.NewOrganizationSecret(s.Random); err != nil {
		return turnstone.Account{}, turnstone.User{}, err
	}
	return s.Store.CreateAccount(ctx, a, u)
}

// Update changes an account: its name for its admins, its limits for an operator. Errors
// are an *InputError, or wrap ErrForbidden or turnstone.ErrNotFound.
func (s *Accounts) Update(ctx context.Context, by auth.Identity, id int64, in AccountInput) (turnstone.Account, error) {
	if err := see(by, id); err != nil {
		return turnstone.Account{}, err
	}
	if err := administer(by, "changing an account"); err != nil {
		return turnstone.Account{}, err
	}
	if in.Limits != nil {
		if err := operate(by, "limiting accounts"); err != nil {
			return turnstone.Account{}, err
		}
	}
	a, err := s.Store.ChangeAccount(ctx, id, in.apply)
	if err == nil {
		s.Meter.forget(id)
	}
	return a, err
}

// apply changes a as in says.
func (in AccountInput) apply(a *turnstone.Account) error {
	if in.Name != nil {
		a.Name = strings.TrimSpace(*in.Name)
	}
	if a.Name == "" {
		return &InputError{"name", "is missing; write what people call the account"}
	}
	a.Limits = maps.Clone(a.Limits)
	if a.Limits == nil {
		a.Limits = turnstone.Limits{}
	}
	for what, most := range in.Limits {
		if err := checkLimit(what, most); err != nil {
			return err
		}
		delete(a.Limits, what)
		if most != nil {
			a.Limits[what] = *most
		}
	}
	return checkText("name", a.Name)
}

// Delete removes an account with its users and its journal, for an operator. The first
// account stays. The error wraps ErrForbidden, turnstone.ErrNotFound, or
// turnstone.ErrConflict while the account has instances.
func (s *Accounts) Delete(ctx context.Context, by auth.Identity, id int64) error {
	if err := operate(by, "deleting accounts"); err != nil {
		return err
	}
	if id == turnstone.OperatorAccountID {
		return fmt.Errorf("%w: the first account is the operator's, and stays", ErrForbidden)
	}
	return s.Store.DeleteAccount(ctx, id)
}

// RotateSecret gives the caller's account another organization secret, and returns it.
// The error is an *InputError, or wraps ErrForbidden.
func (s *Accounts) RotateSecret(ctx context.Context, by auth.Identity, keepOld time.Time) (turnstone.Secret, error) {
	if err := administer(by, "changing the organization secret"); err != nil {
		return "", err
	}
	to, err := rotation(keepOld, s.Now(), func() (turnstone.Secret, error) { return auth.NewOrganizationSecret(s.Random) })
	if err != nil {
		return "", err
	}
	return to.Fresh, s.Store.RotateOrganizationSecret(ctx, by.AccountID, to)
}

// RotateToken gives an instance another token, and returns it. The error is an
// *InputError, or wraps turnstone.ErrNotFound.
func (s *Accounts) RotateToken(ctx context.Context, in turnstone.Instance, keepOld time.Time) (turnstone.Secret, error) {
	to, err := rotation(keepOld, s.Now(), func() (turnstone.Secret, error) { return auth.NewElementToken(s.Random) })
	if err != nil {
		return "", err
	}
	return to.Fresh, s.Store.RotateToken(ctx, in.AccountID, in.ID, to)
}

// Use is a limit of an account, and how much of it is used.
type Use struct {
	Limit   turnstone.Limit
	Most    int
	Limited bool // else Most means nothing
	Used    int
	Counted bool // else Used means nothing: it is not one number for the account
}

// Limits returns what can be limited for an account that the caller may see, and how much
// of it is used. Hub calls are those under way on this node.
func (s *Accounts) Limits(ctx context.Context, by auth.Identity, id int64) ([]Use, error) {
	a, err := s.One(ctx, by, id)
	if err != nil {
		return nil, err
	}
	uses, err := s.Store.Uses(ctx, id)
	if err != nil {
		return nil, err
	}
	uses[turnstone.LimitHubCalls] = s.Meter.hubCalls(id)
	list := make([]Use, 0, len(turnstone.AllLimits()))
	for _, what := range turnstone.AllLimits() {
		u := Use{Limit: what}
		u.Most, u.Limited = a.Limits[what]
		u.Used, u.Counted = uses[what]
		list = append(list, u)
	}
	return list, nil
}

// Room returns a *turnstone.LimitError if an account has as much of something as it may:
// a look beforehand, for who would spend something on it that is gone then, such as a
// code that works once. The store has the last word.
func (s *Accounts) Room(ctx context.Context, accountID int64, what turnstone.Limit) error {
	a, err := s.Directory.Account(ctx, accountID)
	if err != nil {
		return err
	}
	if _, limited := a.Limits[what]; !limited {
		return nil
	}
	uses, err := s.Store.Uses(ctx, accountID)
	if err != nil {
		return err
	}
	return a.Limits.Check(what, uses[what])
}
