package intake

import (
	"context"
	"fmt"
	"math"
	"time"

	"turnstone"
	"turnstone/internal/store/column"
	"turnstone/internal/store/engine"
)

// Webhooks returns what became of the webhooks that were for an instance, newest first.
func (in *Inbox) Webhooks(ctx context.Context, f turnstone.WebhookFilter) ([]turnstone.Webhook, error) {
	before := f.Before
	if before == 0 {
		before = math.MaxInt64
	}
	list, err := engine.List(in.engine.Reader().Query(ctx, `
		SELECT id, account_id, instance_id, received_at, delivery_id, outcome, reason, size, details
		FROM webhook
		WHERE account_id = $1 AND instance_id = $2 AND id < $3
		ORDER BY id DESC
		LIMIT $4`, f.AccountID, f.InstanceID, before, f.Limit), scan)
	if err != nil {
		return nil, fmt.Errorf("list webhooks of instance %d: %w", f.InstanceID, err)
	}
	return list, nil
}

func scan(row engine.Row) (turnstone.Webhook, error) {
	var h turnstone.Webhook
	err := row.Scan(&h.ID, &h.AccountID, &h.InstanceID, (*instant)(&h.ReceivedAt), &h.DeliveryID, &h.Outcome, &h.Reason, &h.Size,
		column.JSON{V: &h.Details})
	return h, err
}

// FinderPaths returns where webhooks of an element say which instances they are for.
func (in *Inbox) FinderPaths(ctx context.Context, element string) ([]string, error) {
	paths, err := engine.List(in.engine.Reader().Query(ctx, `
		SELECT DISTINCT path FROM webhook_finder WHERE element = $1 ORDER BY path LIMIT $2`, element, maxPaths), scanText)
	if err != nil {
		return nil, fmt.Errorf("list finders of %s: %w", element, err)
	}
	return paths, nil
}

// maxPaths bounds what is looked for in one webhook.
const maxPaths = 100

// Found returns the instances of an element that webhooks with a value at a path are for;
// lookup is the keyed hash of the value.
func Found(ctx context.Context, s *engine.Session, f Finder) ([]int64, error) {
	return engine.List(s.Query(ctx, `
		SELECT instance_id FROM webhook_finder WHERE element = $1 AND path = $2 AND lookup = $3 ORDER BY instance_id LIMIT $4`,
		f.Element, f.Path, f.Lookup, maxFound), engine.Number)
}

// maxFound bounds the instances that one webhook is for.
const maxFound = 1000

// Finder is what in a webhook says that it is for an instance.
type Finder struct {
	Element string
	Path    string
	Lookup  []byte
}

// Keep makes f the finder of an instance; with an empty Path it has none.
func (f Finder) Keep(ctx context.Context, s *engine.Session, accountID, instanceID int64) error {
	if _, err := s.Exec(ctx, `DELETE FROM webhook_finder WHERE instance_id = $1 AND account_id = $2`, instanceID, accountID); err != nil {
		return err
	}
	if f.Path == "" {
		return nil
	}
	_, err := s.Exec(ctx, `
		INSERT INTO webhook_finder (instance_id, account_id, element, path, lookup) VALUES ($1, $2, $3, $4, $5)`,
		instanceID, accountID, f.Element, f.Path, f.Lookup)
	return err
}

// Purge removes a batch of webhooks that were received before a time, and returns how
// many rows that were.
func Purge(ctx context.Context, s *engine.Session, before time.Time, n int) (int64, error) {
	// Their numbers grow with time, so the oldest ones need no index of their own.
	return s.Exec(ctx, `
		DELETE FROM webhook
		WHERE id IN (
			SELECT id
			FROM (SELECT id, received_at FROM webhook WHERE id > 0 ORDER BY id LIMIT $2) AS due
			WHERE received_at < $1)`, instant(before), n)
}
