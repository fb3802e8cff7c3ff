package engine

import "time"

// MaxTries is maxTries.
const MaxTries = maxTries

// MaxGroup is maxGroup.
const MaxGroup = maxGroup

// Queued returns how many writes wait.
func (db *SQLite) Queued() int { return len(db.writer.queue) }

// SetPatience sets how long the server has to answer: a test cannot wait for
// answerWithin. Nothing else may use db meanwhile.
func (db *Postgres) SetPatience(d time.Duration) { db.patience = d }

// Printable is printable.
func Printable(text string) string { return printable(text) }
