package engine

import (
	"context"
	"io/fs"
	"time"
)

// Engine is an open database. Its methods may be called from many goroutines.
type Engine interface {
	// Write runs do in a transaction and returns once that is on disk, or undone. A
	// write whose ctx ends before its turn is not run; later ctx has no effect, so
	// that the answer is the truth as far as it can be known. do must use the ctx it
	// is given, and may be run again: databases ask for that when transactions meet.
	Write(ctx context.Context, do func(ctx context.Context, s *Session) error) error
	// Reader returns the session for statements that need no transaction.
	Reader() *Session
	// Migrate brings the tables up to date by the numbered files of a folder. Nodes
	// that start together wait for each other.
	Migrate(ctx context.Context, files fs.FS) error
	// Concurrency is how many writes are worth having under way.
	Concurrency() int
	// Close finishes the writes that wait, and refuses all that come later.
	Close() error
}

// Clock returns the time that leases are measured by: one clock for all holders.
type Clock func() time.Time

var (
	_ Engine = (*SQLite)(nil)
	_ Engine = (*Postgres)(nil)
)
