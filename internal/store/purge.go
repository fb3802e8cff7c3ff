package store

import (
	"context"
	"fmt"
	"time"

	"turnstone/internal/store/bulk"
	"turnstone/internal/store/delivery"
	"turnstone/internal/store/engine"
	"turnstone/internal/store/history"
	"turnstone/internal/store/intake"
)

// Purge removes one batch of what is no longer wanted, and returns how many rows
// that were; call it until it returns 0. It removes events created before the given
// time that are owed to nobody, with their attempts; polls started, sightings made and
// objects told to be deleted before it; and what deleted instances, pollers and
// destinations left. At most about n rows of each kind go at once, because other writes
// wait meanwhile.
func (db *DB) Purge(ctx context.Context, before time.Time, n int) (int, error) {
	// Looked for outside the transaction: there may be many old events that wait
	// for their receiver.
	old, err := engine.List(db.reader().Query(ctx, `
		SELECT e.account_id, e.id
		FROM event e
		WHERE e.created_at < $1 AND NOT EXISTS (`+owed+`)
		ORDER BY e.created_at
		LIMIT $2`, instant(before), n), func(row engine.Row) (e delivery.EventRef, err error) {
		err = row.Scan(&e.Account, &e.ID)
		return e, err
	})
	if err != nil {
		return 0, fmt.Errorf("purge: find old events: %w", err)
	}
	total := int64(0)
	err = db.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		events, err := deleteEvents(ctx, s, old)
		if err != nil {
			return fmt.Errorf("events: %w", err)
		}
		aged, err := deleteAged(ctx, s, before, n)
		if err != nil {
			return err
		}
		left, err := deleteLeftovers(ctx, s, n)
		total = events + aged + left
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("purge: %w", err)
	}
	return int(total), nil
}

// deleteAged removes a batch of what is only history.
func deleteAged(ctx context.Context, s *engine.Session, before time.Time, n int) (int64, error) {
	var total int64
	for _, old := range []struct{ what, text string }{
		{"polls", `
			DELETE FROM poll
			WHERE (account_id, poller_id, id) IN (
				SELECT account_id, poller_id, id FROM poll WHERE started_at < $1 ORDER BY started_at LIMIT $2)`},
		// Their numbers grow with time, so the oldest ones need no index of their own.
		{"sightings", `
			DELETE FROM sighting
			WHERE id IN (
				SELECT id
				FROM (SELECT id, seen_at FROM sighting WHERE id > 0 ORDER BY id LIMIT $2) AS due
				WHERE seen_at < $1)`},
		{"objects that are gone", `
			DELETE FROM version
			WHERE (account_id, poller_id, object_id) IN (
				SELECT account_id, poller_id, object_id
				FROM version
				WHERE gone_at <> 0 AND gone_at < $1
				ORDER BY gone_at
				LIMIT $2)`},
	} {
		rows, err := s.Exec(ctx, old.text, instant(before), n)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", old.what, err)
		}
		total += rows
	}
	jobs, err := bulk.Abandon(ctx, s, before, n)
	if err != nil {
		return 0, fmt.Errorf("bulk jobs: %w", err)
	}
	notifications, err := history.Purge(ctx, s, before, n)
	if err != nil {
		return 0, fmt.Errorf("notifications: %w", err)
	}
	webhooks, err := intake.Purge(ctx, s, before, n)
	if err != nil {
		return 0, fmt.Errorf("webhooks: %w", err)
	}
	return total + jobs + notifications + webhooks, nil
}

// owed selects the deliveries of event e. It goes by the destinations of the
// instance, so that delivery, our busiest table, needs no second index.
const owed = `
	SELECT d.event_id
	FROM destination t JOIN delivery d ON d.account_id = t.account_id AND d.destination_id = t.id AND d.event_id = e.id
	WHERE t.instance_id = e.instance_id`

