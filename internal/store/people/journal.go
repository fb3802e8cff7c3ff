package people

import (
	"context"
	"fmt"
	"math"
	"time"

	"turnstone"
	"turnstone/internal/store/column"
	"turnstone/internal/store/engine"
)

// AddJournal appends an entry to the journal of its account, and assigns its id.
func (r *Registry) AddJournal(ctx context.Context, e turnstone.JournalEntry) error {
	err := r.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		id, err := s.NextID(ctx, "journal")
		if err != nil {
			return err
		}
		_, err = s.Exec(ctx, `
			INSERT INTO journal (id, account_id, at, user_id, email, action, method, route, path, instance_id, changed, request)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			id, e.AccountID, instant(e.At), e.UserID, e.Email, e.Action, e.Method, e.Route, e.Path, e.InstanceID,
			column.JSON{V: e.Changed}, e.RequestID)
		return err
	})
	if err != nil {
		return fmt.Errorf("add to the journal of account %d: %w", e.AccountID, err)
	}
	return nil
}

// Journal returns the entries that f selects, newest first.
func (r *Registry) Journal(ctx context.Context, f turnstone.JournalFilter) ([]turnstone.JournalEntry, error) {
	before, until := f.Before, int64(math.MaxInt64)
	if before == 0 {
		before = math.MaxInt64
	}
	if !f.To.IsZero() {
		until = f.To.UnixMicro()
	}
	list, err := engine.List(r.engine.Reader().Query(ctx, `
		SELECT id, account_id, at, user_id, email, action, method, route, path, instance_id, changed, request
		FROM journal
		WHERE account_id = $1 AND id < $2 AND at >= $3 AND at < $4
			AND ($5 = 0 OR user_id = $5)
			AND ($6 = '' OR action = $6 OR substr(action, 1, length($6) + 1) = $6 || '.')
			AND ($7 = 0 OR instance_id = $7)
		ORDER BY id DESC
		LIMIT $8`,
		f.AccountID, before, instant(f.From), until, f.UserID, f.Action, f.InstanceID, f.Limit), scanEntry)
	if err != nil {
		return nil, fmt.Errorf("read the journal of account %d: %w", f.AccountID, err)
	}
	return list, nil
}

func scanEntry(row engine.Row) (turnstone.JournalEntry, error) {
	var e turnstone.JournalEntry
	err := row.Scan(&e.ID, &e.AccountID, (*instant)(&e.At), &e.UserID, &e.Email, &e.Action, &e.Method, &e.Route, &e.Path,
		&e.InstanceID, column.JSON{V: &e.Changed}, &e.RequestID)
	return e, err
}

// PurgeJournal removes at most n entries made before a time, and returns how many; call
// it until it returns 0. Their numbers grow with time, so the oldest ones need no index
// of their own.
func (r *Registry) PurgeJournal(ctx context.Context, before time.Time, n int) (int, error) {
	var gone int64
	err := r.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		var err error
		gone, err = s.Exec(ctx, `
			DELETE FROM journal
			WHERE id IN (
				SELECT id
				FROM (SELECT id, at FROM journal WHERE id > 0 ORDER BY id LIMIT $2) AS due
				WHERE at < $1)`, instant(before), n)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("purge the journal: %w", err)
	}
	return int(gone), nil
}
