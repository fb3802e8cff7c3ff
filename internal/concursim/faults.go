package concursim

import (
	"net"
	"net/http"
	"time"

	"turnstone/internal/concursim/fault"
	"turnstone/internal/concursim/reply"
)

// replacement is what some faults answer instead of doing what was asked.
func (s *Simulator) replacement(f fault.Fault, sw Switches, r *http.Request) (reply.Reply, bool) {
	switch f {
	case fault.Limit:
		a := reply.JSON(http.StatusTooManyRequests, map[string]any{
			"httpStatus": "429 - Too Many Requests",
			"error":      map[string]string{"id": "security.rate.limit.reached", "message": "Too many requests"},
			"path":       r.URL.Path,
		})
		if sw.RetryAfter != "none" {
			a.RetryAfter = sw.RetryAfter
		}
		return a, true
	case fault.Limit400:
		return s.failure(r, http.StatusBadRequest, "The number of requests exceeds the request limit"), true
	case fault.Error500:
		return s.failure(r, http.StatusInternalServerError, "An unexpected error occurred"), true
	case fault.Error503:
		return reply.Reply{Status: http.StatusServiceUnavailable, Type: reply.HTMLType, Body: []byte("<html><body><h1>Service Unavailable</h1></body></html>")}, true
	case fault.ErrorIn200:
		return s.failure(r, http.StatusOK, "The request could not be processed"), true
	case fault.HTML:
		return reply.Reply{Status: http.StatusOK, Type: reply.HTMLType, Body: []byte("<!DOCTYPE html><html><body>Scheduled maintenance</body></html>")}, true
	default:
		return reply.Reply{}, false
	}
}

// outcome is a reply and the fault that befalls it on its way.
type outcome struct {
	reply.Reply
	fault fault.Fault
	pause time.Duration // of a slow one
}

// deliver writes the reply, spoiled by the fault.
func (o outcome) deliver(w http.ResponseWriter, r *http.Request) {
	switch o.fault {
	case fault.WrongType:
		o.Type = "text/plain"
	case fault.Truncate:
		o.Body = o.Body[:len(o.Body)/2]
	case fault.Slow:
		o.dawdle(w, r)
		return
	case fault.Reset:
		reset(w)
	}
	o.Write(w)
}

// dawdle pauses in the middle of the body.
func (o outcome) dawdle(w http.ResponseWriter, r *http.Request) {
	o.WriteHeader(w)
	half := len(o.Body) / 2
	_, _ = w.Write(o.Body[:half])
	_ = http.NewResponseController(w).Flush() // a recorder in a test need not be able to
	timer := time.NewTimer(o.pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		_, _ = w.Write(o.Body[half:])
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
