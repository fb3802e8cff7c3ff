package fault

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// limitWindow is the interval of the rate limit.
const limitWindow = time.Minute

// Limits counts the requests of each company in the current interval. Its
// methods are safe for concurrent use.
type Limits struct {
	mu      sync.Mutex
	windows map[int]*allowance
}

// allowance is what one company has used of an interval.
type allowance struct {
	until time.Time
	used  int
}

// Standing is how a company stands after a request.
type Standing struct {
	limit, remaining int
	left             time.Duration // until the interval ends
}

// Count takes a request into account, and reports whether it is allowed.
func (l *Limits) Count(company int, now time.Time, sw Switches) (Standing, bool) {
	if sw.RateLimit <= 0 {
		return Standing{}, true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.windows == nil {
		l.windows = make(map[int]*allowance)
	}
	w := l.windows[company]
	if w == nil || !now.Before(w.until) {
		w = &allowance{until: now.Add(limitWindow)}
		l.windows[company] = w
	}
	w.used++
	s := Standing{limit: sw.RateLimit, remaining: max(0, sw.RateLimit-w.used), left: w.until.Sub(now)}
	return s, w.used <= sw.RateLimit
}

// Reset returns how long the interval lasts, in whole seconds.
func (s Standing) Reset() string {
	return strconv.Itoa(int((s.left + time.Second - 1) / time.Second))
}

// Headers tells of the limit as the switches say.
func (s Standing) Headers(sw Switches) http.Header {
	h := http.Header{}
	switch {
	case s.limit == 0:
	case sw.RateHeaders == "x":
		h.Set("X-RateLimit-Limit", strconv.Itoa(s.limit))
		h.Set("X-RateLimit-Remaining", strconv.Itoa(s.remaining))
		h.Set("X-RateLimit-Reset", s.Reset())
	case sw.RateHeaders == "ietf":
		h.Set("RateLimit-Policy", fmt.Sprintf(`"default";q=%d;w=%d`, s.limit, int(limitWindow.Seconds())))
		h.Set("RateLimit", fmt.Sprintf(`"default";r=%d;t=%s`, s.remaining, s.Reset()))
	}
	return h
}
