package history

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"turnstone"
	"turnstone/internal/store/engine"
)

// AddNotification stores a notification, whose id is one of an event that is not used.
func (c *Chronicle) AddNotification(ctx context.Context, n turnstone.Notification) error {
	err := c.Engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		_, err := s.Exec(ctx, `
			INSERT INTO notification (id, account_id, topic, severity, message, sender, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`, n.ID, n.AccountID, n.Topic, string(n.Severity), n.Message, n.From, instant(n.CreatedAt))
		return err
	})
	if err != nil {
		return fmt.Errorf("add notification %d: %w", n.ID, err)
	}
	return nil
}

const selectNotification = `
	SELECT id, account_id, topic, severity, message, sender, created_at, acknowledged
	FROM notification`

// Notifications returns those that f selects, newest first.
func (c *Chronicle) Notifications(ctx context.Context, f turnstone.NotificationFilter) ([]turnstone.Notification, error) {
	var all []turnstone.Notification
	for _, topic := range f.Topics { // each has a stretch of the index
		list, err := engine.List(c.Engine.Reader().Query(ctx, selectNotification+`
			WHERE account_id = $1 AND topic = $2 AND id < $3
			ORDER BY id DESC
			LIMIT $4`, f.AccountID, topic, cmp.Or(f.Before, math.MaxInt64), f.Limit), scanNotification)
		if err != nil {
			return nil, fmt.Errorf("list notifications of account %d: %w", f.AccountID, err)
		}
		all = append(all, list...)
	}
	slices.SortFunc(all, func(a, b turnstone.Notification) int { return cmp.Compare(b.ID, a.ID) })
	return all[:min(len(all), f.Limit)], nil
}

// Notification returns one that was posted, or turnstone.ErrNotFound.
func (c *Chronicle) Notification(ctx context.Context, accountID, id int64) (turnstone.Notification, error) {
	n, err := engine.One(c.Engine.Reader().Query(ctx, selectNotification+` WHERE id = $1 AND account_id = $2`, id, accountID), scanNotification)
	if err != nil {
		return turnstone.Notification{}, fmt.Errorf("notification %d: %w", id, err)
	}
	return n, nil
}

// MarkNotification notes what somebody did with a notification that was posted: one that
// is removed is gone. It returns turnstone.ErrNotFound if there is none.
func (c *Chronicle) MarkNotification(ctx context.Context, accountID, id int64, m turnstone.EventMark) error {
	text := `UPDATE notification SET acknowledged = $3 WHERE id = $1 AND account_id = $2`
	args := []any{id, accountID, m.Acknowledged}
	if m.Removed {
		text, args = `DELETE FROM notification WHERE id = $1 AND account_id = $2`, args[:2]
	}
	err := c.Engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		n, err := s.Exec(ctx, text, args...)
		if err == nil && n == 0 {
			err = turnstone.ErrNotFound
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("mark notification %d: %w", id, err)
	}
	return nil
}

// MarkEvent notes what somebody did with an event as a notification. What was noted
// before stays.
func (c *Chronicle) MarkEvent(ctx context.Context, accountID, id int64, m turnstone.EventMark) error {
	err := c.Engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		_, err := s.Exec(ctx, `
			INSERT INTO event_mark (event_id, account_id, marked_at, acknowledged, removed)
			VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (event_id, account_id) DO UPDATE
			SET acknowledged = event_mark.acknowledged OR excluded.acknowledged, removed = event_mark.removed OR excluded.removed`,
			id, accountID, instant(m.At), m.Acknowledged, m.Removed)
		return err
	})
	if err != nil {
		return fmt.Errorf("mark event %d: %w", id, err)
	}
	return nil
}

// EventMarks returns what was noted of some events, by their ids.
func (c *Chronicle) EventMarks(ctx context.Context, accountID int64, ids []int64) (map[int64]turnstone.EventMark, error) {
	type marked struct {
		id int64
		turnstone.EventMark
	}
	found, err := engine.Find(ctx, c.Engine.Reader(), engine.Lookup[int64]{
		Select: "m.event_id, m.marked_at, m.acknowledged, m.removed", From: "event_mark m", Where: "m.account_id = $1",
		Arguments: []any{accountID}, Column: "m.event_id", Members: ids,
	}, func(row engine.Row) (m marked, err error) {
		err = row.Scan(&m.id, (*instant)(&m.At), &m.Acknowledged, &m.Removed)
		return m, err
	})
	if err != nil {
		return nil, fmt.Errorf("read marks of events of account %d: %w", accountID, err)
	}
	marks := make(map[int64]turnstone.EventMark, len(found))
	for _, m := range found {
		marks[m.id] = m.EventMark
	}
	return marks, nil
}

func scanNotification(row engine.Row) (turnstone.Notification, error) {
	var n turnstone.Notification
	err := row.Scan(&n.ID, &n.AccountID, &n.Topic, &n.Severity, &n.Message, &n.From, (*instant)(&n.CreatedAt), &n.Acknowledged)
	return n, err
}

// Purge removes at most n notifications of each kind that were made before a time, and
// returns how many. Their numbers grow with time, so the oldest need no index of their own.
func Purge(ctx context.Context, s *engine.Session, before time.Time, n int) (int64, error) {
	var total int64
	for _, text := range []string{
		`DELETE FROM notification
		WHERE id IN (
			SELECT id
			FROM (SELECT id, created_at FROM notification WHERE id > 0 ORDER BY id LIMIT $2) AS due
			WHERE created_at < $1)`,
		// Of events that are gone: a mark may be younger than its event.
		`DELETE FROM event_mark
		WHERE event_id IN (
			SELECT event_id
			FROM (SELECT event_id, account_id, marked_at FROM event_mark WHERE event_id > 0 ORDER BY event_id LIMIT $2) AS due
			WHERE marked_at < $1 AND NOT EXISTS (SELECT 1 FROM event e WHERE e.id = due.event_id AND e.account_id = due.account_id))`,
	} {
		rows, err := s.Exec(ctx, text, instant(before), n)
		if err != nil {
			return 0, err
		}
		total += rows
	}
	return total, nil
}
