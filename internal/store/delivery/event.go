package delivery

import (
	"context"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/store/column"
	"turnstone/internal/store/engine"
)

// Store stores events, which are those of each instance, and owes them as Owe does.
func Store(ctx context.Context, s *engine.Session, now time.Time, events map[int64][]turnstone.Event) error {
	var rows [][]any
	for _, list := range events {
		for _, e := range list {
			rows = append(rows, []any{
				e.ID, e.Key, e.AccountID, e.InstanceID, e.PollerID, e.Resource,
				instant(e.CreatedAt),
				column.JSON{V: e.Objects},
				column.JSON{V: e.Ops},
				e.Trace, string(e.Format), e.Body,
			})
		}
	}
	err := s.Insert(ctx, engine.Insertion{Table: "event"}, engine.Values{Rows: rows, Columns: []engine.Column{
		{Name: "id"},
		{Name: "event_key", Kind: engine.Text},
		{Name: "account_id"},
		{Name: "instance_id"},
		{Name: "poller_id"},
		{Name: "resource", Kind: engine.Text},
		{Name: "created_at"},
		{Name: "objects", Kind: engine.Text},
		{Name: "ops", Kind: engine.Text},
		{Name: "trace", Kind: engine.Text},
		{Name: "format", Kind: engine.Text},
		{Name: "body", Kind: engine.Blob},
	}})
	if err != nil {
		return fmt.Errorf("save events: %w", err)
	}
	return Owe(ctx, s, now, events)
}
