package poll

// The schedule is tested by itself as well.
var (
	NextPoll = nextPoll
	Backoff  = backoff
)
