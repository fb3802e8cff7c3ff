package poll

import (
	"hash/fnv"
	"math"
	"strconv"
	"time"
)

const (
	// parkAfter is the number of polls that may fail in a row; it is the
	// platform's.
	parkAfter = 100
	// firstBackoff and maxBackoff bound the wait after a failure. A passing fault
	// is tried again well before a quarter of an hour's interval ends.
	firstBackoff = 5 * time.Second
	maxBackoff   = 15 * time.Minute
	// minThrottle is our own floor for a vendor that says "wait 0 seconds".
	minThrottle = time.Second
	maxThrottle = time.Hour
)

// nextPoll returns when a poller is due again after a poll that started at
// start and ended at now: on its own beat, which spreads pollers of the same
// interval evenly and does not drift, and never before the poll has ended.
func nextPoll(pollerID int64, interval time.Duration, start, now time.Time) time.Time {
	h := fnv.New64a()
	h.Write([]byte(strconv.FormatInt(pollerID, 10)))
	// Whole milliseconds: a store that keeps fewer digits must not round a beat to
	// just before itself, where the same beat would be the next.
	phase := time.Duration(h.Sum64() % uint64(interval)).Truncate(time.Millisecond)
	next := start.Truncate(interval).Add(phase)
	for !next.After(start) {
		next = next.Add(interval)
	}
	if next.After(now) {
		return next
	}
	missed := now.Sub(next)/interval + 1
	return next.Add(missed * interval)
}

const (
	// idleFrom is how many polls in a row may find nothing before a poller slows down,
	// and idleGrowth by how much with each further one. A poller of a minute's interval
	// that may slow down to an hour is there after 17 polls, within three hours.
	idleFrom   = 3
	idleGrowth = 1.5
)

// idleWait returns by how much the next poll of a poller is put off that found
// nothing so many times in a row: whole intervals, so that it keeps its beat.
func idleWait(idle int, interval, longest time.Duration) time.Duration {
	if idle <= idleFrom || longest < 2*interval {
		return 0
	}
	grown := math.Pow(idleGrowth, float64(min(idle-idleFrom, 100))) // beyond any limit, and no overflow
	times := min(math.Round(grown), float64(longest/interval))
	return time.Duration(times-1) * interval
}

// backoff returns the wait after so many failures in a row.
func backoff(failures int, interval time.Duration) time.Duration {
	return doubled(min(firstBackoff, interval), failures-1, max(interval, maxBackoff))
}

// doubled returns a wait that was doubled so many times, up to a limit.
func doubled(wait time.Duration, times int, limit time.Duration) time.Duration {
	for range times {
		if wait *= 2; wait >= limit {
			return limit
		}
	}
	return wait
}
