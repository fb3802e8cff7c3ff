// Package store keeps what must not be lost: accounts, instances, pollers and what
// they know, events, and what is owed to whom. It is the only package that knows
// SQL, with those below it: they hold statements that have a subject of their own, and
// run them in the transactions that this one opens.
//
// Its promises: what a method acknowledged survives a crash at any moment; a method
// changes everything it says or nothing; and work claimed here is held by one
// holder at a time. A claim is a lease with an expiry and a fence, a number that
// grows with every claim. Every write of a holder names its fence, and one that was
// overtaken gets turnstone.ErrLeaseLost and changes nothing.
//
// Secrets are sealed before they reach a statement, so that no file of the database
// shows them.
//
// The package refuses to open a data directory that another process has open, a
// database that serves only newer programs, and one that was sealed by another key
// ring.
//
// The statements are one text for SQLite and PostgreSQL; what differs between the
// two is in package engine. Statements use only what both know.
package store
