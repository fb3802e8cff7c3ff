package people

import (
	"cmp"
	"context"
	"fmt"

	"turnstone"
	"turnstone/internal/store/column"
	"turnstone/internal/store/engine"
)

// CreateAccount stores an account with its first user, who is an admin, assigns their
// ids and returns them. An account without a failure policy gets turnstone.PolicyRetry.
// It returns turnstone.ErrConflict if a secret or the address is in use already.
func (r *Registry) CreateAccount(ctx context.Context, a turnstone.Account, u turnstone.User) (turnstone.Account, turnstone.User, error) {
	a.FailurePolicy, u.Role = cmp.Or(a.FailurePolicy, turnstone.PolicyRetry), turnstone.RoleAdmin
	err := r.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		var err error
		if a.ID, err = r.insertAccount(ctx, s, a); err != nil {
			return err
		}
		u.AccountID = a.ID
		u.ID, err = r.insertUser(ctx, s, u)
		return err
	})
	if err != nil {
		return turnstone.Account{}, turnstone.User{}, fmt.Errorf("create account: %w", err)
	}
	return a, u, nil
}

func (r *Registry) insertAccount(ctx context.Context, s *engine.Session, a turnstone.Account) (int64, error) {
	id, err := s.NextID(ctx, "account")
	if err != nil {
		return 0, err
	}
	sealed, lookup, err := r.seal(accounts, id, a.OrganizationSecret)
	if err != nil {
		return 0, err
	}
	n, err := s.Exec(ctx, `
		INSERT INTO account (id, name, secret, secret_lookup, failure_policy, limits, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT DO NOTHING`,
		id, a.Name, sealed, lookup, a.FailurePolicy, limitsColumn(a.Limits), instant(a.CreatedAt))
	if err == nil && n == 0 {
		err = fmt.Errorf("organization secret in use: %w", turnstone.ErrConflict)
	}
	return id, err
}

// Accounts returns the oldest accounts, at most limit.
func (r *Registry) Accounts(ctx context.Context, limit int) ([]turnstone.Account, error) {
	list, err := engine.List(r.engine.Reader().Query(ctx, selectAccount+` ORDER BY id LIMIT $1`, limit), r.scanAccount)
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	return list, nil
}

// Account returns an account, or turnstone.ErrNotFound.
func (r *Registry) Account(ctx context.Context, id int64) (turnstone.Account, error) {
	a, err := engine.One(r.engine.Reader().Query(ctx, selectAccount+` WHERE id = $1`, id), r.scanAccount)
	if err != nil {
		return turnstone.Account{}, fmt.Errorf("account %d: %w", id, err)
	}
	return a, nil
}

// AccountBySecret returns the account with this organization secret, or
// turnstone.ErrNotFound. A secret that was replaced is found as long as it is kept.
func (r *Registry) AccountBySecret(ctx context.Context, secret turnstone.Secret) (turnstone.Account, error) {
	q := secretQuery{selectAccount, r.sealer.Lookup(string(accounts), []byte(secret))}
	a, err := bySecret(ctx, r.engine.Reader(), q, r.scanAccount)
	if err != nil {
		return turnstone.Account{}, fmt.Errorf("find account by secret: %w", err)
	}
	return a, nil
}

// ChangeAccount edits the name, the failure policy and the limits of an account, and
// returns it. Edits of an account never meet; edit may be called again. It returns what
// edit returns, and turnstone.ErrNotFound.
func (r *Registry) ChangeAccount(ctx context.Context, id int64, edit func(a *turnstone.Account) error) (turnstone.Account, error) {
	var a turnstone.Account
	err := r.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		err := hold(ctx, s, id)
		if err != nil {
			return err
		}
		if a, err = engine.One(s.Query(ctx, selectAccount+` WHERE id = $1`, id), r.scanAccount); err != nil {
			return err
		}
		if err := edit(&a); err != nil {
			return err
		}
		_, err = s.Exec(ctx, `UPDATE account SET name = $1, failure_policy = $2, limits = $3 WHERE id = $4`,
			a.Name, a.FailurePolicy, limitsColumn(a.Limits), id)
		return err
	})
	if err != nil {
		return turnstone.Account{}, fmt.Errorf("change account %d: %w", id, err)
	}
	return a, nil
}

// SetFailurePolicy says what becomes of the deliveries of an account that fail from
// now on. Those that wait already go on waiting as they do. It returns
// turnstone.ErrNotFound if there is no such account.
func (r *Registry) SetFailurePolicy(ctx context.Context, accountID int64, policy turnstone.FailurePolicy) error {
	_, err := r.ChangeAccount(ctx, accountID, func(a *turnstone.Account) error {
		a.FailurePolicy = policy
		return nil
	})
	return err
}

// RotateOrganizationSecret replaces the secret of an account. It returns
// turnstone.ErrNotFound if there is no such account.
func (r *Registry) RotateOrganizationSecret(ctx context.Context, accountID int64, to turnstone.Rotation) error {
	if err := r.rotate(ctx, accounts, accountID, to); err != nil {
		return fmt.Errorf("rotate the organization secret of account %d: %w", accountID, err)
	}
	return nil
}

// hold keeps others from changing an account and its users until the transaction ends.
// Without it two nodes could each take the right from what the other one counts as the
// last admin.
func hold(ctx context.Context, s *engine.Session, accountID int64) error {
	n, err := s.Exec(ctx, `UPDATE account SET name = name WHERE id = $1`, accountID)
	if err == nil && n == 0 {
		err = turnstone.ErrNotFound
	}
	return err
}

const selectAccount = `SELECT id, name, secret, failure_policy, limits, created_at FROM account`

func (r *Registry) scanAccount(row engine.Row) (turnstone.Account, error) {
	var a turnstone.Account
	var sealed []byte
	err := row.Scan(&a.ID, &a.Name, &sealed, &a.FailurePolicy, column.JSON{V: &a.Limits}, (*instant)(&a.CreatedAt))
	if err != nil {
		return a, err
	}
	if len(a.Limits) == 0 {
		a.Limits = nil
	}
	a.OrganizationSecret, err = r.open(accounts, a.ID, sealed)
	return a, err
}
