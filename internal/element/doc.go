// Package element reads element files: the declarations of the vendors' APIs
// that Turnstone talks to, one element.yaml an API. A long one has some of its
// resources in files of their own ([Part]).
//
// # Promise
//
// [Parse] accepts a file only if a program can work with it as it stands, and
// otherwise reports every problem it can find at once, each with its line, its
// path and what to write instead. What it returns has its defaults filled in and
// is not changed afterwards, so that any number of goroutines may share it.
//
// The types of schema.go are the one declaration of the format. Parsing,
// defaults, the checks of [Parse], the JSON Schema for editors ([JSONSchema]) and
// the reference page ([Reference]) are all derived from them and their tags, by
// package format.
//
// # Templates
//
// Where a value depends on an instance or on a request, the format takes a
// [Template]: text with lookups between double braces. A lookup is one of a closed
// set of names. There are no expressions, no filters and no code, so an element
// from a stranger can send a secret nowhere but where its declared hosts are.
//
// # Refusals
//
// The package sends no requests and knows no vendor: package provider does what
// an element says. It knows neither date patterns nor the where language; the
// tests of package elements check those parts of the catalogue.
package element
