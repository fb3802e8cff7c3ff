package concursim

import (
	"net/http"

	"turnstone/internal/concursim/reply"
)

// failure is an error in the shape of API v3.
func (s *Simulator) failure(r *http.Request, status int, message string) reply.Reply {
	return s.problemOf(r, status, message).Classic(r)
}

// problemOf is an error of the request that has no shape yet.
func (s *Simulator) problemOf(r *http.Request, status int, message string) reply.Failure {
	return reply.Failure{Status: status, Message: message, ID: entryOf(r).CorrelationID, Time: s.vendorNow()}
}

// refuse is a failure with 400.
func (s *Simulator) refuse(r *http.Request, err error) reply.Reply {
	return s.failure(r, http.StatusBadRequest, err.Error())
}
