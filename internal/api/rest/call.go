package rest

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"turnstone/internal/auth"
)

// Headers of answers.
const (
	HeaderRequestID  = "Elements-Request-Id"
	HeaderNextPage   = "Elements-Next-Page-Token"
	HeaderReturned   = "Elements-Returned-Count"
	HeaderTotal      = "Elements-Total-Count"
	HeaderInstanceID = "Elements-Element-Instance-Id"
)

// exposedHeaders lets scripts in browsers read them.
const exposedHeaders = "Elements-Returned-Count, Elements-Total-Count, Elements-Request-Id, Elements-Next-Page-Token, " +
	"Elements-Trace-Id, Elements-Error, Content-Disposition"

// Call is a request being answered.
type Call struct {
	*http.Request

	ID         string        // the requestId
	Reply      http.Header   // of the answer
	Identity   auth.Identity // zero where nobody had to say who they are
	Element    string        // key of the element whose instances the path is about; empty: all
	InstanceID int64         // that the call is about, for the log; 0: none

	body    http.ResponseWriter
	changed []string // fields, for the journal
}

// Stream is an answer that is not JSON, or too long to be held in memory.
type Stream struct {
	ContentType string
	Name        string // of the file that a browser saves it as; empty: it shows it
	// Write writes the answer. If it fails the connection is cut, so that half an
	// answer does not look like a whole one.
	Write func(w io.Writer) error
}

// handle makes a handler of an endpoint. It is the one place where answers and
// errors are rendered and logged.
func (s *Server) handle(answer Endpoint) routed {
	return func(w http.ResponseWriter, r *http.Request) {
		c := &Call{Request: r, ID: newRequestID(), Reply: w.Header(), body: w}
		start := s.Now()
		o := s.render(w, c, answer)
		o.took = s.Now().Sub(start)
		s.log(c, o)
		if o.cut {
			panic(http.ErrAbortHandler)
		}
	}
}

// newRequestID returns 24 hexadecimal digits, as the platform's ids have.
func newRequestID() string {
	var random [12]byte
	_, _ = rand.Read(random[:]) // never fails
	return hex.EncodeToString(random[:])
}

// render answers the call.
func (s *Server) render(w http.ResponseWriter, c *Call, answer Endpoint) outcome {
	c.Reply.Set(HeaderRequestID, c.ID)
	c.Reply.Set("Access-Control-Expose-Headers", exposedHeaders)
	c.Reply.Set("Content-Type", "application/json;charset=UTF-8")
	c.Reply.Set("X-Content-Type-Options", "nosniff")
	c.Reply.Set("Cache-Control", "no-store")
	value, err := safely(c, answer)
	if stream, ok := value.(Stream); ok && err == nil {
		return stream.send(w)
	}
	var text []byte
	if err == nil {
		text, err = Encode(value)
	}
	status := http.StatusOK
	if err != nil {
		f := FailureOf(err)
		status = f.Status
		if f.retryAfter > 0 {
			c.Reply.Set("Retry-After", strconv.Itoa(int((f.retryAfter+time.Second-1)/time.Second)))
		}
		text, _ = Encode(failureJSON{c.ID, f.message, f.providerMessage}) // three texts: always possible
	}
	c.Reply.Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = w.Write(text) // the client may have gone
	return outcome{status: status, err: err}
}

// send answers with the stream.
func (s Stream) send(w http.ResponseWriter) outcome {
	w.Header().Set("Content-Type", s.ContentType)
	if s.Name != "" {
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": s.Name}))
	}
	w.WriteHeader(http.StatusOK)
	err := s.Write(w)
	return outcome{status: http.StatusOK, err: err, cut: err != nil}
}

// safely calls the endpoint and turns a panic into an error, with the stack for
// the log.
func safely(c *Call, answer Endpoint) (value any, err error) {
	defer func() {
		if p := recover(); p != nil {
			value, err = nil, fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return answer(c)
}

// Encode renders a value as compact JSON, with <, > and & as they are: the
// platform did not escape them, and the content type says that it is no HTML.
func Encode(value any) ([]byte, error) {
	if value == nil {
		return []byte("{}"), nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return nil, fmt.Errorf("render the answer: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), nil
}

// outcome is what became of a call.
type outcome struct {
	status int
	took   time.Duration
	err    error
	cut    bool // the answer had begun when it failed
}

// log writes one line a request. The query is left out: where clauses hold
// people's data.
func (s *Server) log(c *Call, o outcome) {
	attrs := []slog.Attr{
		slog.String("request", c.ID), slog.String("method", c.Method), slog.String("route", c.Pattern),
		slog.Int("status", o.status), slog.Duration("took", o.took),
	}
	if c.Identity.AccountID != 0 {
		attrs = append(attrs, slog.Int64("account", c.Identity.AccountID))
	}
	if c.InstanceID != 0 {
		attrs = append(attrs, slog.Int64("instance", c.InstanceID))
	}
	if o.err != nil {
		attrs = append(attrs, slog.Any("err", o.err))
	}
	s.Log.LogAttrs(c.Context(), levelOf(c, o), "api request", attrs...)
}

// levelOf returns how much a request matters to the operator. Probes come every
// few seconds.
func levelOf(c *Call, o outcome) slog.Level {
	switch {
	case c.URL.Path == "/healthz", c.URL.Path == "/readyz":
		return slog.LevelDebug
	case o.status >= http.StatusInternalServerError:
		return slog.LevelError
	case o.err == nil && !strings.HasPrefix(c.URL.Path, Prefix):
		return slog.LevelDebug
	}
	return slog.LevelInfo
}
