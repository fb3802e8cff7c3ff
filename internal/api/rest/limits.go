package rest

import (
	"context"
	"net/http"

	"turnstone"
)

// Limits hold accounts to what the operator allows them at a moment.
type Limits interface {
	// Admit counts a request of an account, or answers a *turnstone.LimitError.
	Admit(ctx context.Context, accountID int64) error
	// Enter counts a hub call of an account until leave is called, or answers a
	// *turnstone.LimitError.
	Enter(ctx context.Context, accountID int64) (leave func(), err error)
}

// admit lets a caller in whose account may send another request.
func (s *Server) admit(c *Call) error {
	if s.Limits == nil {
		return nil
	}
	return s.Limits.Admit(c.Context(), c.Identity.AccountID)
}

// HubCall makes an endpoint one whose calls count as hub calls under way.
func (s *Server) HubCall(answer Endpoint) Endpoint {
	return func(c *Call) (any, error) {
		if s.Limits == nil {
			return answer(c)
		}
		leave, err := s.Limits.Enter(c.Context(), c.Identity.AccountID)
		if err != nil {
			return nil, err
		}
		defer leave()
		return answer(c)
	}
}

// limitFailure returns what is answered to who has reached a limit: to try later, or that
// it is not allowed.
func limitFailure(e *turnstone.LimitError) *Failure {
	switch e.Limit {
	case turnstone.LimitRequests, turnstone.LimitHubCalls, turnstone.LimitBulkJobs:
		return Failuref(http.StatusTooManyRequests, "%v", e).After(max(e.Wait, minRetry))
	}
	return Failuref(http.StatusForbidden, "%v", e)
}
