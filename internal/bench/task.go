package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"turnstone/internal/bench/gauge"
	"turnstone/internal/bench/peer"
)

// Part is what a child process does of a work.
type Part string

// The parts of a work.
const (
	Fill    Part = "fill"    // put into the database what there is before the work
	Ours    Part = "ours"    // do it with our loops
	Ceiling Part = "ceiling" // do it with the least program
)

// Task is what a child process is asked to do.
type Task struct {
	Work  string         `json:"work"`
	Part  Part           `json:"part"`
	Size  Size           `json:"size"`
	Born  time.Time      `json:"born"` // when the database was made; records are dated by it
	Place Place          `json:"place"`
	Peer  peer.Addresses `json:"peer"`
}

// Place is a database of its own.
type Place struct {
	Folder string `json:"folder"`        // for the keys, and the file of SQLite
	URL    string `json:"url,omitempty"` // of a PostgreSQL database
	PID    int    `json:"pid,omitempty"` // of the server; 0: the database is part of our process
}

// Result is what came of a task.
type Result struct {
	Done     float64       `json:"done"` // events, records or polls
	Took     time.Duration `json:"took"`
	Ours     gauge.Reading `json:"ours"`
	Database gauge.Reading `json:"database"` // its server's; zero where that is us
	// Waits are how long things waited: for an event, from its commit to its
	// receiver; for a poll, from when it was due to its start.
	Waits Waits `json:"waits,omitzero"`
	// Claim is how long the claim of one poller took.
	Claim time.Duration `json:"claim,omitempty"`
}

// Waits sums up how long many things waited.
type Waits struct {
	P50 time.Duration `json:"p50"`
	P99 time.Duration `json:"p99"`
	Max time.Duration `json:"max"`
}

// Rate returns how much was done a second.
func (r Result) Rate() float64 { return r.Done / r.Took.Seconds() }

// Do does a task in this process, which should do nothing else. The log is that of
// the loops. An error that wraps ErrLost says that the work was not done as it
// should be.
func Do(ctx context.Context, t Task, log *slog.Logger) (Result, error) {
	work, ok := find(t.Work)
	if !ok {
		return Result{}, fmt.Errorf("no work is called %q", t.Work)
	}
	do := map[Part]part{Fill: work.fill, Ours: work.ours, Ceiling: work.ceiling}[t.Part]
	if do == nil {
		return Result{}, fmt.Errorf("%s has no part %q", t.Work, t.Part)
	}
	s, err := open(ctx, t, log)
	if err != nil {
		return Result{}, err
	}
	result, err := do(ctx, s)
	written, closed := s.close(ctx)
	if err := errors.Join(err, closed); err != nil {
		return Result{}, fmt.Errorf("%s, %s: %w", t.Work, t.Part, err)
	}
	// What is still in memory when the work is done has to be written, too.
	result.Ours.Written, result.Database.Written = written.ours, written.database
	return result, nil
}

// ErrLost says that what arrived is not what was sent.
var ErrLost = errors.New("what arrived is not what was sent")

// part is a part of a work.
type part func(ctx context.Context, s *site) (Result, error)
