package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"turnstone"
)

// unbuilt says why there is no request: through the fault of whoever configured
// or made the call, unless the vendor named a page that must not be asked for.
func unbuilt(call Call, err error) error {
	if _, ok := errors.AsType[*turnstone.VendorError](err); ok {
		return err
	}
	return &CallError{Element: call.Element.Key, Err: err}
}

// vendorProblem says that no usable answer came: as a passing fault of the
// vendor, unless it was the caller who gave up.
func vendorProblem(ctx context.Context, a Answer, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", a.URL, context.Cause(ctx))
	}
	action := turnstone.VendorRetry
	if errors.Is(err, errTooLarge) {
		action = turnstone.VendorFail
	}
	return a.problem(action, err)
}

// vendorActions is what the caller has to do after each action but the ones
// that conclude deals with itself.
var vendorActions = map[Action]turnstone.VendorAction{
	Fail:            turnstone.VendorFail,
	NotFound:        turnstone.VendorFail,
	Retry:           turnstone.VendorRetry,
	RateLimited:     turnstone.VendorWait,
	ResetPagination: turnstone.VendorRestart,
}

// conclude turns what an answer means into what Do returns.
func conclude(a Answer, v Verdict) (Answer, error) {
	switch v.Action {
	case Success:
		return a, nil
	case Ignore:
		a.Body, a.doc, a.Ignored = nil, document{}, true
		return a, nil
	case RefreshToken:
		return Answer{}, refused(a, v)
	}
	if v.Action == NotFound {
		a.Status = http.StatusNotFound // what the vendor means, for all who ask for the status
	}
	err := a.problem(vendorActions[v.Action], nil)
	err.Message, err.Wait, err.MinWait, err.MaxWait = v.Message, v.Wait, v.MinWait, v.MaxWait
	return Answer{}, err
}

// refused is the error for a credential that did not help, though it is as new
// as it can be. Vendors say 401 where they do not know who asks; where they do,
// asking for another credential would get the same answer.
func refused(a Answer, v Verdict) error {
	err := a.problem(turnstone.VendorFail, nil)
	err.Message = v.Message
	if a.Status == http.StatusUnauthorized {
		err.Err = fmt.Errorf("%w: the vendor does not accept the credential: %s", turnstone.ErrUnauthenticated, v.Message)
		return err
	}
	err.Err = fmt.Errorf("not permitted, although the credential is fresh; give the vendor account the role and the scopes that this needs: %s", v.Message)
	return err
}
