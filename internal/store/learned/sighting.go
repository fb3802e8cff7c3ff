package learned

import (
	"context"
	"fmt"
	"math"

	"turnstone"
	"turnstone/internal/store/column"
	"turnstone/internal/store/engine"
)

// Sightings returns what polls saw of an object, other than what was known, and what
// became of it, newest first.
func Sightings(ctx context.Context, s *engine.Session, f turnstone.SightingFilter) ([]turnstone.Sighting, error) {
	sightings, err := engine.List(s.Query(ctx, `
		SELECT id, object_id, poll_at, seen_at, op, reason, fingerprint, updated, created, event_id
		FROM sighting
		WHERE account_id = $1 AND poller_id = $2 AND object_id = $3 AND id < $4
		ORDER BY id DESC
		LIMIT $5`, f.AccountID, f.PollerID, engine.Verbatim(f.ObjectID), newest(f.Before), f.Limit), scanSighting)
	if err != nil {
		return nil, fmt.Errorf("list sightings of %q by poller %d: %w", f.ObjectID, f.PollerID, err)
	}
	return sightings, nil
}

// newest returns the number before which a page of a list begins: that of the page
// before, or one that is higher than all.
func newest(before int64) int64 {
	if before == 0 {
		return math.MaxInt64
	}
	return before
}

func scanSighting(row engine.Row) (turnstone.Sighting, error) {
	var s turnstone.Sighting
	var fingerprint []byte
	err := row.Scan(&s.ID, (*engine.Verbatim)(&s.ObjectID), (*column.Instant)(&s.PollAt), (*column.Instant)(&s.SeenAt), &s.Op, &s.Reason,
		&fingerprint, (*column.Instant)(&s.Updated), (*column.Instant)(&s.Created), &s.EventID)
	copy(s.Fingerprint[:], fingerprint)
	return s, err
}

// sightings stores what polls saw.
func (w writer) sightings(ctx context.Context, pages []Page) error {
	var rows [][]any
	for _, p := range pages {
		for _, s := range p.sightings {
			rows = append(rows, []any{
				p.account, p.poller, engine.Verbatim(s.ObjectID), column.Instant(s.PollAt), column.Instant(s.SeenAt),
				string(s.Op), string(s.Reason), s.Fingerprint[:], column.Instant(s.Updated), column.Instant(s.Created), s.EventID,
			})
		}
	}
	err := w.s.Insert(ctx, engine.Insertion{Table: "sighting"}, engine.Values{Rows: rows, Columns: []engine.Column{
		{Name: "account_id"},
		{Name: "poller_id"},
		{Name: "object_id", Kind: engine.Exact},
		{Name: "poll_at"},
		{Name: "seen_at"},
		{Name: "op", Kind: engine.Text},
		{Name: "reason", Kind: engine.Text},
		{Name: "fingerprint", Kind: engine.Blob},
		{Name: "updated"},
		{Name: "created"},
		{Name: "event_id"},
	}})
	if err != nil {
		return fmt.Errorf("save sightings: %w", err)
	}
	return nil
}
