// Package simulation runs the whole engine, a vendor and receivers in one process on
// a virtual clock, with a seed, and compares what arrived with what the vendor showed.
//
// It is a test and nothing else: poll and deliver loops as they serve, on a real SQLite
// file, several nodes of them, and around them everything that can go wrong. Reports
// change; the vendor's switches are flipped; requests are refused, cut and delayed;
// receivers fail, hang and go away; the database does not answer, or does what it was
// asked and does not say so; nodes crash between any two steps, or stand still for
// longer than their leases and go on. Customers edit their instances meanwhile. Then
// everything is mended, and what is owed must arrive.
//
// It promises that a seed which fails prints one command that runs the same world
// again. All decisions of chance follow from the seed; what Go decides by itself (which
// goroutine runs first, which case of a select, the order of a map) does not, so that a
// failure which hangs on such a choice may take a few repetitions to show again.
//
// It refuses to know how the engine works: it looks at what crosses the store's border
// and the network, and at the simulator's truth.
package simulation
