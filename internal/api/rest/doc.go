// Package rest is how the API is spoken: it finds the route of a request, who
// sends it and what it is about, reads bodies and pages, and renders answers and
// errors in the platform's form. What the routes do is in package api and the
// packages beside this one.
//
// It promises that every answer is JSON with a request id, that an error which
// nobody foresaw shows nothing of itself, and that a body with two meanings is
// refused. It knows no route by itself.
package rest
