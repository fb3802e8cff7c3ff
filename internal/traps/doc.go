// Package traps tests the promises of the service against what is known to break
// pollers: twenty-four ways in which others have lost, repeated or invented data, each a
// test named after it.
//
// It is a test and nothing else. A vendor that does what its script says answers the
// requests of the real chain, from the provider to the database, on SQLite and on
// PostgreSQL alike, and a receiver takes what is delivered. The clock of all that is
// ours, the vendor's too, is set by the test; no test waits for time to pass. Only
// leases and deliveries live by the clock of the database, as they do in service.
//
// docs/guarantees.md says to operators which promise rests on what, and which tests
// try to break it. A test here keeps that page honest about the names.
//
// The package refuses to know how the engine works: it looks at what crosses the
// network, at what is stored, and at what explains it.
package traps
