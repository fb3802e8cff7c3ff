// Package intake takes in what vendors send by webhook: it finds the instances that a
// webhook is for, checks that the vendor sent it, reads the changes in it as its element
// says, and stores them as events before it answers. It also wakes pollers, for vendors
// of whom to be told is good and to read is better.
//
// It promises that a webhook that was answered with success is stored, with everything
// that follows from it; that one which a vendor sends again under the same name tells
// nothing twice; and that one which does not prove where it comes from tells of no change,
// unless the element leaves that to its own hook. What became of each is kept.
//
// It refuses to guess: a body that its hook cannot read is answered with a failure, so
// that the vendor sends it again once somebody has mended the hook.
package intake
