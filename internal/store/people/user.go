package people

import (
	"context"
	"fmt"

	"turnstone"
	"turnstone/internal/store/engine"
)

// CreateUser stores a user of an account, assigns its id and returns it. It returns
// turnstone.ErrConflict if the secret or the address is in use, a *turnstone.LimitError
// if the account has all the users that it may, and turnstone.ErrNotFound if there is no
// such account.
func (r *Registry) CreateUser(ctx context.Context, u turnstone.User) (turnstone.User, error) {
	err := r.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		err := hold(ctx, s, u.AccountID)
		if err != nil {
			return err
		}
		if err := Room(ctx, s, u.AccountID, Used{turnstone.LimitUsers, countUsers, u.AccountID}); err != nil {
			return err
		}
		u.ID, err = r.insertUser(ctx, s, u)
		return err
	})
	if err != nil {
		return turnstone.User{}, fmt.Errorf("create user: %w", err)
	}
	return u, nil
}

func (r *Registry) insertUser(ctx context.Context, s *engine.Session, u turnstone.User) (int64, error) {
	id, err := s.NextID(ctx, "account_user")
	if err != nil {
		return 0, err
	}
	sealed, lookup, err := r.seal(users, id, u.Secret)
	if err != nil {
		return 0, err
	}
	n, err := s.Exec(ctx, `
		INSERT INTO account_user
			(id, account_id, email, first_name, last_name, secret, secret_lookup, password_hash, role, revoked_at, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT DO NOTHING`,
		id, u.AccountID, u.Email, u.FirstName, u.LastName, sealed, lookup,
		string(u.PasswordHash), string(u.Role), instant(u.RevokedAt), instant(u.CreatedAt))
	if err == nil && n == 0 {
		err = fmt.Errorf("user %s: secret or address in use: %w", u.Email, turnstone.ErrConflict)
	}
	return id, err
}

// Users returns the oldest users of an account, at most limit.
func (r *Registry) Users(ctx context.Context, accountID int64, limit int) ([]turnstone.User, error) {
	list, err := engine.List(r.engine.Reader().Query(ctx, selectUser+` WHERE account_id = $1 ORDER BY id LIMIT $2`, accountID, limit), r.scanUser)
	if err != nil {
		return nil, fmt.Errorf("list users of account %d: %w", accountID, err)
	}
	return list, nil
}

// UserBySecret returns the user with this secret, or turnstone.ErrNotFound. A secret that
// was replaced is found as long as it is kept.
func (r *Registry) UserBySecret(ctx context.Context, secret turnstone.Secret) (turnstone.User, error) {
	q := secretQuery{selectUser, r.sealer.Lookup(string(users), []byte(secret))}
	u, err := bySecret(ctx, r.engine.Reader(), q, r.scanUser)
	if err != nil {
		return turnstone.User{}, fmt.Errorf("find user by secret: %w", err)
	}
	return u, nil
}

// UserByID returns a user of the account, or turnstone.ErrNotFound.
func (r *Registry) UserByID(ctx context.Context, accountID, id int64) (turnstone.User, error) {
	u, err := engine.One(r.engine.Reader().Query(ctx, selectUser+` WHERE account_id = $1 AND id = $2`, accountID, id), r.scanUser)
	if err != nil {
		return turnstone.User{}, fmt.Errorf("user %d: %w", id, err)
	}
	return u, nil
}

// UserByEmail returns the user with an address, in any case of letters and of any
// account, or turnstone.ErrNotFound.
func (r *Registry) UserByEmail(ctx context.Context, email string) (turnstone.User, error) {
	u, err := engine.One(r.engine.Reader().Query(ctx, selectUser+` WHERE lower(email) = lower($1)`, email), r.scanUser)
	if err != nil {
		return turnstone.User{}, fmt.Errorf("find user by address: %w", err)
	}
	return u, nil
}

