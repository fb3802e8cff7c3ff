// Package poll claims pollers that are due, reads their pages and commits what
// it finds.
//
// A poll asks the hub for the window since the last complete sweep, a page at a
// time. Each page is judged by package change and committed together with its
// events; the cursor moves with the last page, so a poll that dies between any
// two lines repeats work and never skips or doubles it. One page is in memory at
// a time. Whoever lost its lease writes nothing.
//
// The package does not talk to vendors, render SQL or deliver anything: it
// decides when to poll, what to ask for, and what follows from the answer.
package poll
