// Package hub answers hub calls: it translates between the one language of
// /hubs/{hub}/{resource}, with its where clauses, pages and bodies, and the
// requests of the instance's vendor, as the element declares them. Clients and
// pollers use the same functions.
//
// # Promise
//
// A list is read one page at a time, and a page names the next by a token that
// outlives the process. What the vendor would not understand is refused before
// it is asked: a vendor that ignores a filter returns everything. Records keep
// the order of their members and the exact text of their numbers; only null
// members are left out, unless the instance wants them.
//
// # Refusals
//
// It filters and sorts nothing itself, repeats no request and stores nothing. It
// expands no date macros: a polled URL comes with them expanded.
package hub
