package client

import (
	"context"
	"net/http"
	"net/url"
)

// Call is a call of the API that has no method here.
type Call struct {
	Method string // empty: GET
	Path   string // below [Prefix], escaped, such as /instances/12/health
	Query  url.Values
	Body   any // rendered as JSON; nil: none
}

// Do makes any call of the API, decodes its answer into what into points to, and returns
// the headers of the answer. A nil into leaves the answer unread. Its error is an [*Error]
// if the service refused.
func (c *Client) Do(ctx context.Context, call Call, into any) (http.Header, error) {
	r := request{method: call.Method, path: call.Path, query: call.Query, body: call.Body}
	if r.method == "" {
		r.method = http.MethodGet
	}
	return c.answer(ctx, r, into)
}
