// Package format reads YAML files whose format a Go struct declares, and describes
// that format to editors and to people.
//
// The tags of the struct's fields are the declaration: yaml names a key, doc says
// what it means, need marks it as required, default is its value when it is
// absent, enum lists what it may be (of a map, its keys), example shows one, and
// overlay says that nothing in it has defaults. A type that reads itself from text
// ([encoding.TextUnmarshaler]) is written as one text; if it has a method
// Pattern() string, editors learn the regular expression it fits.
//
// # Promise
//
// [Decode] goes on after a problem, so that a file's author sees all of them at
// once, each with its line, its path and what to write instead. It does so in
// bounded space, whatever the file. The caller adds what the types cannot say with
// [Document.Report].
//
// # Refusals
//
// Of YAML it takes what has one plain reading: no anchors, aliases, merge keys,
// tags or several documents in a file. It knows no particular format.
package format
