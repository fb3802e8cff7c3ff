// Package generic makes an element of what an instance says of its vendor's API, for
// elements that leave their resources to their instances.
//
// # Promise
//
// What comes out passes the checks of package element, as an element file does. What is
// wrong with a declaration is reported as a [Problem] with the path of each member that
// is wrong and what to write instead, all at once. The same configuration makes the same
// element.
//
// # Refusals
//
// Everything is declared: there is no code. Secrets stay lookups, so that no secret is in
// the element. Credentials go to the instance's base.url, and for OAuth to the token
// endpoint that the instance names, and to no other host.
package generic
