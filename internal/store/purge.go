package store

import (
	"context"
	"fmt"
	"time"
)

// Purge removes one batch of what is no longer wanted, and returns how many rows
// that were; call it until it returns 0. It removes events created before the given
// time that are owed to nobody, with their attempts; polls started before it; and
// what deleted instances, pollers and destinations left. At most about n rows of each
// kind go at once, because other writes wait meanwhile.
func (db *DB) Purge(ctx context.Context, before time.Time, n int) (int, error) {
	// Looked for outside the transaction: there may be many old events that wait
	// for their receiver.
	old, err := list(db.reader.query(ctx, `
		SELECT e.id
		FROM event e
		WHERE e.created_at < $1 AND NOT EXISTS (`+owed+`)
		ORDER BY e.created_at
		LIMIT $2`, instant(before), n), number)
	if err != nil {
		return 0, fmt.Errorf("purge: find old events: %w", err)
	}
	total := int64(0)
	err = db.writer.write(ctx, func(ctx context.Context, s *session) error {
		events, err := deleteEvents(ctx, s, old)
		if err != nil {
			return fmt.Errorf("events: %w", err)
		}
		polls, err := s.exec(ctx, `
			DELETE FROM poll
			WHERE id IN (SELECT id FROM poll WHERE started_at < $1 ORDER BY started_at LIMIT $2)`, instant(before), n)
		if err != nil {
			return fmt.Errorf("polls: %w", err)
		}
		left, err := deleteLeftovers(ctx, s, n)
		total = events + polls + left
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("purge: %w", err)
	}
	return int(total), nil
}

// owed selects the deliveries of event e. It goes by the destinations of the
// instance, so that delivery, our busiest table, needs no second index.
const owed = `
	SELECT d.event_id
	FROM destination t JOIN delivery d ON d.destination_id = t.id AND d.event_id = e.id
	WHERE t.instance_id = e.instance_id`

// deleteEvents removes events that are owed to nobody, and their attempts first.
func deleteEvents(ctx context.Context, s *session, ids []int64) (int64, error) {
	var total int64
	for _, format := range []string{
		`DELETE FROM attempt
		WHERE (destination_id, event_id) IN (
			SELECT t.id, e.id
			FROM event e JOIN destination t ON t.instance_id = e.instance_id
			WHERE e.id IN (%s) AND NOT EXISTS (` + owed + `))`,
		`DELETE FROM event AS e WHERE e.id IN (%s) AND NOT EXISTS (` + owed + `)`,
	} {
		for text, args := range in(format, ids) {
			n, err := s.exec(ctx, text, args...)
			if err != nil {
				return 0, err
			}
			total += n
		}
	}
	return total, nil
}

// selection is the rows of a table that have an id in a column.
type selection struct {
	table, column string
	id            int64
}

// abandon removes instances, pollers or destinations at once, and leaves their many
// rows in other tables for Purge.
func abandon(ctx context.Context, s *session, rows selection) error {
	from := ` FROM ` + rows.table + ` WHERE ` + rows.column + ` = $1`
	_, err := s.exec(ctx, `INSERT INTO leftover (kind, id, account_id) SELECT '`+rows.table+`', id, account_id`+from, rows.id)
	if err != nil {
		return err
	}
	_, err = s.exec(ctx, `DELETE`+from, rows.id)
	return err
}

// deleteLeftovers removes rows of the first thing in leftover, and its entry after the
// last of them.
func deleteLeftovers(ctx context.Context, s *session, n int) (int64, error) {
	var kind string
	var account int64
	id, err := one(s.query(ctx, `SELECT kind, id, account_id FROM leftover ORDER BY kind, id LIMIT 1`), func(row scanner) (id int64, err error) {
		err = row.Scan(&kind, &id, &account)
		return id, err
	})
	if absent(err) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("leftovers: %w", err)
	}
	var total int64
	for _, text := range leftoverDeletes(kind) {
		rows, err := s.exec(ctx, text, id, n, account)
		if err != nil {
			return 0, fmt.Errorf("leftovers of %s %d: %w", kind, id, err)
		}
		total += rows
	}
	if total > 0 {
		return total, nil
	}
	if _, err := s.exec(ctx, `DELETE FROM leftover WHERE kind = $1 AND id = $2`, kind, id); err != nil {
		return 0, fmt.Errorf("leftovers of %s %d: %w", kind, id, err)
	}
	return 1, nil
}

// leftoverDeletes are the statements that remove a batch of what a thing of a kind
// left: $1 is its id, $2 the size of the batch, $3 its account.
func leftoverDeletes(kind string) []string {
	return map[string][]string{
		"destination": {
			`DELETE FROM delivery WHERE account_id = $3 AND destination_id = $1 AND event_id IN (
				SELECT event_id FROM delivery WHERE account_id = $3 AND destination_id = $1 ORDER BY event_id LIMIT $2)`,
			`DELETE FROM attempt WHERE account_id = $3 AND destination_id = $1 AND event_id IN (
				SELECT event_id FROM attempt WHERE account_id = $3 AND destination_id = $1 ORDER BY event_id LIMIT $2)`,
		},
		"instance": {
			`DELETE FROM event WHERE account_id = $3 AND id IN (
				SELECT id FROM event WHERE account_id = $3 AND instance_id = $1 ORDER BY id LIMIT $2)`,
		},
		"poller": {
			`DELETE FROM version WHERE account_id = $3 AND poller_id = $1 AND object_id IN (
				SELECT object_id FROM version WHERE account_id = $3 AND poller_id = $1 ORDER BY object_id LIMIT $2)`,
			`DELETE FROM poll WHERE account_id = $3 AND id IN (
				SELECT id FROM poll WHERE account_id = $3 AND poller_id = $1 ORDER BY id LIMIT $2)`,
		},
	}[kind]
}
