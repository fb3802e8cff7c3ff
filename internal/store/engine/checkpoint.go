package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

const (
	// checkpointEvery is how often the log is looked at while there are writes.
	checkpointEvery = 250 * time.Millisecond
	// worthwhile is how many pages of the log are moved at once: 4 MB. A page that
	// was written several times meanwhile is moved only once.
	worthwhile = 1000
	// tooLong is the length of the log, in pages, at which writes wait until all of
	// it was moved and it can begin anew: 64 MB. Under load it comes to that, because
	// there is always a page more; nearly all of it was moved before.
	tooLong = 16_000
)

// checkpointer moves what the write-ahead log holds into the database file, beside
// the writer. As part of a commit, which is how SQLite does it by itself, it took
// tens of milliseconds from time to time.
type checkpointer struct {
	pool    *sql.DB
	log     *slog.Logger
	written <-chan struct{} // the log has grown, or may have
	stop    context.CancelFunc
	ended   sync.WaitGroup
}

// startCheckpointer starts the goroutine that checkpoints what a writer writes, until
// close.
func (db *SQLite) startCheckpointer(ctx context.Context) (*checkpointer, error) {
	pool, err := sql.Open("sqlite", source(db.path, writerPragmas))
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(1)
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c := &checkpointer{pool: pool, log: db.log, written: db.writer.written, stop: cancel}
	c.ended.Go(func() { c.run(ctx) })
	return c, nil
}

func (c *checkpointer) close() error {
	c.stop()
	c.ended.Wait()
	return c.pool.Close()
}

// run looks at the log a while after each write. As long as nobody writes it sleeps.
func (c *checkpointer) run(ctx context.Context) {
	pause := time.NewTimer(checkpointEvery)
	defer pause.Stop()
	failed := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
		select {
		case <-ctx.Done():
			return
		case <-c.written:
		}
		pause.Reset(checkpointEvery)
		err := c.checkpoint(context.WithoutCancel(ctx))
		if err != nil && !failed {
			c.log.Error("checkpoint; the log of the database grows until it succeeds", "err", err)
		}
		failed = err != nil
	}
}

// checkpoint moves the log if that is worth it.
func (c *checkpointer) checkpoint(ctx context.Context) error {
	pages, moved, err := c.pragma(ctx, "NOOP")
	if err != nil || pages-moved < worthwhile {
		return err
	}
	pages, _, err = c.pragma(ctx, "PASSIVE")
	if err != nil || pages < tooLong {
		return err
	}
	_, _, err = c.pragma(ctx, "RESTART")
	return err
}

// pragma runs a checkpoint of a kind, and returns how many pages the log has and how
// many of those are in the file.
func (c *checkpointer) pragma(ctx context.Context, kind string) (pages, moved int, err error) {
	var busy int
	err = c.pool.QueryRowContext(ctx, "PRAGMA wal_checkpoint("+kind+")").Scan(&busy, &pages, &moved)
	if err != nil && !errors.Is(err, context.Canceled) {
		err = fmt.Errorf("checkpoint %s: %w", kind, err)
	}
	return pages, moved, err
}
