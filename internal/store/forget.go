package store

import (
	"context"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/store/engine"
	"turnstone/internal/store/learned"
)

// ForgetVersions removes the versions of all objects that were last changed before a
// time, by the vendor's dates, with their records, and returns how many: for operators
// who prefer a smaller database to knowing what such objects were. Objects without a
// date, and those that were told to be deleted, stay. One call goes through all
// versions once, by their key, n at a time; it takes long, is for one caller at a time,
// and ctx can end it between two batches.
//
// An object that is forgotten is unknown when a poll meets it again. Three things keep
// it from being told as new without having changed. Poller.Since is raised to before
// first, since what is unknown and older than that is no news; so is Memo.Forgotten,
// for pollers that judge by another date; and the poll that may be running, which judges
// by the old ones, ends. An object that does change is told by its dates alone: as
// created, where it has no date of creation. One that vanishes is told of no more.
func (db *DB) ForgetVersions(ctx context.Context, before time.Time, n int) (int, error) {
	total, after := 0, int64(0)
	for {
		pollers, err := engine.List(db.reader().Query(ctx, `
			SELECT `+pollerColumns+`
			FROM poller
			WHERE id > $1
			ORDER BY id
			LIMIT $2`, after, n), scanPoller)
		if err != nil {
			return total, fmt.Errorf("forget versions: find pollers: %w", err)
		}
		if len(pollers) == 0 {
			return total, nil
		}
		for _, p := range pollers {
			forgotten, err := db.forgetOf(ctx, p, before, n)
			total += forgotten
			if err != nil {
				return total, fmt.Errorf("forget versions of poller %d: %w", p.ID, err)
			}
			after = p.ID
		}
	}
}

// turnsUpLate is how much older than its cursor something may be that a poller has yet
// to see: more than any overlap that is of use.
const turnsUpLate = time.Hour

// forgetOf removes the old versions of a poller. One that is behind has yet to read
// what changed since its cursor, and that is news however old it is by then.
func (db *DB) forgetOf(ctx context.Context, p turnstone.Poller, before time.Time, n int) (int, error) {
	if unread := p.Cursor.Add(-turnsUpLate); unread.Before(before) {
		before = unread // of a poller that never read all, nothing
	}
	total, old := 0, learned.Old{Poller: p, Before: before}
	for part, err := range old.Stretches(ctx, db.reader(), n) {
		if err == nil && p.Memo.Forgotten.Before(before) {
			err = db.raiseForgotten(ctx, p, before)
			p.Memo.Forgotten = before
		}
		if err != nil {
			return total, err
		}
		forgotten := 0
		err = db.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
			forgotten, err = old.Remove(ctx, s, part)
			return err
		})
		if err != nil {
			return total, err
		}
		total += forgotten
	}
	return total, nil
}

// raiseForgotten has a poller take nothing for news that was last changed before a
// time, unless it knows the object.
func (db *DB) raiseForgotten(ctx context.Context, p turnstone.Poller, before time.Time) error {
	err := db.takePoller(ctx, p.AccountID, p.ID, func(p *turnstone.Poller, _ time.Time) error {
		p.Memo.Forgotten = before
		// Without one the first answer is still to come, and brings a later one.
		if !p.Since.IsZero() && p.Since.Before(before) {
			p.Since = before
		}
		return nil
	})
	if absent(err) {
		return nil // removed meanwhile; its versions are left for Purge
	}
	return err
}
