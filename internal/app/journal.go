package app

import (
	"context"
	"log/slog"
	"time"
)

const (
	// DefaultKeepJournal is how long the journal of who changed what is kept: what the
	// platform keeps of requests.
	DefaultKeepJournal = 180 * 24 * time.Hour

	trimEvery = time.Hour
	trimBatch = 1000
)

// trimming removes old entries of the journal.
type trimming struct {
	what string // for the log
	// purge removes entries made before a time, at most n, and returns how many.
	purge func(ctx context.Context, before time.Time, n int) (int, error)
	keep  time.Duration
	log   *slog.Logger
}

func (t *trimming) run(ctx context.Context) error {
	ticker := time.NewTicker(trimEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-ticker.C:
			t.once(ctx, now.Add(-t.keep))
		}
	}
}

// once removes in batches until nothing old is left.
func (t *trimming) once(ctx context.Context, before time.Time) {
	total := 0
	for ctx.Err() == nil {
		n, err := t.purge(ctx, before, trimBatch)
		if err != nil {
			if ctx.Err() == nil {
				t.log.Error("remove what is old", "what", t.what, "err", err)
			}
			return
		}
		if n == 0 {
			break
		}
		total += n
	}
	if total > 0 {
		t.log.Info("removed what is old", "what", t.what, "entries", total, "before", before)
	}
}
