package script

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"

	"github.com/tidwall/gjson"

	"turnstone/internal/element"
)

// Call is the hub call around whose request the hooks run.
type Call struct {
	Hooks      *element.Hooks
	Method     string            // of the hub call
	Path       string            // its path, such as /contacts/7
	Parameters map[string]string // its query: where, pageSize, nextPage, ...
	Where      []Comparison      // its where clause; nil: it has none
	Variables  map[string]string // values of the parameters in its path
	Config     map[string]string // of the instance
	Root       string            // where the record or the records stand in the answer; empty: the answer is them
}

// Comparison is a part of a where clause as hooks see it.
type Comparison struct {
	Attribute string `json:"attribute"`
	Operator  string `json:"operator"`
	Value     string `json:"value"`
}

// Request is a request to the vendor, without what proves who asks.
type Request struct {
	Method  string
	Path    string // below the address of the API, or a whole URL
	Query   map[string]string
	Headers map[string]string
	Body    []byte
}

// Answer is what the vendor answered, or what a hook says in its place.
type Answer struct {
	Status  int
	Headers map[string]string
	Body    []byte // JSON, or empty
	// Next asks for the page after this one; empty: no hook named it.
	Next string
	// Problem says that a hook makes the answer a failure, and why.
	Problem string
}

// Before runs the hooks before a request and returns the request they make of it. If a hook
// answers in the vendor's place, there is an Answer, and nothing is to be sent.
func (r *Runner) Before(ctx context.Context, c Call, q Request) (Request, *Answer, error) {
	for _, h := range c.Hooks.Before {
		told, err := r.run(ctx, program{before, h}, requestValues(c, q))
		if err != nil {
			return q, nil, err
		}
		if q, err = told.request(q); err != nil {
			return q, nil, err
		}
		if told.answers() {
			a := told.answer(c, Answer{Status: http.StatusOK})
			return q, &a, nil
		}
	}
	return q, nil, nil
}

// After runs the hooks on the answer to a request and returns what they make of it.
func (r *Runner) After(ctx context.Context, c Call, q Request, a Answer) (Answer, error) {
	for _, h := range c.Hooks.After {
		told, err := r.run(ctx, program{after, h}, answerValues(c, q, a))
		if err != nil {
			return a, err
		}
		if a = told.answer(c, a); a.Problem != "" {
			return a, nil
		}
	}
	return a, nil
}

// rooted returns the part of a body that hooks see as response_body.
func rooted(body []byte, root string) json.RawMessage {
	if !gjson.ValidBytes(body) {
		return nil
	}
	if part := gjson.GetBytes(body, root); root != "" && part.Exists() {
		return json.RawMessage(part.Raw)
	}
	return body
}

// withRoot returns the body with another value at its root, and what stands around it
// as it was: the page after may be named there.
func withRoot(body []byte, root string, value json.RawMessage) []byte {
	if root == "" {
		return value
	}
	if part := gjson.GetBytes(body, root); gjson.ValidBytes(body) && part.Exists() && part.Index > 0 {
		return append(append(append([]byte(nil), body[:part.Index]...), value...), body[part.Index+len(part.Raw):]...)
	}
	return nested(root, value)
}

// parametersOf returns the query of the call with what hooks find there beside it.
func (c Call) parametersOf() map[string]string {
	all := maps.Clone(c.Parameters)
	if all == nil {
		all = map[string]string{}
	}
	return all
}
