// Package concursim is an SAP Concur to test and demonstrate against: an
// http.Handler with OAuth, a login page and the expense reports of API v3, kept
// by any number of companies whose reports are created, edited, submitted, sent
// back, approved and paid while one watches.
//
// It promises two things that the real service cannot. Its faults are switches:
// everything that is known, or feared, about Concur can be turned on while it
// runs, and is drawn from a seeded source. And it keeps the truth: every version
// of every report is recorded with the instant from which a client could see
// it, so that a test can hold what a poller delivered against what there was.
//
// One seed, one sequence of Step and Change calls and one clock give the same
// truth, byte for byte. Tokens and correlation ids are not part of it: they are
// random as everywhere else.
//
// It refuses to pretend. Entries, itemizations, attendees and payment batches
// are not simulated, and a query that filters by them is answered with 400
// instead of an unfiltered list. The legacy endpoints under /net2/oauth2 are not
// there. Tokens are signed with a symmetric key, so there is no key set to
// publish. Nothing is stored unless Save is called.
//
// The control endpoints live under /_sim/, whose index explains them. They ask
// for no credentials: serve the simulator on loopback only.
package concursim
