package api

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"turnstone/internal/auth"
)

// Headers of answers.
const (
	headerRequestID  = "Elements-Request-Id"
	headerNextPage   = "Elements-Next-Page-Token"
	headerReturned   = "Elements-Returned-Count"
	headerTotal      = "Elements-Total-Count"
	headerInstanceID = "Elements-Element-Instance-Id"
)

// exposedHeaders lets scripts in browsers read them.
const exposedHeaders = "Elements-Returned-Count, Elements-Total-Count, Elements-Request-Id, Elements-Next-Page-Token, " +
	"Elements-Trace-Id, Elements-Error, Content-Disposition"

// endpoint answers a call with what is to be rendered as JSON; nil is an empty
// object.
type endpoint func(c *call) (any, error)

// call is a request being answered.
type call struct {
	*http.Request

	id       string      // the requestId
	header   http.Header // of the answer
	body     http.ResponseWriter
	identity auth.Identity
	element  string // key of the element whose instances the path is about; empty: all
	instance int64  // that the call is about, for the log; 0: none
}

// handle makes a handler of an endpoint. It is the one place where answers and
// errors are rendered and logged.
func (a *API) handle(answer endpoint) routed {
	return func(w http.ResponseWriter, r *http.Request) {
		c := &call{Request: r, id: newRequestID(), header: w.Header(), body: w}
		start := a.Now()
		status, err := a.render(w, c, answer)
		a.log(c, outcome{status: status, took: a.Now().Sub(start), err: err})
	}
}

// newRequestID returns 24 hexadecimal digits, as the platform's ids have.
func newRequestID() string {
	var random [12]byte
	_, _ = rand.Read(random[:]) // never fails
	return hex.EncodeToString(random[:])
}

// render answers the call and returns the status, and what went wrong.
func (a *API) render(w http.ResponseWriter, c *call, answer endpoint) (int, error) {
	c.header.Set(headerRequestID, c.id)
	c.header.Set("Access-Control-Expose-Headers", exposedHeaders)
	c.header.Set("Content-Type", "application/json;charset=UTF-8")
	c.header.Set("X-Content-Type-Options", "nosniff")
	c.header.Set("Cache-Control", "no-store")
	value, err := safely(c, answer)
	var text []byte
	if err == nil {
		text, err = encode(value)
	}
	status := http.StatusOK
	if err != nil {
		f := failureOf(err)
		status = f.status
		if f.retryAfter > 0 {
			c.header.Set("Retry-After", strconv.Itoa(int((f.retryAfter+time.Second-1)/time.Second)))
		}
		text, _ = encode(failureJSON{c.id, f.message, f.providerMessage}) // three texts: always possible
	}
	c.header.Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = w.Write(text) // the client may have gone
	return status, err
}

// safely calls the endpoint and turns a panic into an error, with the stack for
// the log.
func safely(c *call, answer endpoint) (value any, err error) {
	defer func() {
		if p := recover(); p != nil {
			value, err = nil, fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return answer(c)
}

// encode renders a value as compact JSON, with <, > and & as they are: the
// platform did not escape them, and the content type says that it is no HTML.
func encode(value any) ([]byte, error) {
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
}

// log writes one line a request. The query is left out: where clauses hold
// people's data.
func (a *API) log(c *call, o outcome) {
	attrs := []slog.Attr{
		slog.String("request", c.id), slog.String("method", c.Method), slog.String("route", c.Pattern),
		slog.Int("status", o.status), slog.Duration("took", o.took),
	}
	if c.identity.AccountID != 0 {
		attrs = append(attrs, slog.Int64("account", c.identity.AccountID))
	}
	if c.instance != 0 {
		attrs = append(attrs, slog.Int64("instance", c.instance))
	}
	if o.err != nil {
		attrs = append(attrs, slog.Any("err", o.err))
	}
	a.Log.LogAttrs(c.Context(), levelOf(c, o), "api request", attrs...)
}

// levelOf returns how much a request matters to the operator. Probes come every
// few seconds.
func levelOf(c *call, o outcome) slog.Level {
	switch {
	case c.URL.Path == "/healthz", c.URL.Path == "/readyz":
		return slog.LevelDebug
	case o.status >= http.StatusInternalServerError:
		return slog.LevelError
	case o.err == nil && !strings.HasPrefix(c.URL.Path, prefix):
		return slog.LevelDebug
	}
	return slog.LevelInfo
}
