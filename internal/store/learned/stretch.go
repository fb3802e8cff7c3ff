package learned

import (
	"context"
	"errors"
	"iter"

	"turnstone"
	"turnstone/internal/store/engine"
)

// Stretch is a part of the versions of a poller, by their key: those whose object ids
// are larger than from, up to to.
type Stretch struct {
	poller   turnstone.Poller
	from, to string
	size     int // at most
}

// within are the versions of a stretch, of which args are the arguments.
const within = `
	FROM version
	WHERE account_id = $1 AND poller_id = $2 AND object_id > $3 AND object_id <= $4`

func (p Stretch) args() []any {
	return []any{p.poller.AccountID, p.poller.ID, engine.Verbatim(p.from), engine.Verbatim(p.to)}
}

// stretches cuts what lies behind a stretch into others of its size.
func stretches(ctx context.Context, s *engine.Session, p Stretch) iter.Seq2[Stretch, error] {
	const behind = `
		SELECT object_id
		FROM version
		WHERE account_id = $1 AND poller_id = $2 AND object_id > $3
		ORDER BY object_id`
	return func(yield func(Stretch, error) bool) {
		for last := false; !last; {
			p.from = p.to
			args := []any{p.poller.AccountID, p.poller.ID, engine.Verbatim(p.from)}
			to, err := engine.One(s.Query(ctx, behind+` LIMIT 1 OFFSET $4`, append(args, p.size-1)...), scanID)
			if last = errors.Is(err, turnstone.ErrNotFound); last {
				to, err = engine.One(s.Query(ctx, behind+` DESC LIMIT 1`, args...), scanID)
			}
			if errors.Is(err, turnstone.ErrNotFound) {
				return
			}
			p.to = string(to)
			if !yield(p, err) || err != nil {
				return
			}
		}
	}
}

func scanID(row engine.Row) (id engine.Verbatim, err error) {
	err = row.Scan(&id)
	return id, err
}
