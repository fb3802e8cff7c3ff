// Package pollerconfig reads event.poller.configuration, the platform's JSON
// that says which resources of an instance to poll, and how.
//
// It accepts every form that clients of the platform send: an object, or the
// text of one; the older event.poller.urls, a line a resource; booleans and numbers
// as text; members nobody knows, which are kept and warned about. It reports everything that is wrong at once, each with
// the path of the member and what to write instead. It is pure: what a URL
// means, and whether the element serves it, is for package hub to say.
//
// Source: the platform's polling guide, as facts in docs/compatibility.md.
package pollerconfig
