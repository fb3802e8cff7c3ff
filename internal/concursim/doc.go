// Package concursim is an SAP Concur to test and demonstrate against: an
// http.Handler with OAuth, a login page, the resources of a Concur from expense
// reports to fiscal years, and the Event Subscription Service. Any number of
// companies live in it, whose reports are created, edited, submitted, sent back,
// approved and paid, and whose other objects come and go, while one watches.
//
// It promises two things that the real service cannot. Its faults are switches:
// everything that is known, or feared, about Concur can be turned on while it
// runs, and is drawn from a seeded source. And it keeps the truth: every version
// of every object is recorded with the instant from which a client could see
// it, so that a test can hold what a poller delivered against what there was.
//
// One seed, one sequence of Step and Change calls and one clock give the same
// truth, byte for byte. Tokens, correlation ids and events are not part of it: they
// are random as everywhere else.
//
// It is furnished in rooms: package expense keeps the reports, collection all other
// objects, which package resource declares and endpoint serves; ess tells of both,
// fault decides what goes wrong, and reply holds what is answered. Tokens, reports
// and the control endpoints are here.
//
// It refuses to pretend. Reports cannot be filtered by what is in their entries: such
// a query is answered with 400 instead of an unfiltered list. The switches that
// concern the spelling and sharing of timestamps, quiet and misdated updates, and
// ModifiedAfter and Order, are about reports. The legacy endpoints under
// /net2/oauth2 are not there. Tokens are signed with a symmetric key, so there is no
// key set to publish. Nothing is stored unless Save is called.
//
// The control endpoints live under /_sim/, whose index explains them. They ask
// for no credentials: serve the simulator on loopback only.
package concursim
