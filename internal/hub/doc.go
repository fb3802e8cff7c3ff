// Package hub answers hub calls: it translates between the one language of
// /hubs/{hub}/{resource}, with its where clauses, pages and bodies, and the
// requests of the instance's vendor, as the element declares them. Clients and
// pollers use the same functions.
//
// # Promise
//
// A list is read one page at a time, and a page names the next by a token that
// outlives the process. A where clause is divided: the vendor gets what it
// understands of it, and the rest is evaluated here on what it lists, page after page
// until there are enough records or twenty pages were read. The token says at which
// record to go on. The order is the vendor's where it can sort, and of short lists
// ours. What makes no sense for a resource is refused before the vendor is asked, with
// its column. Records keep the order of their members and the exact text of their
// numbers; only null members are left out, unless the instance wants them.
//
// # Refusals
//
// Pollers and others that read in the background get one page of the vendor's at a
// time, and nothing is sorted for them: they read to the end anyway, and have to know
// which page they have read. The package repeats no request and stores nothing. It
// expands no date macros: a polled URL comes with them expanded.
package hub
