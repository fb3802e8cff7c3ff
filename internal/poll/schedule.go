package poll

import (
	"hash/fnv"
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
