package poll

import "turnstone"

// The schedule is tested by itself as well.
var (
	NextPoll = nextPoll
	IdleWait = idleWait
	Backoff  = backoff
)

// Plans returns how many plans the loop remembers.
func (l *Loop) Plans() int { return l.plans.Len() }

// ByOp returns changes in runs of one op each.
func ByOp(changes []turnstone.Change) [][]turnstone.Change {
	news := make([]tale, len(changes))
	for i, c := range changes {
		news[i].change = c
	}
	var runs [][]turnstone.Change
	for _, run := range byOp(news) {
		var split []turnstone.Change
		for _, t := range run {
			split = append(split, t.change)
		}
		runs = append(runs, split)
	}
	return runs
}
