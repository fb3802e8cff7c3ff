package provider

import (
	"net/http"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"turnstone/internal/element"
	"turnstone/internal/ratelimit"
)

// Action is what an answer means, in the words of the element format.
type Action string

// What an answer can mean.
const (
	Success         Action = "SUCCESS"
	Fail            Action = "FAIL"
	Retry           Action = "RETRY"
	Ignore          Action = "IGNORE"
	NotFound        Action = "NOT_FOUND"
	RateLimited     Action = "RATE_LIMITED"
	ResetPagination Action = "RESET_PAGINATION"
	RefreshToken    Action = "REFRESH_TOKEN_THEN_RETRY"
)

// Response is what there is to classify.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	JSON   bool // whether Body is valid JSON; if not, no path is present in it

	doc document // of Body, where it has been read
}

// Verdict is what an answer means, and why.
type Verdict struct {
	Action  Action
	Message string        // the vendor's own words, or the beginning of the body, as they came; empty on success
	Wait    time.Duration // after RateLimited: what the answer asks for; 0: it does not say
	MinWait time.Duration // after RateLimited, if the answer does not say: of the handler
	MaxWait time.Duration // likewise: of the filter
}

// Classify says what an answer means. The first response filter that matches
// decides; without one the status does, as element.ErrorHandler says.
func Classify(h element.ErrorHandler, r Response) Verdict {
	v := Verdict{Action: byStatus(r.Status)}
	declared := time.Duration(0)
	for _, f := range h.Filters {
		if (f.Path == "" || r.JSON && !r.doc.lacks(f.Path)) && f.Holds(r.Status, r.Body) {
			v.Action, declared = Action(f.Action), time.Duration(f.Wait)
			break
		}
	}
	if v.Action == Success || v.Action == Ignore {
		return v
	}
	v.Message = message(h.Messages, r)
	if v.Action == RateLimited {
		v.Wait, _ = ratelimit.RetryAfter(r.Header)
		v.MinWait, v.MaxWait = time.Duration(h.MinWait), declared
	}
	return v
}

func byStatus(status int) Action {
	switch {
	case status >= 200 && status < 300:
		return Success
	case status == http.StatusUnauthorized:
		return RefreshToken
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
		return RateLimited
	case status == http.StatusRequestTimeout, status >= 500:
		return Retry
	}
	return Fail
}

// message returns the vendor's words for people: the first of paths that holds
// some, otherwise the body. A redirect says where it leads, because that
// is what to correct in the element or in base.url.
func message(paths []string, r Response) string {
	if to := r.Header.Get("Location"); to != "" && r.Status >= 300 && r.Status < 400 {
		return "a redirect to " + to + ", which is not followed; if that is the right place, name it in base.url"
	}
	if r.Status == http.StatusNotModified {
		return "not modified, which only a request with a condition may be told; a cache before the vendor answers wrongly"
	}
	if r.JSON {
		for _, path := range paths {
			if text := strings.TrimSpace(gjson.GetBytes(r.Body, path).String()); text != "" {
				return text
			}
		}
	}
	return string(r.Body[:min(len(r.Body), maxSearched)])
}
