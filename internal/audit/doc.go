// Package audit compares what a simulated vendor showed with what a receiver
// got, and says what was missed, invented, repeated or out of order.
//
// Deletions are told once each, after all that was of their object, and of no object
// that exists.
//
// The demo prints its verdict; the end-to-end and crash tests fail by it. It
// trusts nothing of ours but the fingerprint of a record: the receiver keeps the
// bytes it was sent, and the truth is the simulator's own.
package audit
