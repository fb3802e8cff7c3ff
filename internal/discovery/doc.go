// Package discovery says of an element what clients ask before they call it: what it
// can do (metadata), which fields its records have, and how its hub is called (a
// Swagger 2.0 document, the form that clients of the platform read).
//
// It promises that every document is valid Swagger 2.0, names what the element
// declares and nothing else, and is the same for the same element. It is pure, and
// refuses to guess: a field of which no type is known is described without one.
package discovery
