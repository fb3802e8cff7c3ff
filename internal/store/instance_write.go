package store

import (
	"context"
	"fmt"
	"slices"

	"turnstone"
	"turnstone/internal/store/column"
	"turnstone/internal/store/engine"
	"turnstone/internal/store/people"
)

// SaveInstance stores an instance, its pollers, its destination and its credential,
// and returns the instance with its id and new revision. An ID of 0 inserts. An
// update needs the stored revision in w.Instance.Revision: it returns
// turnstone.ErrConflict if another update came first, or an insert's token is in
// use; turnstone.ErrNotFound if the instance is gone; and a *turnstone.LimitError if it
// is one more than its account may have.
//
// A poller or destination that changes is taken from whoever holds a lease on it,
// and is due at once: what its holder learned the old way must not be written over
// the new.
func (db *DB) SaveInstance(ctx context.Context, w turnstone.InstanceWrite) (turnstone.Instance, error) {
	asked := w.Instance
	err := db.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		var err error
		if w.Instance, err = db.saveInstanceRow(ctx, s, asked); err != nil {
			return err
		}
		if w.Instance.Credential, err = db.writeCredential(ctx, s, w.Instance, w.Credential); err != nil {
			return err
		}
		if err := db.syncFinder(ctx, s, w.Instance); err != nil {
			return err
		}
		if err := syncPollers(ctx, s, w); err != nil {
			return err
		}
		w.Instance.SplitOps, err = db.syncDestination(ctx, s, w)
		return err
	})
	if err != nil {
		return turnstone.Instance{}, fmt.Errorf("save instance %d: %w", w.Instance.ID, err)
	}
	return w.Instance, nil
}

func (db *DB) saveInstanceRow(ctx context.Context, s *engine.Session, i turnstone.Instance) (turnstone.Instance, error) {
	i.Configuration, i.Tags = i.Configuration.Clone(), slices.Clone(i.Tags)
	if i.ID == 0 {
		return db.insertInstance(ctx, s, i)
	}
	return db.updateInstance(ctx, s, i)
}

func (db *DB) insertInstance(ctx context.Context, s *engine.Session, i turnstone.Instance) (turnstone.Instance, error) {
	err := people.Room(ctx, s, i.AccountID, people.InstanceRoom(i.AccountID))
	if err != nil {
		return i, err
	}
	if i.ID, err = s.NextID(ctx, "instance"); err != nil {
		return i, err
	}
	token, configuration, err := db.sealInstance(i)
	if err != nil {
		return i, err
	}
	i.Revision = 1
	n, err := s.Exec(ctx, `
		INSERT INTO instance (id, account_id, user_id, element, name, tags, token, token_lookup, configuration,
			external_authentication, disabled, created_at, revision)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT DO NOTHING`,
		i.ID, i.AccountID, i.UserID, i.Element, i.Name, column.JSON{V: i.Tags}, token, db.sealer.Lookup("instance", []byte(i.Token)),
		configuration, i.ExternalAuthentication, i.Disabled, instant(i.CreatedAt), i.Revision)
	if err == nil && n == 0 {
		err = fmt.Errorf("token in use: %w", turnstone.ErrConflict)
	}
	return i, err
}

func (db *DB) updateInstance(ctx context.Context, s *engine.Session, i turnstone.Instance) (turnstone.Instance, error) {
	token, configuration, err := db.sealInstance(i)
	if err != nil {
		return i, err
	}
	n, err := s.Exec(ctx, `
		UPDATE instance
		SET user_id = $1, element = $2, name = $3, tags = $4, token = $5, token_lookup = $6, configuration = $7,
			external_authentication = $8, disabled = $9, revision = revision + 1
		WHERE account_id = $10 AND id = $11 AND revision = $12`,
		i.UserID, i.Element, i.Name, column.JSON{V: i.Tags}, token, db.sealer.Lookup("instance", []byte(i.Token)), configuration,
		i.ExternalAuthentication, i.Disabled, i.AccountID, i.ID, i.Revision)
	if err != nil {
		return i, err
	}
	stored, err := engine.One(s.Query(ctx, selectInstance+` WHERE i.account_id = $1 AND i.id = $2`, i.AccountID, i.ID), scanInstance)
	if err != nil {
		return i, err
	}
	if n == 0 {
		return i, fmt.Errorf("revision is %d, not %d: %w", stored.Revision, i.Revision, turnstone.ErrConflict)
	}
	i.Revision, i.CreatedAt = stored.Revision, stored.CreatedAt
	return i, nil
}

// RotateToken replaces the token of an instance of the account. It returns
// turnstone.ErrNotFound if there is none.
func (db *DB) RotateToken(ctx context.Context, accountID, id int64, to turnstone.Rotation) error {
	sealed, err := db.sealText(place("instance", id, "token"), string(to.Fresh))
	if err != nil {
		return fmt.Errorf("rotate the token of instance %d: %w", id, err)
	}
	err = db.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		n, err := s.Exec(ctx, `
			UPDATE instance
			SET old_token_lookup = token_lookup, old_token_until = $1, token = $2, token_lookup = $3, revision = revision + 1
			WHERE account_id = $4 AND id = $5`,
			instant(to.KeepOld), sealed, db.sealer.Lookup("instance", []byte(to.Fresh)), accountID, id)
		if err == nil && n == 0 {
			err = turnstone.ErrNotFound
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("rotate the token of instance %d: %w", id, err)
	}
	return nil
}

func (db *DB) sealInstance(i turnstone.Instance) (token, configuration []byte, err error) {
	if token, err = db.sealText(place("instance", i.ID, "token"), string(i.Token)); err != nil {
		return nil, nil, err
	}
	configuration, err = db.sealJSON(place("instance", i.ID, "configuration"), i.Configuration)
	return token, configuration, err
}