// deleteEvents removes events that are owed to nobody, and their attempts first.
func deleteEvents(ctx context.Context, s *engine.Session, events []delivery.EventRef) (int64, error) {
	values, err := delivery.HoldEvents(ctx, s, events)
	if err != nil {
		return 0, err
	}
	var total int64
	for _, text := range []string{
		`DELETE FROM attempt
		WHERE (account_id, destination_id, event_id) IN (
			SELECT e.account_id, t.id, e.id
			FROM %s JOIN event e ON e.account_id = v.account_id AND e.id = v.id JOIN destination t ON t.instance_id = e.instance_id
			WHERE NOT EXISTS (` + owed + `))
		RETURNING number`,
		`DELETE FROM event
		WHERE (account_id, id) IN (
			SELECT e.account_id, e.id
			FROM %s JOIN event e ON e.account_id = v.account_id AND e.id = v.id
			WHERE NOT EXISTS (` + owed + `))
		RETURNING id`,
	} {
		gone, err := engine.Join(ctx, s, engine.Against{Text: text, Values: values}, engine.Number)
		if err != nil {
			return 0, err
		}
		total += int64(len(gone))
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
func abandon(ctx context.Context, s *engine.Session, rows selection) error {
	from := ` FROM ` + rows.table + ` WHERE ` + rows.column + ` = $1`
	// The pages of a bulk job that was cancelled may be there already.
	_, err := s.Exec(ctx, `INSERT INTO leftover (kind, id, account_id) SELECT '`+rows.table+`', id, account_id`+from+` ON CONFLICT DO NOTHING`, rows.id)
	if err != nil {
		return err
	}
	_, err = s.Exec(ctx, `DELETE`+from, rows.id)
	return err
}

// deleteLeftovers removes rows of the first thing in leftover, and its entry after the
// last of them. It holds the entry meanwhile: a node that found all rows of its batch
// removed by another one would take that for the last of them.
func deleteLeftovers(ctx context.Context, s *engine.Session, n int) (int64, error) {
	var kind string
	var account int64
	id, err := engine.One(s.Query(ctx, `SELECT kind, id, account_id FROM leftover ORDER BY kind, id LIMIT 1`+s.SkipLocked()), func(row engine.Row) (id int64, err error) {
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
		rows, err := s.Exec(ctx, text, id, n, account)
		if err != nil {
			return 0, fmt.Errorf("leftovers of %s %d: %w", kind, id, err)
		}
		total += rows
	}
	if total > 0 {
		return total, nil
	}
	if _, err := s.Exec(ctx, `DELETE FROM leftover WHERE kind = $1 AND id = $2`, kind, id); err != nil {
		return 0, fmt.Errorf("leftovers of %s %d: %w", kind, id, err)
	}
	return 1, nil
}

// leftoverDeletes are the statements that remove a batch of what a thing of a kind
// left: $1 is its id, $2 the size of the batch, $3 its account.
func leftoverDeletes(kind string) []string {
	return map[string][]string{
		"bulk_job": {
			`DELETE FROM bulk_page WHERE account_id = $3 AND job_id = $1 AND number IN (
				SELECT number FROM bulk_page WHERE account_id = $3 AND job_id = $1 ORDER BY number LIMIT $2)`,
		},
		"destination": {
			`DELETE FROM delivery WHERE account_id = $3 AND destination_id = $1 AND event_id IN (
				SELECT event_id FROM delivery WHERE account_id = $3 AND destination_id = $1 ORDER BY event_id LIMIT $2)`,
			`DELETE FROM attempt WHERE account_id = $3 AND destination_id = $1 AND event_id IN (
				SELECT event_id FROM attempt WHERE account_id = $3 AND destination_id = $1 ORDER BY event_id LIMIT $2)`,
		},
		"instance": {
			`DELETE FROM event WHERE account_id = $3 AND id IN (
				SELECT id FROM event WHERE account_id = $3 AND instance_id = $1 ORDER BY id LIMIT $2)`,
			`DELETE FROM webhook WHERE account_id = $3 AND id IN (
				SELECT id FROM webhook WHERE account_id = $3 AND instance_id = $1 ORDER BY id LIMIT $2)`,
		},
		"poller": {
			`DELETE FROM version WHERE account_id = $3 AND poller_id = $1 AND object_id IN (
				SELECT object_id FROM version WHERE account_id = $3 AND poller_id = $1 ORDER BY object_id LIMIT $2)`,
			`DELETE FROM record WHERE account_id = $3 AND poller_id = $1 AND object_id IN (
				SELECT object_id FROM record WHERE account_id = $3 AND poller_id = $1 ORDER BY object_id LIMIT $2)`,
			`DELETE FROM sighting WHERE account_id = $3 AND id IN (
				SELECT id FROM sighting WHERE account_id = $3 AND poller_id = $1 ORDER BY object_id, id LIMIT $2)`,
			`DELETE FROM poll WHERE account_id = $3 AND poller_id = $1 AND id IN (
				SELECT id FROM poll WHERE account_id = $3 AND poller_id = $1 ORDER BY id LIMIT $2)`,
		},
	}[kind]
}
