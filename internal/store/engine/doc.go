// Package engine runs statements in transactions, on SQLite or on PostgreSQL, and
// hides which of the two.
//
// Its promises: a write that was acknowledged is on disk; one that fails leaves no
// trace and takes no other with it; and nothing is written twice because an answer
// got lost, unless the write says so itself.
//
// SQLite is for one process that owns its file: one goroutine writes, and commits
// what waits together, because a commit waits for the disk. PostgreSQL is for many
// nodes: each write is a transaction of its own, and a Batcher makes one write of
// many calls, because a round trip costs more than a row.
//
// The package knows no table of ours but that of the migrations.
package engine
