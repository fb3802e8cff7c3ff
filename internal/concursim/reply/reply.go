// Package reply holds the answers of the simulated Concur before they are written,
// so that a fault can spoil them, and reads what clients send.
//
// It knows the shapes that Concur's services share, such as the errors of each
// generation of its APIs, and nothing of what the services are about.
package reply

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Reply is a response before it is written.
type Reply struct {
	Status int
	// Type is the content type; empty: there is no body.
	Type       string
	RetryAfter string
	ETag       string
	Modified   time.Time   // for Last-Modified; zero: not told
	Limit      http.Header // what is told of the rate limit
	Body       []byte
}

// Types of content.
const (
	JSONType = "application/json"
	XMLType  = "application/xml"
	HTMLType = "text/html; charset=utf-8"
)

// Write writes all of the reply.
func (a Reply) Write(w http.ResponseWriter) {
	a.WriteHeader(w)
	_, _ = w.Write(a.Body) // a client that has gone away is no concern of the vendor's
}

// WriteHeader writes the status and the headers.
func (a Reply) WriteHeader(w http.ResponseWriter) {
	if a.Type != "" {
		w.Header().Set("Content-Type", a.Type)
		w.Header().Set("Content-Length", strconv.Itoa(len(a.Body)))
	}
	if a.RetryAfter != "" {
		w.Header().Set("Retry-After", a.RetryAfter)
	}
	if a.ETag != "" {
		w.Header().Set("ETag", a.ETag)
	}
	if !a.Modified.IsZero() {
		w.Header().Set("Last-Modified", a.Modified.UTC().Format(http.TimeFormat))
	}
	maps.Copy(w.Header(), a.Limit)
	w.WriteHeader(a.Status)
}

// WantsJSON tells whether the caller asked for JSON. Concur's older APIs answer
// in XML otherwise.
func WantsJSON(r *http.Request) bool {
	return strings.Contains(strings.Join(r.Header.Values("Accept"), ","), JSONType)
}

// JSON is a reply with a value.
func JSON(status int, value any) Reply {
	body, err := json.Marshal(value)
	if err != nil { // every value answered here has a JSON form
		return Reply{Status: http.StatusInternalServerError, Type: "text/plain", Body: []byte(err.Error())}
	}
	return Reply{Status: status, Type: JSONType, Body: body}
}

// Conditional adds an ETag to the reply, or says that it is what the client knows.
func (a Reply) Conditional(r *http.Request) Reply {
	sum := sha256.Sum256(a.Body)
	a.ETag = `"` + hex.EncodeToString(sum[:8]) + `"`
	if strings.Contains(r.Header.Get("If-None-Match"), a.ETag) {
		a.Status, a.Type, a.Body = http.StatusNotModified, "", nil
	}
	return a
}

// Message is the bare error of a body that API v3 cannot take.
func Message(err error) Reply {
	return JSON(http.StatusBadRequest, map[string]string{"Message": err.Error()})
}
