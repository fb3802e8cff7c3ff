package store

import (
	"context"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/store/column"
	"turnstone/internal/store/engine"
)

// Rescan has a poller read beside its live window, and makes it due at once. A census
// that is under way gives way, and begins again when the poller is due for one. It
// returns turnstone.ErrConflict if a backfill or a replay is under way, and
// turnstone.ErrNotFound if there is no such poller.
//
// The poll that may be running ends: it would write its own memo over this one.
func (db *DB) Rescan(ctx context.Context, accountID, pollerID int64, r turnstone.Rescan) error {
	err := db.takePoller(ctx, accountID, pollerID, func(p *turnstone.Poller, now time.Time) error {
		if kind := p.Memo.Rescan.Kind; kind != "" && kind != turnstone.RescanCensus {
			return fmt.Errorf("a %s is under way: %w", kind, turnstone.ErrConflict)
		}
		p.Memo.Rescan, p.NextAt = r, now
		return nil
	})
	if err != nil {
		return fmt.Errorf("rescan by poller %d: %w", pollerID, err)
	}
	return nil
}

// CancelRescan ends the replay that somebody asked a poller for. It returns
// turnstone.ErrNotFound if none is under way: backfills and censuses are configured,
// and would only begin again.
func (db *DB) CancelRescan(ctx context.Context, accountID, pollerID int64) error {
	err := db.takePoller(ctx, accountID, pollerID, func(p *turnstone.Poller, _ time.Time) error {
		if p.Memo.Rescan.Kind != turnstone.RescanReplay {
			return fmt.Errorf("replay: %w", turnstone.ErrNotFound)
		}
		p.Memo.Rescan = turnstone.Rescan{}
		return nil
	})
	if err != nil {
		return fmt.Errorf("cancel rescan by poller %d: %w", pollerID, err)
	}
	return nil
}

// ResetPoller has a poller read live from since on, by the vendor's clock, at once, and
// forgets how its polls failed: one that was parked is active again. What it knows of
// objects stays, so that only what differs is told. It returns turnstone.ErrNotFound if
// there is no such poller.
func (db *DB) ResetPoller(ctx context.Context, accountID, pollerID int64, since time.Time) error {
	err := db.takePoller(ctx, accountID, pollerID, func(p *turnstone.Poller, now time.Time) error {
		p.Cursor, p.Sweep, p.Memo.Validator, p.Memo.LiveAt = since, turnstone.Sweep{}, turnstone.Validator{}, time.Time{}
		p.Failures, p.Problem, p.NextAt = 0, "", now
		if p.State == turnstone.PollerParked {
			p.State = turnstone.PollerActive
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("reset poller %d: %w", pollerID, err)
	}
	return nil
}

// takePoller takes a poller from whoever polls it, and stores how far change says that
// it is. An error of change leaves everything as it was.
func (db *DB) takePoller(ctx context.Context, accountID, pollerID int64, change func(p *turnstone.Poller, now time.Time) error) error {
	return db.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		now, err := s.Now(ctx)
		if err != nil {
			return err
		}
		// Taken before it is read, so that no poll writes in between.
		p, err := engine.One(s.Query(ctx, `
			UPDATE poller
			SET lease_until = 0, fence = fence + 1
			WHERE account_id = $1 AND id = $2
			RETURNING `+pollerColumns, accountID, pollerID), scanPoller)
		if err != nil {
			return err
		}
		if err := change(&p, now); err != nil {
			return err
		}
		_, err = s.Exec(ctx, `
			UPDATE poller
			SET state = $1, problem = $2, since = $3, cursor = $4, sweep = $5, memo = $6, failures = $7, next_at = $8
			WHERE id = $9`,
			string(p.State), p.Problem, instant(p.Since), instant(p.Cursor), column.JSON{V: p.Sweep}, column.JSON{V: p.Memo}, p.Failures,
			instant(p.NextAt), p.ID)
		return err
	})
}
