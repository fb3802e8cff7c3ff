package app

import (
	"context"
	"log/slog"
	"time"
)

const (
	// forgetFirst lets a service that has just started catch up with its polls before
	// it goes through all versions; one that starts every day forgets all the same.
	forgetFirst = 10 * time.Minute
	forgetEvery = 24 * time.Hour
	forgetBatch = 1000
)

// forgetting removes what is known of objects that have not changed for long.
type forgetting struct {
	// forget removes versions last changed before a time, n in one transaction, and
	// returns how many.
	forget func(ctx context.Context, before time.Time, n int) (int, error)
	keep   time.Duration
	log    *slog.Logger
}

func (f *forgetting) run(ctx context.Context) error {
	timer := time.NewTimer(forgetFirst)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-timer.C:
			f.once(ctx, now.Add(-f.keep))
			timer.Reset(forgetEvery)
		}
	}
}

func (f *forgetting) once(ctx context.Context, before time.Time) {
	n, err := f.forget(ctx, before, forgetBatch)
	if err != nil && ctx.Err() == nil {
		f.log.Error("forget versions", "err", err)
	}
	if n > 0 {
		f.log.Info("forgot versions of objects that have not changed for long", "versions", n, "before", before)
	}
}
