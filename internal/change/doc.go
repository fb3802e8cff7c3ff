// Package change decides what became of each record of a page: created, updated,
// deleted, or nothing new. It also says why, in words, and in which fields two
// records differ.
//
// It compares a record with the version known of its object. Its promise is that
// the same content never becomes two changes, whatever order a vendor lists
// records in, however often it shows them and however coarse its timestamps are,
// unless somebody asks for it to be told again; and that a doubt at the edge of the
// window is resolved towards an event, never towards silence. It is pure: it fetches
// nothing, stores nothing, and reads no clock.
package change
