package learned

import (
	"context"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/store/column"
	"turnstone/internal/store/engine"
)

// Told returns the fingerprint of the last change told of each object since a moment;
// objects of which none was told are left out.
func Told(ctx context.Context, s *engine.Session, p turnstone.Poller, since time.Time, objectIDs []string) (map[string]turnstone.Fingerprint, error) { //nolint:revive // argument-limit: as its callers have them
	ids := make([]engine.Verbatim, len(objectIDs))
	for i, id := range objectIDs {
		ids[i] = engine.Verbatim(id)
	}
	changes, err := engine.Find(ctx, s, engine.Lookup[engine.Verbatim]{
		Select: "id, object_id, poll_at, seen_at, op, reason, fingerprint, updated, created, event_id", From: "sighting",
		Where:     "account_id = $1 AND poller_id = $2 AND seen_at >= $3 AND op <> ''",
		Arguments: []any{p.AccountID, p.ID, column.Instant(since)}, Column: "object_id", Members: ids,
	}, scanSighting)
	if err != nil {
		return nil, fmt.Errorf("read what poller %d told: %w", p.ID, err)
	}
	last := make(map[string]turnstone.Sighting, len(changes))
	for _, c := range changes {
		if c.ID > last[c.ObjectID].ID {
			last[c.ObjectID] = c
		}
	}
	told := make(map[string]turnstone.Fingerprint, len(last))
	for id, c := range last {
		told[id] = c.Fingerprint
	}
	return told, nil
}
