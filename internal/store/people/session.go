package people

import (
	"context"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/store/column"
	"turnstone/internal/store/engine"
)

// sessions is what the hashes of their tokens are of.
const sessions = "session"

// AddSession stores a session, assigns its id and returns it. Of its token only a keyed
// hash is kept.
func (r *Registry) AddSession(ctx context.Context, n turnstone.Session) (turnstone.Session, error) {
	err := r.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		var err error
		if n.ID, err = s.NextID(ctx, sessions); err != nil {
			return err
		}
		_, err = s.Exec(ctx, `
			INSERT INTO session (id, account_id, user_id, lookup, stamp, agent, created_at, used_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			n.ID, n.AccountID, n.UserID, r.sealer.Lookup(sessions, []byte(n.Token)), n.Stamp, n.Agent,
			instant(n.CreatedAt), instant(n.UsedAt))
		return err
	})
	if err != nil {
		return turnstone.Session{}, fmt.Errorf("add a session of user %d: %w", n.UserID, err)
	}
	return n, nil
}

// SessionByToken returns the session with a token, or turnstone.ErrNotFound.
func (r *Registry) SessionByToken(ctx context.Context, token turnstone.Secret) (turnstone.Session, error) {
	found, err := engine.One(r.engine.Reader().Query(ctx, `
		SELECT id, account_id, user_id, stamp, agent, created_at, used_at FROM session WHERE lookup = $1`, r.sealer.Lookup(sessions, []byte(token))), scanSession)
	if err != nil {
		return turnstone.Session{}, fmt.Errorf("find a session by its token: %w", err)
	}
	return found, nil
}

// TouchSession notes that a session was used. One that is gone stays gone.
func (r *Registry) TouchSession(ctx context.Context, id int64, at time.Time) error {
	return r.onSessions(ctx, "note the use of a session", `UPDATE session SET used_at = $2 WHERE id = $1`, id, instant(at))
}

// EndSession removes a session of a user; one that is gone is no error.
func (r *Registry) EndSession(ctx context.Context, n turnstone.Session) error {
	return r.onSessions(ctx, "end a session", `DELETE FROM session WHERE account_id = $1 AND user_id = $2 AND id = $3`, n.AccountID, n.UserID, n.ID)
}

// PurgeSessions removes at most n sessions that were last used before a time, and returns
// how many; call it again until it is none.
func (r *Registry) PurgeSessions(ctx context.Context, before time.Time, n int) (int, error) {
	var gone int64
	err := r.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		var err error
		gone, err = s.Exec(ctx, `DELETE FROM session WHERE id IN (SELECT id FROM session WHERE used_at < $1 ORDER BY used_at LIMIT $2)`, instant(before), n)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("purge sessions: %w", err)
	}
	return int(gone), nil
}

func (r *Registry) onSessions(ctx context.Context, what, statement string, args ...any) error {
	err := r.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		_, err := s.Exec(ctx, statement, args...)
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

func scanSession(row engine.Row) (turnstone.Session, error) {
	var s turnstone.Session
	err := row.Scan(&s.ID, &s.AccountID, &s.UserID, &s.Stamp, &s.Agent, (*column.Instant)(&s.CreatedAt), (*column.Instant)(&s.UsedAt))
	return s, err
}
