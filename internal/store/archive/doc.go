// Package archive is the file in which an installation moves from one database to
// another: text, a line for each row, that can be written and read as a stream.
//
// The first line says what it is:
//
//	{"archive":"turnstone","format":1,"schema":2,"program":"v1.2.0","created":"2026-11-23T12:00:00Z"}
//
// A line for each table follows, and behind it one for each of its rows, with the
// columns in the order of the table's line. Numbers are whole and have up to 64 bits.
// The columns under base64 hold bytes, and their values are texts in that alphabet
// (RFC 4648, with padding):
//
//	{"table":"account","columns":["id","name","secret"],"base64":["secret"]}
//	[1,"Acme","AQAAAAE="]
//
// The last line vouches for all lines before it:
//
//	{"rows":1,"sha256":"f8d4…"}
//
// Its promises: what a Writer wrote, a Reader reads, value for value; and a file that
// was cut off, changed or added to is recognised, at its end at the latest. So nothing
// that was read may be acted on for good before the end was reached.
//
// The package knows no table and no database, and it keeps no secret: whoever can
// read the file reads all that is not sealed in it.
package archive
