// Package ratelimit reads what the headers of an answer tell of the requests that
// a vendor allows: how many, how many of them are left, and when there will be
// more.
//
// # Promise
//
// What it returns is bounded, whatever the headers hold, so that a mistake in one
// stops nobody for ever. Moments are counted from the answer's own Date, because
// the vendor's clock is not ours.
//
// # Refusals
//
// It waits for nothing and remembers nothing. A header that can be read in two
// ways is left unread, and words that a header gives for a number are no number.
package ratelimit
