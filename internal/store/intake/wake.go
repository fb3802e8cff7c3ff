package intake

import (
	"context"
	"fmt"
	"slices"
	"time"

	"turnstone"
	"turnstone/internal/store/engine"
)

// Pace is the least time between the starts of two polls of a poller that is woken again
// and again, so that a vendor that tells of a thousand changes a second is not asked a
// thousand times.
const Pace = 2 * time.Second

// Wake makes the poller of a resource of an instance due at once, or as soon as it may
// be: see Pace, and a vendor that asked us to wait is not asked before. A poll that is
// under way is followed by another one. It returns turnstone.ErrNotFound if there is no such
// poller, and turnstone.ErrConflict if it is not active.
func (in *Inbox) Wake(ctx context.Context, accountID, instanceID int64, resource string) error {
	err := in.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		now, err := s.Now(ctx)
		if err != nil {
			return err
		}
		state, err := engine.One(s.Query(ctx, `
			SELECT state FROM poller WHERE account_id = $1 AND instance_id = $2 AND resource = $3`,
			accountID, instanceID, resource), scanText)
		if err != nil {
			return err
		}
		if state != string(turnstone.PollerActive) {
			return fmt.Errorf("it is %s: %w", state, turnstone.ErrConflict)
		}
		return writer{s: s, now: now}.wake(ctx, []turnstone.WebhookCommit{{
			Webhook: turnstone.Webhook{InstanceID: instanceID}, Wake: []string{resource},
		}})
	})
	if err != nil {
		return fmt.Errorf("wake the poller of %s of instance %d: %w", resource, instanceID, err)
	}
	return nil
}

// wake makes pollers due. Those that are not active, or not there, stay as they are.
func (w writer) wake(ctx context.Context, commits []turnstone.WebhookCommit) error {
	type sleeper struct {
		instance int64
		resource string
	}
	var rows [][]any
	seen := make(map[sleeper]bool)
	for _, c := range commits {
		for _, resource := range c.Wake {
			s := sleeper{c.Webhook.InstanceID, resource}
			if !seen[s] {
				rows = append(rows, []any{s.instance, s.resource, instant(w.now), Pace.Microseconds()})
			}
			seen[s] = true
		}
	}
	slices.SortFunc(rows, func(a, b []any) int { return int(a[0].(int64) - b[0].(int64)) })
	_, err := engine.Join(ctx, w.s, engine.Against{Text: `
		UPDATE poller
		SET woken_at = v.now,
			next_at = CASE
				WHEN poller.next_at <= v.now OR poller.rest_until >= poller.next_at OR poller.last_at + v.pace >= poller.next_at THEN poller.next_at
				WHEN poller.rest_until > v.now AND poller.rest_until > poller.last_at + v.pace THEN poller.rest_until
				WHEN poller.last_at + v.pace > v.now THEN poller.last_at + v.pace
				ELSE v.now END
		FROM %s
		WHERE poller.instance_id = v.instance_id AND poller.resource = v.resource AND poller.state = 'active'
		RETURNING poller.id`, Values: engine.Values{Rows: rows, Columns: []engine.Column{
		{Name: "instance_id"}, {Name: "resource", Kind: engine.Text}, {Name: "now"}, {Name: "pace"},
	}}}, engine.Number)
	if err != nil {
		return fmt.Errorf("wake pollers: %w", err)
	}
	return nil
}

func scanText(row engine.Row) (text string, err error) {
	err = row.Scan(&text)
	return text, err
}
