// Package people keeps accounts, their users, secrets and limits, and the journal of who
// changed what.
//
// It promises that a secret is stored sealed and found by a keyed hash; that at most two
// secrets of anybody are valid at a time; that no account is ever without an active
// admin; and that a limit holds whichever nodes count against it. It checks no passwords
// and knows nothing of who may do what.
package people

import (
	"context"
	"fmt"

	"turnstone"
	"turnstone/internal/store/engine"
	"turnstone/internal/store/tables"
)

// Sealer makes secrets unreadable, bound to their places, and finds them again.
type Sealer interface {
	Seal(place string, plain []byte) ([]byte, error)
	Open(place string, sealed []byte) ([]byte, error)
	// Lookup returns a keyed hash by which a secret of a kind can be found.
	Lookup(kind string, secret []byte) []byte
}

// Registry is who there is. Make it with New; its methods may be called from many
// goroutines.
type Registry struct {
	engine engine.Engine
	sealer Sealer
}

// New returns the registry of a database.
func New(db engine.Engine, sealer Sealer) *Registry { return &Registry{engine: db, sealer: sealer} }

// Sealer returns what seals the secrets of the database, on all its nodes.
func (r *Registry) Sealer() Sealer { return r.sealer }

// holder is a table whose rows have a secret by which they are found.
type holder string

const (
	accounts holder = "account"
	users    holder = "account_user"
)

// seal returns a secret of a row as it is stored, and the hash by which it is found.
func (r *Registry) seal(h holder, id int64, secret turnstone.Secret) (sealed, lookup []byte, err error) {
	place := tables.Place(string(h), id, "secret")
	if sealed, err = r.sealer.Seal(place, []byte(secret)); err != nil {
		return nil, nil, fmt.Errorf("seal %s: %w", place, err)
	}
	return sealed, r.sealer.Lookup(string(h), []byte(secret)), nil
}

// open returns the secret of a row.
func (r *Registry) open(h holder, id int64, sealed []byte) (turnstone.Secret, error) {
	place := tables.Place(string(h), id, "secret")
	secret, err := r.sealer.Open(place, sealed)
	if err != nil {
		return "", fmt.Errorf("unseal %s: %w", place, err)
	}
	return turnstone.Secret(secret), nil
}

// rotate replaces the secret of a row. The present one becomes the old one.
func (r *Registry) rotate(ctx context.Context, h holder, id int64, to turnstone.Rotation) error {
	sealed, lookup, err := r.seal(h, id, to.Fresh)
	if err != nil {
		return err
	}
	return r.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		n, err := s.Exec(ctx, `
			UPDATE `+string(h)+`
			SET old_lookup = secret_lookup, old_until = $1, secret = $2, secret_lookup = $3
			WHERE id = $4`, instant(to.KeepOld), sealed, lookup, id)
		if err == nil && n == 0 {
			err = turnstone.ErrNotFound
		}
		return err
	})
}

// bySecret finds the row of a secret. The second look is for a secret that was replaced
// and still works; only those who have it, or a wrong one, pay for it.
func bySecret[T any](ctx context.Context, s *engine.Session, q secretQuery, scan func(engine.Row) (T, error)) (T, error) {
	found, err := engine.One(s.Query(ctx, q.columns+` WHERE secret_lookup = $1`, q.lookup), scan)
	if !absent(err) {
		return found, err
	}
	now, err := s.Now(ctx)
	if err != nil {
		return found, err
	}
	return engine.One(s.Query(ctx, q.columns+` WHERE old_lookup = $1 AND old_until <> 0 AND old_until > $2`, q.lookup, instant(now)), scan)
}

// secretQuery says what to read of the row with a secret.
type secretQuery struct {
	columns string // a SELECT up to its WHERE
	lookup  []byte
}
