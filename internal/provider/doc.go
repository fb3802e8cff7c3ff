// Package provider talks to an API provider: it turns a call of an element into
// an authenticated HTTP request, reads the answer as JSON and says what it
// means. It also knows how pages follow one another and where the records of a
// page stand.
//
// # Promise
//
// A credential goes to the hosts that the element or the instance's base.url
// allow, and to no other: redirects are not followed, and a URL in an answer
// never chooses the host by itself. No error and no [Answer] shows a secret,
// even if the vendor repeats one. Values keep the vendor's exact text: records
// are slices of the page that came. A vendor's rate limit holds for all processes
// that share its [Allowances]. A vendor that tells an instance to wait, or that nothing
// is left of what it allows, is asked nothing more for it by this process meanwhile,
// for up to five minutes. Where a limit makes calls wait, the resources that are
// polled take turns; what is left of a limit that is nearly used up is spread over
// the time until there is more, and clients go first. Whatever a vendor sends, an
// answer takes a bounded part of the memory.
//
// # Refusals
//
// It does not sleep or retry, except that it renews a refused token once and
// waits a moment for the vendor's rate limit. Everything else comes back as a
// *turnstone.VendorError that says what to do and when; whoever owns the work
// reschedules it. It knows no vendor: what differs between vendors is data, in
// package element. It stores nothing but what it books.
package provider
