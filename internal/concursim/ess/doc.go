// Package ess is the Event Subscription Service of the simulated Concur: apps
// subscribe to topics, and are sent what happens in the companies that they are
// connected to.
//
// It promises what the real one does and no more: each event at least once, in no
// order, until somebody takes it or it is three days old. It posts to this machine
// and to the networks that it is allowed to, and to nobody else. Events that are
// still to be delivered do not survive a restart.
package ess
