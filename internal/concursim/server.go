package concursim

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"net/http"
	"regexp"
	"strings"
	"time"

	"turnstone/internal/concursim/expense"
	"turnstone/internal/concursim/fault"
	"turnstone/internal/concursim/reply"
)

// maxBody is more than any request to Concur needs.
const maxBody = 1 << 20

func (s *Simulator) route() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /oauth2/v0/authorize", s.login)
	mux.HandleFunc("POST /oauth2/v0/authorize", s.login)
	mux.HandleFunc("POST /oauth2/v0/token", s.token)
	mux.HandleFunc("DELETE /app-mgmt/v0/connections", s.revoke)
	mux.HandleFunc("GET "+expense.Path, s.api(s.listReports))
	mux.HandleFunc("POST "+expense.Path, s.api(s.createReport))
	mux.HandleFunc("GET "+expense.Path+"/{id}", s.api(s.getReport))
	mux.HandleFunc("PUT "+expense.Path+"/{id}", s.api(s.updateReport))
	s.routeResources(mux)
	s.routeEvents(mux)
	s.routeControl(mux)
	return mux
}

// ServeHTTP answers as Concur would, or as the control endpoints do.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/_sim/") {
		s.routes.ServeHTTP(w, r)
		return
	}
	s.base(r)
	entry := &Request{Time: s.now(), Method: r.Method, Path: r.URL.Path, Query: redact(r.URL.RawQuery), CorrelationID: correlation(r)}
	header := w.Header()
	header.Set("concur-correlationid", entry.CorrelationID)
	header.Set("Server", "cnqr-papeete")
	header.Set("Date", s.vendorNow().Format(http.TimeFormat))
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	recording := &recorder{ResponseWriter: w, entry: entry, log: s.note}
	// A connection that is reset leaves by a panic, and is to be logged all the same.
	defer recording.note()
	s.routes.ServeHTTP(recording, r.WithContext(context.WithValue(r.Context(), entryKey{}, entry)))
}

func (s *Simulator) note(r Request) {
	s.requests.add(r)
	s.log.Debug("request", "method", r.Method, "path", r.Path, "status", r.Status, "fault", r.Fault)
}

type entryKey struct{}

// entryOf returns the log entry of a request, for handlers to add to.
func entryOf(r *http.Request) *Request {
	return r.Context().Value(entryKey{}).(*Request)
}

// recorder logs the request before its answer goes out, so that whoever has
// the answer finds the request in the log.
type recorder struct {
	http.ResponseWriter
	entry *Request
	log   func(Request)
}

func (w *recorder) note() {
	if w.log != nil {
		w.log(*w.entry)
		w.log = nil
	}
}

// WriteHeader is always called: every answer here states its status.
func (w *recorder) WriteHeader(status int) {
	w.entry.Status = status
	w.note()
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

var uuidPattern = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// correlation returns the caller's correlation id, or a new one.
func correlation(r *http.Request) string {
	if id := r.Header.Get("concur-correlationid"); uuidPattern.MatchString(id) {
		return id
	}
	return newUUID()
}

func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return expense.UUID(binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:]))
}

// api is guarded for the endpoints of reports.
func (s *Simulator) api(serve func(*http.Request, grant) reply.Reply) http.HandlerFunc {
	return s.guarded(s.allows("EXPRPT"), serve)
}

// guarded wraps an endpoint with what all share: faults, a check of the token, and the
// rate limit.
func (s *Simulator) guarded(check func(*http.Request) (grant, *reply.Reply), serve func(*http.Request, grant) reply.Reply) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		sw := s.Switches()
		f := s.luck.Draw(sw)
		entryOf(r).Fault = string(f)
		if a, replaced := s.replacement(f, sw, r); replaced {
			a.Write(w)
			return
		}
		o := outcome{fault: f, pause: time.Duration(sw.SlowMillis) * time.Millisecond}
		who, refusal := check(r)
		if refusal != nil {
			o.Reply = *refusal
			o.deliver(w, r)
			return
		}
		entryOf(r).Company = who.Company
		told, allowed := s.limits.Count(who.Company, s.now(), sw)
		if !allowed {
			entryOf(r).Fault = string(fault.Limit)
			a, _ := s.replacement(fault.Limit, sw, r)
			a.Limit, a.RetryAfter = told.Headers(sw), told.Reset()
			a.Write(w)
			return
		}
		o.Reply = serve(r, who)
		o.Limit = told.Headers(sw)
		o.deliver(w, r)
	}
}
