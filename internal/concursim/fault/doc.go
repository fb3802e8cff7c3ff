// Package fault holds what may go wrong with the simulated Concur: the switches,
// the luck that decides which request meets which fault, and the rate limit.
//
// It promises that one seed and one sequence of requests meet the same faults. It
// decides only; what an unlucky request is answered with is not its business.
package fault
