// Package auth says who may call the API and the console: it reads the
// Authorization header, finds who its secrets belong to, makes new secrets, checks
// passwords, and seals the tokens of those who signed in.
//
// It promises that nobody is identified by half a header: a user comes with the
// organization or with an instance of the same account, and an error says which
// part is missing or wrong without repeating it. It keeps nothing, counts no
// attempts and answers no requests; those who call it do.
package auth

import "errors"

// ErrUnauthorized says that the caller did not prove who they are. The text of
// an error that wraps it may be shown to them.
var ErrUnauthorized = errors.New("not authorized")
