// Package catalogue finds elements: those that everybody has, those that an account
// brought along, and those that an instance declares itself.
//
// # Promise
//
// Looking up costs no query as a rule: what was read is remembered, and once a second one
// query asks whether any definition has changed. A change made here is seen at once, one
// made by another node within about a second. An element of another account is not found.
// No element of an account has the key or the number of one that everybody has.
//
// # Refusals
//
// It serves no calls and knows no formats: package legacy reads exports, package element
// our files.
package catalogue