// ChangeUser edits a user of an account, all but the secret, and returns it. Edits of the
// users of an account never meet; edit may be called again. It returns what edit returns;
// turnstone.ErrNotFound; turnstone.ErrConflict if the address is in use; and
// turnstone.ErrLastAdmin if no active admin would be left.
func (r *Registry) ChangeUser(ctx context.Context, accountID, id int64, edit func(u *turnstone.User) error) (turnstone.User, error) {
	var u turnstone.User
	err := r.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		var err error
		if u, err = r.heldUser(ctx, s, accountID, id); err != nil {
			return err
		}
		if err := edit(&u); err != nil {
			return err
		}
		if err := checkAddress(ctx, s, u); err != nil {
			return err
		}
		_, err = s.Exec(ctx, `
			UPDATE account_user
			SET email = $1, first_name = $2, last_name = $3, password_hash = $4, role = $5, revoked_at = $6
			WHERE id = $7`,
			u.Email, u.FirstName, u.LastName, string(u.PasswordHash), string(u.Role), instant(u.RevokedAt), id)
		if err != nil {
			return err
		}
		return checkAdmins(ctx, s, accountID)
	})
	if err != nil {
		return turnstone.User{}, fmt.Errorf("change user %d: %w", id, err)
	}
	return u, nil
}

// checkAddress returns turnstone.ErrConflict if somebody else has the address of u.
func checkAddress(ctx context.Context, s *engine.Session, u turnstone.User) error {
	_, err := engine.One(s.Query(ctx, `SELECT id FROM account_user WHERE lower(email) = lower($1) AND id <> $2`, u.Email, u.ID), engine.Number)
	switch {
	case err == nil:
		return fmt.Errorf("address in use: %w", turnstone.ErrConflict)
	case absent(err):
		return nil
	}
	return err
}

// DeleteUser removes a user of an account, and gives the user's instances to the oldest
// active admin that is left. It returns turnstone.ErrNotFound, and turnstone.ErrLastAdmin
// if there would be none.
func (r *Registry) DeleteUser(ctx context.Context, accountID, id int64) error {
	err := r.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		if _, err := r.heldUser(ctx, s, accountID, id); err != nil {
			return err
		}
		if _, err := s.Exec(ctx, `DELETE FROM account_user WHERE id = $1`, id); err != nil {
			return err
		}
		heir, err := oldestAdmin(ctx, s, accountID)
		if err != nil {
			return err
		}
		_, err = s.Exec(ctx, `UPDATE instance SET user_id = $1, revision = revision + 1 WHERE account_id = $2 AND user_id = $3`, heir, accountID, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("delete user %d: %w", id, err)
	}
	return nil
}

// RotateUserSecret replaces the secret of a user. It returns turnstone.ErrNotFound if the
// account has no such user.
func (r *Registry) RotateUserSecret(ctx context.Context, accountID, id int64, to turnstone.Rotation) error {
	if _, err := r.UserByID(ctx, accountID, id); err != nil {
		return err
	}
	if err := r.rotate(ctx, users, id, to); err != nil {
		return fmt.Errorf("rotate the secret of user %d: %w", id, err)
	}
	return nil
}

// heldUser returns a user, and holds the account of it.
func (r *Registry) heldUser(ctx context.Context, s *engine.Session, accountID, id int64) (turnstone.User, error) {
	if err := hold(ctx, s, accountID); err != nil {
		return turnstone.User{}, err
	}
	return engine.One(s.Query(ctx, selectUser+` WHERE account_id = $1 AND id = $2`, accountID, id), r.scanUser)
}

func checkAdmins(ctx context.Context, s *engine.Session, accountID int64) error {
	_, err := oldestAdmin(ctx, s, accountID)
	return err
}

// oldestAdmin returns the id of the oldest active admin of an account, or
// turnstone.ErrLastAdmin.
func oldestAdmin(ctx context.Context, s *engine.Session, accountID int64) (int64, error) {
	id, err := engine.One(s.Query(ctx, `
		SELECT id FROM account_user
		WHERE account_id = $1 AND role = 'admin' AND revoked_at = 0
		ORDER BY id
		LIMIT 1`, accountID), engine.Number)
	if absent(err) {
		return 0, turnstone.ErrLastAdmin
	}
	return id, err
}

const selectUser = `
	SELECT id, account_id, email, first_name, last_name, secret, password_hash, role, revoked_at, created_at
	FROM account_user`

func (r *Registry) scanUser(row engine.Row) (turnstone.User, error) {
	var u turnstone.User
	var sealed []byte
	err := row.Scan(&u.ID, &u.AccountID, &u.Email, &u.FirstName, &u.LastName, &sealed,
		(*string)(&u.PasswordHash), (*string)(&u.Role), (*instant)(&u.RevokedAt), (*instant)(&u.CreatedAt))
	if err != nil {
		return u, err
	}
	u.Secret, err = r.open(users, u.ID, sealed)
	return u, err
}
