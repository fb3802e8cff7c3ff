package engine

import "turnstone"

// Held returns the jobs of those calls whose id is among the ones found, and answers
// the others that they lost their lease.
func Held[J any](calls []*Call[J], found []int64, id func(J) int64) []J {
	isHeld := make(map[int64]bool, len(found))
	for _, n := range found {
		isHeld[n] = true
	}
	jobs := make([]J, 0, len(calls))
	for _, c := range calls {
		c.Err = nil // of a try before
		if !isHeld[id(c.Job)] {
			c.Err = turnstone.ErrLeaseLost
			continue
		}
		jobs = append(jobs, c.Job)
	}
	return jobs
}
