package store

import (
	"context"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/store/engine"
)

// maxCounted bounds what Backlog looks at: beyond it the trouble is known.
const maxCounted = 10_000

// Backlog returns how much work waits. It costs a few milliseconds, more where much
// waits: call it every few seconds, not for each request.
func (db *DB) Backlog(ctx context.Context) (turnstone.Backlog, error) {
	now, err := db.reader().Now(ctx)
	if err != nil {
		return turnstone.Backlog{}, err
	}
	var b turnstone.Backlog
	for _, part := range backlogParts(&b, now) {
		_, err := engine.One(db.reader().Query(ctx, part.text, part.args...), func(row engine.Row) (struct{}, error) {
			return struct{}{}, row.Scan(part.into...)
		})
		if err != nil {
			return turnstone.Backlog{}, fmt.Errorf("measure backlog: %w", err)
		}
	}
	return b, nil
}

// backlogPart is a question whose answer is part of a Backlog.
type backlogPart struct {
	text string
	args []any
	into []any
}

// backlogParts are the questions that fill b.
func backlogParts(b *turnstone.Backlog, now time.Time) []backlogPart {
	return []backlogPart{
		{`
			SELECT COUNT(*), COALESCE(MIN(next_at), 0)
			FROM (
				SELECT next_at FROM poller
				WHERE state = 'active' AND next_at <= $1 AND lease_until <= $1
				ORDER BY next_at
				LIMIT $2) AS due`, []any{instant(now), maxCounted}, []any{&b.DuePollers, (*instant)(&b.OldestDue)}},
		{`
			SELECT COALESCE(SUM(CASE WHEN state = 'awaiting' THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN state = 'parked' THEN 1 ELSE 0 END), 0)
			FROM poller
			WHERE state IN ('awaiting', 'parked')`, nil, []any{&b.Awaiting, &b.Parked}},
		{`
			SELECT COUNT(*), COALESCE(CAST(SUM(owed) AS BIGINT), 0), COALESCE(SUM(CASE WHEN failures > 0 THEN 1 ELSE 0 END), 0)
			FROM (
				SELECT failures, signal - settled - queued AS owed FROM destination
				WHERE state = 'active' AND next_at < $1
				ORDER BY next_at
				LIMIT $2) AS due
			WHERE owed > 0`, []any{int64(never), maxCounted}, []any{&b.Waiting, &b.Owed, &b.Failing}},
		{`
			SELECT COALESCE(MIN(oldest), 0)
			FROM (
				SELECT (
					SELECT e.created_at
					FROM delivery d JOIN event e ON e.account_id = d.account_id AND e.id = d.event_id
					WHERE d.account_id = t.account_id AND d.destination_id = t.id AND d.next_at <> $1
					ORDER BY d.event_id
					LIMIT 1) AS oldest
				FROM destination t
				WHERE t.state = 'active' AND t.next_at < $1
				ORDER BY t.next_at
				LIMIT $2) AS due`, []any{int64(never), maxCounted / 10}, []any{(*instant)(&b.OldestOwed)}},
		{
			`SELECT COALESCE(CAST(SUM(queued) AS BIGINT), 0) FROM destination WHERE queued > 0 AND state = 'active'`,
			nil,
			[]any{&b.Queued},
		},
		{
			`SELECT COUNT(*), COALESCE(CAST(SUM(signal - settled) AS BIGINT), 0) FROM destination WHERE state = 'inactive'`,
			nil,
			[]any{&b.Inactive, &b.InactiveOwed},
		},
	}
}
