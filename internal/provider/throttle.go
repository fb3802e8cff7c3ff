package provider

import (
	"net/http"
	"time"
)

// longestHold is how long one answer holds back the other calls of an instance.
// A vendor may mean one of its addresses alone, or a quota of the day; asking
// every few minutes is no burden, and finds that out.
const longestHold = 5 * time.Minute

// throttles remembers which instances their vendors told to wait, so that not
// each of their pollers has to ask to be told the same. Other nodes do not know
// of it: to find out, each request would have to ask the database.
type throttles struct{ until lately[int64, time.Time] }

// note remembers what an answer meant for the instance. Only what vendors say
// when they throttle counts: other statuses that an element calls rate limited
// are about the one request.
func (t *throttles) note(instanceID int64, status int, v Verdict, now time.Time) {
	throttled := status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
	if v.Action != RateLimited || v.Wait <= 0 || !throttled {
		return
	}
	until := now.Add(min(v.Wait, longestHold))
	t.until.mu.Lock()
	defer t.until.mu.Unlock()
	if until.After(t.until.values[instanceID]) {
		t.until.put(instanceID, until, func(other time.Time) bool { return !other.After(now) })
	}
}

// left returns how long the instance has to wait; not positive: it need not.
func (t *throttles) left(instanceID int64, now time.Time) time.Duration {
	t.until.mu.Lock()
	defer t.until.mu.Unlock()
	if until, told := t.until.values[instanceID]; told {
		return until.Sub(now)
	}
	return 0
}
