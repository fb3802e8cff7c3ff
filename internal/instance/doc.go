// Package instance says what one may do with an instance: create, change,
// authorise, enable, disable and delete it, and read how it is configured. The
// API and the console do it here alike.
//
// It promises that everything wrong with a request is reported at once, each
// with the path of its field and what to write instead, and that nothing is
// half-saved: the vendor is asked only after everything else is in order, and
// what follows from its answer is written in one transaction. Writes merge: what
// a client does not send stays, and the mask of a secret means "unchanged".
//
// It knows neither status codes nor SQL, reads no requests, and polls and
// delivers nothing: it stores what is to be polled and where events go.
package instance
