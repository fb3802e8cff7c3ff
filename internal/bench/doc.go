// Package bench measures the service beside its ceilings.
//
// Each [Work] is done by the loops that the service runs, over a real database
// whose commits wait for the disk, and then once more by the least program that
// could do it: the ceiling, which keeps nothing. The two alternate, so that a
// machine whose speed changes changes both, and what counts is their ratio. Every
// trial is a process of its own; vendor and receivers are another one, see package
// peer, so that CPU time and memory are those of the work alone.
//
// A figure counts only if the work was done: a trial that lost an event, made one
// twice or sent one that its receiver refused is reported as failed, and so is the
// run. Targets that are missed are shown, and fail nothing: the machine may be
// slow.
//
// [Run] measures, [Do] is what a child process does, and [Report] shows and keeps
// the results.
package bench
