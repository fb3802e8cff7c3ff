// Package oauth gets, refreshes and keeps credentials.
//
// It promises that a credential survives whatever goes wrong while it is
// renewed. Vendors hand out refresh tokens that work once, so of all callers in
// all processes one asks, and what it gets is saved before it is used. A vendor
// that is down or busy costs nothing but time; only a vendor that refuses for
// good ends a credential, and then the error says how to authorise again. No
// secret appears in an error, not even when the vendor repeats it.
//
// It does not decide when a request needs another credential (package provider
// does), stores nothing but through its Store, shows no pages, and sends a
// credential only to hosts that the element or the instance's base.url allows.
//
// golang.org/x/oauth2 is not used, because an element declares form fields,
// answer paths, host moves and refusals that its Config and Token cannot express.
package oauth
