// Package app puts the parts together and gives them a life: it opens the
// database, makes the first account, starts the loops and the server, and stops
// all of it in the opposite order.
//
// It is the only package that knows every other, that starts loops, and that
// asserts that the store is what its consumers need. It decides nothing about
// polling or delivery.
package app
