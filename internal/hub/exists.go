package hub

import (
	"context"
	"errors"
	"net/http"

	"turnstone"
)

// Exists reports whether the vendor still has a record, by asking for it: there is
// none where it answers 404 or 410, or what the element says to ignore, or a
// record that it marks as deleted. Every other answer but 200 with a record is an
// error, as of Retrieve: a vendor that fails, refuses or is not sure says nothing
// about its records. It returns a *[RequestError] where Retrieve does, and where
// Resource.Confirms says that the answer would tell nothing.
func (h *Hub) Exists(ctx context.Context, in turnstone.Instance, ref Ref) (bool, error) {
	el, err := h.elementOf(ctx, in)
	if err != nil {
		return false, err
	}
	call, err := operation{name: "retrieve", ref: ref}.call(el)
	if err != nil {
		return false, err
	}
	resource, err := resourceNamed(el, ref.Resource)
	if err != nil {
		return false, err
	}
	if !resource.Confirms() {
		return false, badRequest("method", "the retrieve of %s needs more than an id, so that it does not tell whether a record exists", ref.Resource)
	}
	call.Instance = in
	answer, err := h.ask(ctx, call)
	if err != nil {
		return false, unlessAbsent(err)
	}
	switch {
	case answer.Ignored:
		return false, nil
	case answer.Status != http.StatusOK:
		return false, unusable(answer, errors.New("the answer does not tell whether the record exists"))
	}
	return !resource.Incremental.Deleted(answer.Body), nil
}

// unlessAbsent returns no error for an answer that says that a record does not
// exist. An element that says to try such answers again, or to wait, knows better.
func unlessAbsent(err error) error {
	problem, ok := errors.AsType[*turnstone.VendorError](err)
	absent := ok && problem.Action == turnstone.VendorFail && (problem.Status == http.StatusNotFound || problem.Status == http.StatusGone)
	if absent {
		return nil
	}
	return err
}
