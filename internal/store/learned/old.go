package learned

import (
	"context"
	"errors"
	"iter"
	"time"

	"turnstone"
	"turnstone/internal/store/column"
	"turnstone/internal/store/engine"
)

// Old are the versions of those objects of a poller that were last changed before a
// time, by the vendor's dates. Objects that have none are never old, and those that are
// gone are kept, too: they would be news if they came back.
type Old struct {
	Poller turnstone.Poller
	Before time.Time
}

// Stretches yields those stretches of the poller's versions, each n long, that hold old
// ones.
func (o Old) Stretches(ctx context.Context, s *engine.Session, n int) iter.Seq2[Stretch, error] {
	return func(yield func(Stretch, error) bool) {
		for part, err := range stretches(ctx, s, Stretch{poller: o.Poller, size: n}) {
			if err == nil {
				err = context.Cause(ctx)
			}
			if err == nil {
				_, err = engine.One(s.Query(ctx, `SELECT 1`+old+` LIMIT 1`, o.args(part)...), engine.Number)
			}
			if errors.Is(err, turnstone.ErrNotFound) {
				continue // as most do
			}
			if !yield(part, err) || err != nil {
				return
			}
		}
	}
}

// old are the old versions of a stretch, of which args are the arguments.
const old = within + ` AND updated <> 0 AND updated < $5 AND gone_at = 0`

func (o Old) args(part Stretch) []any { return append(part.args(), column.Instant(o.Before)) }

// Remove removes the old versions of a stretch, with their records, and returns how
// many.
func (o Old) Remove(ctx context.Context, s *engine.Session, part Stretch) (int, error) {
	ids, err := engine.List(s.Query(ctx, `DELETE`+old+` RETURNING object_id`, o.args(part)...), scanID)
	if err != nil {
		return 0, err
	}
	records := engine.Values{Columns: objectKey()}
	for _, id := range ids {
		records.Rows = append(records.Rows, []any{o.Poller.AccountID, o.Poller.ID, id})
	}
	return len(ids), s.Delete(ctx, "record", records)
}
