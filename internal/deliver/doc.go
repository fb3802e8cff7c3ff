// Package deliver posts stored events to their destinations.
//
// A node leases a destination, looks at what it is owed in the order of its
// events, and posts several at a time, never two that share an object: per
// object, events arrive in the order they happened. What an attempt leads to is
// decided by pure functions (Judge, Schedule) and settled in batches together with
// the row of each attempt, while posting goes on. What is not settled holds its
// objects: their next event leaves when that is committed. An event is posted
// until the receiver answers 2xx, so it arrives at least once, byte for byte the
// same each time; receivers tell repeats by its id.
//
// An event that fails is posted again on a schedule, or where the account wants it so
// waits until somebody asks. Each destination has its limits: posts under way, and how
// many leave in a time. A receiver may be asked for its consent before the first.
//
// A destination that fails is probed one event at a time, so a dead receiver
// costs one connection and delays nobody else. A node that may have lost its lease,
// by its own clock, posts nothing; it never writes without one. What it tells of an
// attempt names no secret: neither the URL's query, nor a header, nor a word of the
// receiver's, which may be an echo.
package deliver
