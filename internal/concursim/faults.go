package concursim

import (
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// fault is what goes wrong with one request to the API; "" is nothing.
type fault string

const (
	limitFault     fault = "limit"
	limit400Fault  fault = "limit400"
	error500Fault  fault = "error500"
	error503Fault  fault = "error503"
	errorIn200     fault = "errorIn200"
	htmlFault      fault = "html"
	wrongTypeFault fault = "wrongType"
	truncateFault  fault = "truncate"
	slowFault      fault = "slow"
	resetFault     fault = "reset"
	listGapFault   fault = "listGap"
	tokenFault     fault = "token500"
)

// faults draws from a source of its own, so that the n-th request meets the
// same fate in every run, whatever happens to the reports meanwhile.
type faults struct {
	mu    sync.Mutex
	rng   *rand.Rand
	drawn int
	lists int
}

func newFaults(seed uint64) faults {
	return faults{rng: rand.New(rand.NewPCG(seed, 2))}
}

type share struct {
	fault fault
	of    float64
}

func (sw Switches) shares() []share {
	return []share{
		{limitFault, sw.LimitShare},
		{limit400Fault, sw.Limit400Share},
		{error500Fault, sw.Error500Share},
		{error503Fault, sw.Error503Share},
		{errorIn200, sw.ErrorIn200Share},
		{htmlFault, sw.HTMLShare},
		{wrongTypeFault, sw.WrongTypeShare},
		{truncateFault, sw.TruncateShare},
		{slowFault, sw.SlowShare},
		{resetFault, sw.ResetShare},
	}
}

func (sw Switches) faultShares() float64 {
	sum := 0.0
	for _, s := range sw.shares() {
		sum += s.of
	}
	return sum
}

func (f *faults) draw(sw Switches) fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.drawn++
	chance := f.rng.Float64()
	if sw.LimitEvery > 0 && f.drawn%sw.LimitEvery == 0 {
		return limitFault
	}
	for _, s := range sw.shares() {
		if chance < s.of {
			return s.fault
		}
		chance -= s.of
	}
	return ""
}

// gap decides whether a list answer lacks reports. It draws nothing unless that may
// be, so that the switch changes no other's luck.
func (f *faults) gap(sw Switches) bool { return f.happens(sw.ListGapShare) }

// token decides whether a token request fails.
func (f *faults) token(sw Switches) bool { return f.happens(sw.TokenErrorShare) }

func (f *faults) happens(share float64) bool {
	if share <= 0 {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.rng.Float64() < share
}

// lags decides whether a list comes from the replica that lags: every second one does.
func (f *faults) lags(sw Switches) bool {
	if sw.ReplicaLag <= 0 {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lists++
	return f.lists%2 == 0
}

// validRetryAfter tells whether text is a number of seconds or none.
func validRetryAfter(text string) bool {
	_, err := strconv.ParseUint(text, 10, 31)
	return text == "none" || err == nil
}

// replacement is what some faults answer instead of doing what was asked.
func (s *Simulator) replacement(f fault, sw Switches, r *http.Request) (answer, bool) {
	switch f {
	case limitFault:
		a := asJSON(http.StatusTooManyRequests, map[string]any{
			"httpStatus": "429 - Too Many Requests",
			"error":      map[string]string{"id": "security.rate.limit.reached", "message": "Too many requests"},
			"path":       r.URL.Path,
		})
		if sw.RetryAfter != "none" {
			a.retryAfter = sw.RetryAfter
		}
		return a, true
	case limit400Fault:
		return s.failure(r, http.StatusBadRequest, "The number of requests exceeds the request limit"), true
	case error500Fault:
		return s.failure(r, http.StatusInternalServerError, "An unexpected error occurred"), true
	case error503Fault:
		return answer{status: http.StatusServiceUnavailable, contentType: htmlType, body: []byte("<html><body><h1>Service Unavailable</h1></body></html>")}, true
	case errorIn200:
		return s.failure(r, http.StatusOK, "The request could not be processed"), true
	case htmlFault:
		return answer{status: http.StatusOK, contentType: htmlType, body: []byte("<!DOCTYPE html><html><body>Scheduled maintenance</body></html>")}, true
	default:
		return answer{}, false
	}
}

// deliver writes a, spoiled by the fault.
func (f fault) deliver(w http.ResponseWriter, r *http.Request, a answer, sw Switches) {
	switch f {
	case wrongTypeFault:
		a.contentType = "text/plain"
	case truncateFault:
		a.body = a.body[:len(a.body)/2]
	case slowFault:
		a.dawdle(w, r, time.Duration(sw.SlowMillis)*time.Millisecond)
		return
	case resetFault:
		reset(w)
	}
	a.write(w)
}

// dawdle pauses in the middle of the body.
func (a answer) dawdle(w http.ResponseWriter, r *http.Request, pause time.Duration) {
	a.writeHeader(w)
	half := len(a.body) / 2
	_, _ = w.Write(a.body[:half])
	_ = http.NewResponseController(w).Flush() // a recorder in a test need not be able to
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		_, _ = w.Write(a.body[half:])
	case <-r.Context().Done():
	}
}

// reset ends the connection without an answer: with a TCP reset where it can
// be had, and otherwise as net/http aborts a handler. It does not return.
func reset(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = conn.Close()
	}
	panic(http.ErrAbortHandler)
}
