package app

import (
	"context"
	"log/slog"
	"time"
)

const (
	// upkeepEvery and upkeepBatch keep each transaction short: pollers share the
	// writer.
	upkeepEvery = time.Minute
	upkeepBatch = 1000
)

// upkeep deletes what is older than the retention.
type upkeep struct {
	db        keeping
	retention time.Duration
	log       *slog.Logger
}

func (u *upkeep) run(ctx context.Context) error {
	ticker := time.NewTicker(upkeepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-ticker.C:
			u.purge(ctx, now.Add(-u.retention))
		}
	}
}

// purge deletes in batches until nothing is left to delete.
func (u *upkeep) purge(ctx context.Context, before time.Time) {
	total := 0
	for ctx.Err() == nil {
		n, err := u.db.Purge(ctx, before, upkeepBatch)
		if err != nil {
			if ctx.Err() == nil {
				u.log.Error("purge", "err", err)
			}
			return
		}
		if n == 0 {
			break
		}
		total += n
	}
	if total > 0 {
		u.log.Info("purged what is older than the retention, or belonged to what was deleted", "rows", total, "before", before)
	}
}
