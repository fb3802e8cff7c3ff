package api

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

// failure is an error with the status it is answered with.
type failure struct {
	status          int
	message         string
	providerMessage string
	retryAfter      time.Duration
}

// Error returns the message.
func (f *failure) Error() string { return f.message }

func failuref(status int, format string, args ...any) *failure {
	return &failure{status: status, message: fmt.Sprintf(format, args...)}
}

// failureJSON is the body of every error.
type failureJSON struct {
	RequestID       string `json:"requestId"`
	Message         string `json:"message"`
	ProviderMessage string `json:"providerMessage,omitempty"`
}

// failureOf returns what is answered for an error. One that nobody foresaw shows
// nothing of itself.
func failureOf(err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	if problems, ok := errors.AsType[instance.Problems](err); ok {
		return failuref(http.StatusBadRequest, "%s", problems.Error())
	}
	if problems, ok := errors.AsType[pollerconfig.Problems](err); ok {
		return failuref(http.StatusBadRequest, "%s", problems.Error())
	}
	if wrong, ok := errors.AsType[*hub.RequestError](err); ok {
		return failuref(hubStatus(wrong), "%s", wrong.Error())
	}
	if f := vendorFailure(err); f != nil {
		return f
	}
	switch {
	case errors.Is(err, auth.ErrUnauthorized):
		return failuref(http.StatusUnauthorized, "%v", err)
	case errors.Is(err, turnstone.ErrNotFound):
		return failuref(http.StatusNotFound, "what the path names does not exist any more")
	case errors.Is(err, turnstone.ErrConflict):
		return failuref(http.StatusConflict, "the instance was changed at the same time by others; send the request again")
	case errors.Is(err, turnstone.ErrUnavailable):
		return failuref(http.StatusServiceUnavailable, "the database does not answer; send the request again")
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return failuref(http.StatusServiceUnavailable, "the request was given up before it was done; send it again")
	}
	return failuref(http.StatusInternalServerError, "internal error; the requestId finds it in the log")
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
func vendorFailure(err error) *failure {
	vendor, answered := errors.AsType[*turnstone.VendorError](err)
	refused := errors.Is(err, turnstone.ErrUnauthenticated)
	if !answered && !refused {
		return nil
	}
	f := failuref(http.StatusUnauthorized, "%v", err)
	if answered {
		f.providerMessage, f.retryAfter = vendor.Message, cmp.Or(vendor.Wait, vendor.MinWait)
	}
	if !refused {
		f.status = vendorStatus(vendor)
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

// excerpt returns text in quotes, cut to what an error message can hold.
func excerpt(text string) string {
	const longest = 60
	if runes := []rune(text); len(runes) > longest {
		return strconv.Quote(string(runes[:longest])) + "…"
	}
	return strconv.Quote(text)
}
