package learned

import (
	"context"
	"fmt"

	"turnstone"
	"turnstone/internal/store/column"
	"turnstone/internal/store/engine"
)

// Vanished returns, by object id, the objects that a census did not see: those that it
// did not count, that are not known to be gone, and that were not stored since it
// began. It looks at the poller's versions once, a stretch at a time: there may be
// millions.
func Vanished(ctx context.Context, s *engine.Session, p turnstone.Poller, q turnstone.VanishedQuery) (turnstone.Vanished, error) {
	found := search{VanishedQuery: q}
	for part, err := range stretches(ctx, s, Stretch{poller: p, to: q.After, size: vanishedStretch}) {
		if err == nil {
			err = found.add(ctx, s, part)
		}
		if err != nil {
			return turnstone.Vanished{}, fmt.Errorf("find what census %d of poller %d did not see: %w", q.Census, p.ID, err)
		}
		if q.After != "" && len(found.List) == q.Limit {
			break
		}
	}
	if q.After != "" {
		found.Known, found.Missing = 0, 0
	}
	return found.Vanished, nil
}

// vanishedStretch is how many versions are looked at by one statement: some
// milliseconds' worth.
const vanishedStretch = 10_000

// search is a query, and what was found so far.
type search struct {
	turnstone.VanishedQuery
	turnstone.Vanished
}

// add adds what is found in a stretch.
func (f *search) add(ctx context.Context, s *engine.Session, part Stretch) error {
	const known, missing = within + ` AND gone_at = 0`, `census < $5 AND seen_at < $6`
	args := append(part.args(), f.Census, column.Instant(f.Before))
	count, err := engine.One(s.Query(ctx, `
		SELECT COUNT(*), COUNT(CASE WHEN `+missing+` THEN 1 END)`+known, args...), func(row engine.Row) (n [2]int, err error) {
		err = row.Scan(&n[0], &n[1])
		return n, err
	})
	if err != nil {
		return err
	}
	f.Known, f.Missing = f.Known+count[0], f.Missing+count[1]
	room := f.Limit - len(f.List)
	if count[1] == 0 || room <= 0 {
		return nil
	}
	list, err := engine.List(s.Query(ctx, `
		SELECT `+versionColumns+known+` AND `+missing+`
		ORDER BY object_id
		LIMIT $7`, append(args, room)...), scanVersion)
	f.List = append(f.List, list...)
	return err
}
