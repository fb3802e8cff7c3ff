// Package page is what all pages of the web console have in common: the frame around
// them, who sees them, and the way to the API.
//
// The console is a client of the REST API like any other. A page calls the API in process,
// with the secrets of whoever is signed in, so that rights, limits, masking and the journal
// are the API's, and nothing can be done here that a program could not do. Pages work
// without scripts; scripts only make them more pleasant. No page runs or loads anything
// that is not in the binary.
package page
