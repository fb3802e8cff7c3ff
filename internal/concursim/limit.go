package concursim

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// limitWindow is the interval of the rate limit.
const limitWindow = time.Minute

// limits counts the requests of each company in the current interval.
type limits struct {
	mu      sync.Mutex
	windows map[int]*allowance
}

// allowance is what one company has used of an interval.
type allowance struct {
	until time.Time
	used  int
}

// standing is how a company stands after a request.
type standing struct {
	limit, remaining int
	left             time.Duration // until the interval ends
}

// count takes a request into account, and reports whether it is allowed.
func (l *limits) count(company int, now time.Time, sw Switches) (standing, bool) {
	if sw.RateLimit <= 0 {
		return standing{}, true
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
	s := standing{limit: sw.RateLimit, remaining: max(0, sw.RateLimit-w.used), left: w.until.Sub(now)}
	return s, w.used <= sw.RateLimit
}

// reset returns how long the interval lasts, in whole seconds.
func (s standing) reset() string {
	return strconv.Itoa(int((s.left + time.Second - 1) / time.Second))
}

// headers tells of the limit as the switches say.
func (s standing) headers(sw Switches) http.Header {
	h := http.Header{}
	switch {
	case s.limit == 0:
	case sw.RateHeaders == "x":
		h.Set("X-RateLimit-Limit", strconv.Itoa(s.limit))
		h.Set("X-RateLimit-Remaining", strconv.Itoa(s.remaining))
		h.Set("X-RateLimit-Reset", s.reset())
	case sw.RateHeaders == "ietf":
		h.Set("RateLimit-Policy", fmt.Sprintf(`"default";q=%d;w=%d`, s.limit, int(limitWindow.Seconds())))
		h.Set("RateLimit", fmt.Sprintf(`"default";r=%d;t=%s`, s.remaining, s.reset()))
	}
	return h
}
