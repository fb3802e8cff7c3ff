// Package peer stands at the other end of the wire while something is measured:
// it is the vendor that is polled and the receiver that is delivered to.
//
// A [Server] does as its current [Plan] says, and its [Tally] tells what came:
// every signature is checked, and every object must arrive once, no less and no
// more. It runs in a process of its own, so that what it costs is not counted as
// ours; it costs as much for a ceiling as for what is measured beside it. It
// listens on loopback addresses alone, and each destination has its own, as
// receivers have in life: connections to them are not shared.
//
// It is quick rather than lifelike. For a vendor with all of its moods there is
// package concursim.
package peer
