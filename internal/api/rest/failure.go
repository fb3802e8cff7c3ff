package rest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"turnstone"
	"turnstone/internal/auth"
	"turnstone/internal/hub"
	"turnstone/internal/instance"
	"turnstone/internal/pollerconfig"
)

// Failure is an error with the status it is answered with.
type Failure struct {
	Status          int
	message         string
	providerMessage string
	retryAfter      time.Duration
}

// Error returns the message.
func (f *Failure) Error() string { return f.message }

// Failuref returns a failure with a message for people.
func Failuref(status int, format string, args ...any) *Failure {
	return &Failure{Status: status, message: fmt.Sprintf(format, args...)}
}

// minRetry is the least that a client is asked to wait.
const minRetry = time.Second

// After says when the caller may try again, and returns the failure.
func (f *Failure) After(wait time.Duration) *Failure {
	f.retryAfter = wait
	return f
}

// failureJSON is the body of every error.
type failureJSON struct {
	RequestID       string `json:"requestId"`
	Message         string `json:"message"`
	ProviderMessage string `json:"providerMessage,omitempty"`
}

// FailureOf returns what is answered for an error. One that nobody foresaw shows
// nothing of itself.
func FailureOf(err error) *Failure {
	if f, ok := errors.AsType[*Failure](err); ok {
		return f
	}
	if problems, ok := errors.AsType[instance.Problems](err); ok {
		return Failuref(http.StatusBadRequest, "%s", problems.Error())
	}
	if problems, ok := errors.AsType[pollerconfig.Problems](err); ok {
		return Failuref(http.StatusBadRequest, "%s", problems.Error())
	}
	if wrong, ok := errors.AsType[*hub.RequestError](err); ok {
		return Failuref(hubStatus(wrong), "%s", wrong.Error())
	}
	if limit, ok := errors.AsType[*turnstone.LimitError](err); ok {
		return limitFailure(limit)
	}
	if f := vendorFailure(err); f != nil {
		return f
	}
	switch {
	case errors.Is(err, auth.ErrUnauthorized):
		return Failuref(http.StatusUnauthorized, "%v", err)
	case errors.Is(err, turnstone.ErrNotFound):
		return Failuref(http.StatusNotFound, "what the path names does not exist any more")
	case errors.Is(err, turnstone.ErrConflict):
		return Failuref(http.StatusConflict, "the instance was changed at the same time by others; send the request again")
	case errors.Is(err, turnstone.ErrUnavailable):
		return Failuref(http.StatusServiceUnavailable, "the database does not answer; send the request again")
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return Failuref(http.StatusServiceUnavailable, "the request was given up before it was done; send it again")
	}
	return Failuref(http.StatusInternalServerError, "internal error; the requestId finds it in the log")
}

// hubStatus returns the status for a hub request that cannot be served: its path is
// wrong, or what it asks.
func hubStatus(e *hub.RequestError) int {
	switch e.Param {
	case "resource":
		return http.StatusNotFound
	case "method":
		return http.StatusMethodNotAllowed
	}
	return http.StatusBadRequest
}

// vendorFailure returns what is answered for an error that comes from a vendor;
// nil if it does not.
func vendorFailure(err error) *Failure {
	vendor, answered := errors.AsType[*turnstone.VendorError](err)
	refused := errors.Is(err, turnstone.ErrUnauthenticated)
	if !answered && !refused {
		return nil
	}
	f := Failuref(http.StatusUnauthorized, "%v", err)
	if answered {
		f.providerMessage, f.retryAfter = vendor.Message, cmp.Or(vendor.Wait, vendor.MinWait)
	}
	if !refused {
		f.Status = vendorStatus(vendor)
	}
	return f
}

// vendorStatus returns the status that stands for a vendor's answer. Those that
// the platform documents are passed on.
func vendorStatus(e *turnstone.VendorError) int {
	switch {
	case e.Action == turnstone.VendorWait:
		return http.StatusTooManyRequests
	case e.Action == turnstone.VendorRetry, e.Status >= http.StatusInternalServerError,
		e.Err != nil && e.Status < http.StatusBadRequest: // no answer, or none that can be read
		return http.StatusBadGateway
	}
	switch e.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed,
		http.StatusNotAcceptable, http.StatusConflict, http.StatusUnsupportedMediaType:
		return e.Status
	}
	return http.StatusBadRequest
}

// Excerpt returns text in quotes, cut to what an error message can hold.
func Excerpt(text string) string {
	const longest = 60
	if runes := []rune(text); len(runes) > longest {
		return strconv.Quote(string(runes[:longest])) + "…"
	}
	return strconv.Quote(text)
}
