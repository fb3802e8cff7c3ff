package store

import (
	"cmp"
	"context"
	"fmt"

	"turnstone"
	"turnstone/internal/store/engine"
)

// CreateAccount stores an account with its first user, assigns their ids and
// returns them. An account without a failure policy gets turnstone.PolicyRetry. It
// returns turnstone.ErrConflict if a secret or the address is in use already.
func (db *DB) CreateAccount(ctx context.Context, a turnstone.Account, u turnstone.User) (turnstone.Account, turnstone.User, error) {
	a.FailurePolicy = cmp.Or(a.FailurePolicy, turnstone.PolicyRetry)
	err := db.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		var err error
		if a.ID, err = db.insertAccount(ctx, s, a); err != nil {
			return err
		}
		u.AccountID = a.ID
		u.ID, err = db.insertUser(ctx, s, u)
		return err
	})
	if err != nil {
		return turnstone.Account{}, turnstone.User{}, fmt.Errorf("create account: %w", err)
	}
	return a, u, nil
}

func (db *DB) insertAccount(ctx context.Context, s *engine.Session, a turnstone.Account) (int64, error) {
	id, err := nextID(ctx, s, "account")
	if err != nil {
		return 0, err
	}
	sealed, err := db.sealText(place("account", id, "secret"), string(a.OrganizationSecret))
	if err != nil {
		return 0, err
	}
	n, err := s.Exec(ctx, `
		INSERT INTO account (id, name, secret, secret_lookup, failure_policy, created_at)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT DO NOTHING`,
		id, a.Name, sealed, db.sealer.Lookup("account", []byte(a.OrganizationSecret)), a.FailurePolicy, instant(a.CreatedAt))
	if err == nil && n == 0 {
		err = fmt.Errorf("organization secret in use: %w", turnstone.ErrConflict)
	}
	return id, err
}

func (db *DB) insertUser(ctx context.Context, s *engine.Session, u turnstone.User) (int64, error) {
	id, err := nextID(ctx, s, "account_user")
	if err != nil {
		return 0, err
	}
	sealed, err := db.sealText(place("account_user", id, "secret"), string(u.Secret))
	if err != nil {
		return 0, err
	}
	n, err := s.Exec(ctx, `
		INSERT INTO account_user
			(id, account_id, email, first_name, last_name, secret, secret_lookup, password_hash, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT DO NOTHING`,
		id, u.AccountID, u.Email, u.FirstName, u.LastName,
		sealed, db.sealer.Lookup("account_user", []byte(u.Secret)), string(u.PasswordHash), instant(u.CreatedAt))
	if err == nil && n == 0 {
		err = fmt.Errorf("user %s: secret or address in use: %w", u.Email, turnstone.ErrConflict)
	}
	return id, err
}

// Accounts returns the oldest accounts, at most limit.
func (db *DB) Accounts(ctx context.Context, limit int) ([]turnstone.Account, error) {
	accounts, err := engine.List(db.reader().Query(ctx, selectAccount+` ORDER BY id LIMIT $1`, limit), db.scanAccount)
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	return accounts, nil
}

// Account returns an account, or turnstone.ErrNotFound.
func (db *DB) Account(ctx context.Context, id int64) (turnstone.Account, error) {
	a, err := engine.One(db.reader().Query(ctx, selectAccount+` WHERE id = $1`, id), db.scanAccount)
	if err != nil {
		return turnstone.Account{}, fmt.Errorf("account %d: %w", id, err)
	}
	return a, nil
}

// SetFailurePolicy says what becomes of the deliveries of an account that fail from
// now on. Those that wait already go on waiting as they do. It returns
// turnstone.ErrNotFound if there is no such account.
func (db *DB) SetFailurePolicy(ctx context.Context, accountID int64, policy turnstone.FailurePolicy) error {
	err := db.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		n, err := s.Exec(ctx, `UPDATE account SET failure_policy = $1 WHERE id = $2`, policy, accountID)
		if err == nil && n == 0 {
			err = turnstone.ErrNotFound
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("set failure policy of account %d: %w", accountID, err)
	}
	return nil
}

// AccountBySecret returns the account with this organization secret, or
// turnstone.ErrNotFound.
func (db *DB) AccountBySecret(ctx context.Context, secret turnstone.Secret) (turnstone.Account, error) {
	hash := db.sealer.Lookup("account", []byte(secret))
	a, err := engine.One(db.reader().Query(ctx, selectAccount+` WHERE secret_lookup = $1`, hash), db.scanAccount)
	if err != nil {
		return turnstone.Account{}, fmt.Errorf("find account by secret: %w", err)
	}
	return a, nil
}

// UserBySecret returns the user with this secret, or turnstone.ErrNotFound.
func (db *DB) UserBySecret(ctx context.Context, secret turnstone.Secret) (turnstone.User, error) {
	hash := db.sealer.Lookup("account_user", []byte(secret))
	u, err := engine.One(db.reader().Query(ctx, selectUser+` WHERE secret_lookup = $1`, hash), db.scanUser)
	if err != nil {
		return turnstone.User{}, fmt.Errorf("find user by secret: %w", err)
	}
	return u, nil
}

// UserByID returns a user of the account, or turnstone.ErrNotFound.
func (db *DB) UserByID(ctx context.Context, accountID, id int64) (turnstone.User, error) {
	u, err := engine.One(db.reader().Query(ctx, selectUser+` WHERE account_id = $1 AND id = $2`, accountID, id), db.scanUser)
	if err != nil {
		return turnstone.User{}, fmt.Errorf("user %d: %w", id, err)
	}
	return u, nil
}

const selectAccount = `SELECT id, name, secret, failure_policy, created_at FROM account`

func (db *DB) scanAccount(row engine.Row) (turnstone.Account, error) {
	var a turnstone.Account
	var sealed []byte
	if err := row.Scan(&a.ID, &a.Name, &sealed, &a.FailurePolicy, (*instant)(&a.CreatedAt)); err != nil {
		return a, err
	}
	secret, err := db.openText(place("account", a.ID, "secret"), sealed)
	a.OrganizationSecret = turnstone.Secret(secret)
	return a, err
}

const selectUser = `
	SELECT id, account_id, email, first_name, last_name, secret, password_hash, created_at
	FROM account_user`

func (db *DB) scanUser(row engine.Row) (turnstone.User, error) {
	var u turnstone.User
	var sealed []byte
	err := row.Scan(&u.ID, &u.AccountID, &u.Email, &u.FirstName, &u.LastName,
		&sealed, (*string)(&u.PasswordHash), (*instant)(&u.CreatedAt))
	if err != nil {
		return u, err
	}
	secret, err := db.openText(place("account_user", u.ID, "secret"), sealed)
	u.Secret = turnstone.Secret(secret)
	return u, err
}
