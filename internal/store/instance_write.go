package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"turnstone"
	"turnstone/internal/store/engine"
)

// SaveInstance stores an instance, its pollers, its destination and its credential,
// and returns the instance with its id and new revision. An ID of 0 inserts. An
// update needs the stored revision in w.Instance.Revision: it returns
// turnstone.ErrConflict if another update came first, or an insert's token is in
// use, and turnstone.ErrNotFound if the instance is gone.
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
		if err := syncPollers(ctx, s, w); err != nil {
			return err
		}
		return db.syncDestination(ctx, s, w)
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
	var err error
	if i.ID, err = nextID(ctx, s, "instance"); err != nil {
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
		i.ID, i.AccountID, i.UserID, i.Element, i.Name, jsonText{i.Tags}, token, db.sealer.Lookup("instance", []byte(i.Token)),
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
		i.UserID, i.Element, i.Name, jsonText{i.Tags}, token, db.sealer.Lookup("instance", []byte(i.Token)), configuration,
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

func (db *DB) sealInstance(i turnstone.Instance) (token, configuration []byte, err error) {
	if token, err = db.sealText(place("instance", i.ID, "token"), string(i.Token)); err != nil {
		return nil, nil, err
	}
	configuration, err = db.sealJSON(place("instance", i.ID, "configuration"), i.Configuration)
	return token, configuration, err
}

// syncPollers makes the pollers of an instance those of w.
func syncPollers(ctx context.Context, s *engine.Session, w turnstone.InstanceWrite) error {
	pollers, err := engine.List(s.Query(ctx, `SELECT `+pollerColumns+` FROM poller WHERE instance_id = $1`, w.Instance.ID), scanPoller)
	if err != nil {
		return fmt.Errorf("read pollers: %w", err)
	}
	old := make(map[string]turnstone.Poller, len(pollers))
	for _, p := range pollers {
		old[p.Resource] = p
	}
	for _, p := range w.Pollers {
		known, found := old[p.Resource]
		delete(old, p.Resource)
		if !found {
			err = insertPoller(ctx, s, w, p)
		} else if next := revised(known, p, w.Now); differs(next, known) || w.Credential != nil {
			err = restartPoller(ctx, s, next, w.Now)
		}
		if err != nil {
			return fmt.Errorf("save poller of %s: %w", p.Resource, err)
		}
	}
	for resource, p := range old {
		if err := abandon(ctx, s, selection{"poller", "id", p.ID}); err != nil {
			return fmt.Errorf("delete poller of %s: %w", resource, err)
		}
	}
	return nil
}

// revised returns what becomes of a poller: itself, unless what it polls with
// changes. The sweep in progress is dropped when its pages may be of another list.
// One that was made while events were off is enabled only now.
func revised(p turnstone.Poller, w turnstone.PollerWrite, now time.Time) turnstone.Poller {
	if p.State == turnstone.PollerPaused && w.State != turnstone.PollerPaused && p.LastAt.IsZero() {
		p.EnabledAt = now
	}
	if p.Configuration != w.Configuration {
		p.Sweep = turnstone.Sweep{}
	}
	p.Configuration, p.Interval, p.MaxInterval, p.State = w.Configuration, w.Interval, w.MaxInterval, w.State
	return p
}

// differs reports whether a revised poller is not what it was.
func differs(revised, p turnstone.Poller) bool {
	return revised.Configuration != p.Configuration || revised.Interval != p.Interval || revised.MaxInterval != p.MaxInterval ||
		revised.State != p.State || !revised.EnabledAt.Equal(p.EnabledAt)
}

func insertPoller(ctx context.Context, s *engine.Session, w turnstone.InstanceWrite, p turnstone.PollerWrite) error {
	id, err := nextID(ctx, s, "poller")
	if err != nil {
		return err
	}
	_, err = s.Exec(ctx, `
		INSERT INTO poller (id, account_id, instance_id, resource, configuration, poll_interval, max_interval, state, enabled_at, next_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)`,
		id, w.Instance.AccountID, w.Instance.ID, p.Resource, p.Configuration, span(p.Interval), span(p.MaxInterval), p.State, instant(w.Now))
	return err
}

// restartPoller makes a poller due at once and its failures forgotten, and ends the
// poll that may be running: it asks the old way, or with a credential that was
// replaced.
func restartPoller(ctx context.Context, s *engine.Session, p turnstone.Poller, now time.Time) error {
	_, err := s.Exec(ctx, `
		UPDATE poller
		SET configuration = $1, poll_interval = $2, max_interval = $3, state = $4, sweep = $5, failures = 0, problem = '',
			enabled_at = $6, next_at = $7, lease_until = 0, fence = fence + 1
		WHERE id = $8`,
		p.Configuration, span(p.Interval), span(p.MaxInterval), p.State, jsonText{p.Sweep}, instant(p.EnabledAt), instant(now), p.ID)
	return err
}
