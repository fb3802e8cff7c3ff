// Package poll claims pollers that are due, reads their pages and commits what
// it finds.
//
// A poll asks the hub for the live window, which begins at the last complete sweep, a
// page at a time. Each page is judged by package change, and what it changes is
// committed together with its events before the next is asked for; the cursor moves
// with the last page, so a poll that dies between any two lines repeats work and never
// skips or doubles it. One page is in memory at a time. Whoever lost its lease writes
// nothing, and asks for nothing once it can know. What a node remembers between two
// polls makes them faster and nothing else: any other may make the next.
//
// Beside the live window a poller may have a rescan: a backfill of what is older than
// the polling, a replay that somebody asked for, or a census that looks for deleted
// objects. It is read after the live window, for a few seconds in each poll, moves no
// cursor, and fails by itself.
//
// The package does not talk to vendors, render SQL or deliver anything: it
// decides when to poll, what to ask for, and what follows from the answer.
package poll
