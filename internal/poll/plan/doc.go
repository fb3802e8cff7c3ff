// Package plan reads how one poller is polled: what to ask for, how its records are
// to be read and judged, and how its changes are told.
//
// A plan is made of the poller's configuration, of its element, which says what the
// configuration leaves open, and of a few entries of its instance. Its promise is that
// the window it asks for never begins after the moment it is given: a macro may cut
// that to the day, and the plan knows. It is pure, and does not poll.
package plan
