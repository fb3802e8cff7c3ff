package poll

// The schedule is tested by itself as well.
var (
	NextPoll = nextPoll
	Backoff  = backoff
)

// Plans returns how many plans the loop remembers.
func (l *Loop) Plans() int {
	l.plans.mu.Lock()
	defer l.plans.mu.Unlock()
	return len(l.plans.known)
}
