package provider

import (
	"errors"
	"time"

	"turnstone"
)

// Exchange is a request to a vendor and what came of it, for statistics.
type Exchange struct {
	Element  string // its key
	Instance int64
	Method   string
	Status   int           // 0: no answer came
	Action   Action        // what the answer, or the lack of one, meant; empty: the caller gave up
	Took     time.Duration // from the request to the end of the answer
	Waited   time.Duration // before the request, to keep to the vendor's limit
	Bytes    int           // of the body, decompressed
}

// observe tells whoever observes of an exchange.
func (c *Client) observe(e Exchange, action Action) {
	if c.Observe == nil {
		return
	}
	e.Action = action
	c.Observe(e)
}

// lost returns what the lack of a usable answer means; nothing if it was the
// caller who gave up.
func lost(err error) Action {
	problem, ok := errors.AsType[*turnstone.VendorError](err)
	switch {
	case !ok:
		return ""
	case problem.Action == turnstone.VendorFail:
		return Fail
	}
	return Retry
}
