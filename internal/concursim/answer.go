package concursim

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"turnstone/internal/concursim/expense"
)

// answer is a response before it is written, so that a fault can spoil it.
type answer struct {
	status      int
	contentType string
	retryAfter  string
	etag        string
	modified    time.Time   // for Last-Modified; zero: not told
	limit       http.Header // what is told of the rate limit
	body        []byte
}

const (
	jsonType = "application/json"
	xmlType  = "application/xml"
	htmlType = "text/html; charset=utf-8"
)

func (a answer) write(w http.ResponseWriter) {
	a.writeHeader(w)
	_, _ = w.Write(a.body) // a client that has gone away is no concern of the vendor's
}

func (a answer) writeHeader(w http.ResponseWriter) {
	if a.contentType != "" {
		w.Header().Set("Content-Type", a.contentType)
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	if a.retryAfter != "" {
		w.Header().Set("Retry-After", a.retryAfter)
	}
	if a.etag != "" {
		w.Header().Set("ETag", a.etag)
	}
	if !a.modified.IsZero() {
		w.Header().Set("Last-Modified", a.modified.UTC().Format(http.TimeFormat))
	}
	maps.Copy(w.Header(), a.limit)
	w.WriteHeader(a.status)
}

// wantsJSON tells whether the caller asked for JSON. Concur's older APIs answer
// in XML otherwise.
func wantsJSON(r *http.Request) bool {
	return strings.Contains(strings.Join(r.Header.Values("Accept"), ","), jsonType)
}

// failure is an error in the shape of API v3.
func (s *Simulator) failure(r *http.Request, status int, message string) answer {
	id := strings.ToUpper(entryOf(r).CorrelationID)
	serverTime := s.vendorNow().Format("2006-01-02T15:04:05")
	if wantsJSON(r) {
		return asJSON(status, map[string]any{"Error": map[string]string{"Message": message, "Server-Time": serverTime, "Id": id}})
	}
	var b bytes.Buffer
	expense.Element(&b, "Error", "", func() {
		expense.Text(&b, "Message", message)
		expense.Text(&b, "Server-Time", serverTime)
		expense.Text(&b, "Id", id)
	})
	return answer{status: status, contentType: xmlType, body: b.Bytes()}
}

// refuse is a failure with 400.
func (s *Simulator) refuse(r *http.Request, err error) answer {
	return s.failure(r, http.StatusBadRequest, err.Error())
}

func asJSON(status int, value any) answer {
	body, err := json.Marshal(value)
	if err != nil { // every value answered here has a JSON form
		return answer{status: http.StatusInternalServerError, contentType: "text/plain", body: []byte(err.Error())}
	}
	return answer{status: status, contentType: jsonType, body: body}
}
