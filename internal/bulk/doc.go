// Package bulk reads whole lists for clients that do not want to turn pages: a query
// becomes a job, a loop carries it out page by page, and the result is fetched as JSON
// or CSV when it is done.
//
// Its promises: each page is stored together with how far its job is, before the next
// is asked for, so that whatever dies between any two lines costs no record and doubles
// none; a vendor that asks to wait is waited for; a job ends, with a reason that says
// what to do; what is stored is bounded, for a job and for an account; and one page is
// in memory at a time, however long the list and whichever way it is fetched.
//
// What a vendor changes in its list while a job reads it may be read in either state,
// or, where its paging counts records, twice or not at all: a job is no snapshot. It
// refuses to write to vendors, to talk to them by itself, and to know SQL or HTTP
// routes.
package bulk
