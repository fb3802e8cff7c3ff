package hub

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/tidwall/gjson"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/provider"
)

// Ref names a record for an operation, or for a create the resource alone.
type Ref struct {
	Resource string
	ID       string
	// Query holds the parameters of the call. The element's requests look them
	// up by name, as they do the attributes of a where clause; fields selects
	// what is returned. Others are ignored.
	Query map[string]string
	// Background is as in Request.
	Background bool
}

// turn returns whose turn the call has to be; empty: it need not be anybody's.
func (r Ref) turn() string {
	if r.Background {
		return r.Resource
	}
	return ""
}

// Retrieve returns one record. It returns a *[RequestError] where the element
// has no such resource or operation or the call is wrong, and passes on the
// errors of provider.Client.Do, as do all operations.
func (h *Hub) Retrieve(ctx context.Context, in turnstone.Instance, ref Ref) (json.RawMessage, error) {
	return h.operate(ctx, in, operation{name: "retrieve", ref: ref})
}

// Create makes a record of body, a JSON object, and returns the vendor's
// answer, which is nil if it has none.
func (h *Hub) Create(ctx context.Context, in turnstone.Instance, ref Ref, body []byte) (json.RawMessage, error) {
	return h.operate(ctx, in, operation{name: "create", ref: ref, body: body, writes: true})
}

// Update changes the members of a record that body, a JSON object, holds, and
// returns the vendor's answer, which is nil if it has none.
func (h *Hub) Update(ctx context.Context, in turnstone.Instance, ref Ref, body []byte) (json.RawMessage, error) {
	return h.operate(ctx, in, operation{name: "update", ref: ref, body: body, writes: true})
}

// Delete deletes a record and returns the vendor's answer, which is nil if it
// has none.
func (h *Hub) Delete(ctx context.Context, in turnstone.Instance, ref Ref) (json.RawMessage, error) {
	return h.operate(ctx, in, operation{name: "delete", ref: ref})
}

// operation is something to do with one record.
type operation struct {
	name   string
	ref    Ref
	body   []byte
	writes bool // body must hold the record
}

func (h *Hub) operate(ctx context.Context, in turnstone.Instance, op operation) (json.RawMessage, error) {
	el, err := h.elementOf(ctx, in)
	if err != nil {
		return nil, err
	}
	call, err := op.call(el)
	if err != nil {
		return nil, err
	}
	fields, err := op.fields()
	if err != nil {
		return nil, err
	}
	call.Instance = in
	answer, err := h.ask(ctx, call)
	if err != nil || len(answer.Body) == 0 {
		return nil, err
	}
	record := recordIn(answer.Body, call.Requester.Record)
	if !keepsNulls(in) {
		record = withoutNulls(record)
	}
	if gjson.ParseBytes(record).IsObject() {
		record = onlyFields(record, fields)
	}
	return record, nil
}

// call returns the request of the operation, but for the instance.
func (op operation) call(el *element.Element) (provider.Call, error) {
	resource, err := resourceNamed(el, op.ref.Resource)
	if err != nil {
		return provider.Call{}, err
	}
	requester := resource.Operations[op.name]
	if requester == nil {
		return provider.Call{}, badRequest("method", "%s has no %s; it has %s", resource.Name, op.name, operationsOf(resource))
	}
	if err := op.checkID(requester); err != nil {
		return provider.Call{}, err
	}
	if op.writes && !isObject(op.body) {
		return provider.Call{}, badRequest("body", "is no JSON object; write the record's members, as in {\"Name\": \"...\"}")
	}
	where, err := attributesOf(op.ref.Query)
	if err != nil {
		return provider.Call{}, err
	}
	for _, name := range requester.Required {
		if where[name] == "" {
			return provider.Call{}, badRequest(name, "is missing, and the vendor needs it to %s %s; write it into the query, as in ?%[3]s=...", op.name, resource.Name, name)
		}
	}
	return provider.Call{
		Element:   el,
		Requester: requester.Over(el.Requester),
		Hub:       op.hubCall(resource, requester),
		Values:    element.Values{ID: op.ref.ID, Where: where, Path: resource.Values(op.ref.Resource)},
		Body:      wrapped(op.body, requester.BodyRoot),
		Turn:      op.ref.turn(),
	}, nil
}

// wrapped returns the body as the vendor wants it: in a member, if it says so.
func wrapped(body []byte, root string) []byte {
	if root == "" || len(body) == 0 {
		return body
	}
	return slices.Concat([]byte{'{'}, gjson.AppendJSONString(nil, root), []byte{':'}, body, []byte{'}'})
}

// recordIn returns the record in an answer. One without the path is the record itself:
// vendors wrap what they return more often than what they deleted.
func recordIn(answer []byte, path string) json.RawMessage {
	if found := gjson.GetBytes(answer, path); path != "" && found.Exists() {
		return json.RawMessage(found.Raw)
	}
	return answer
}

// checkID makes sure that the operation has the id of a record where it needs one,
// and none where another part of the call says which record it is about.
func (op operation) checkID(r *element.Requester) error {
	switch needed := r.NeedsID(); {
	case needed && isStep(op.ref.ID):
		return badRequest("id", "%q is no id; write that of a record", op.ref.ID)
	case !needed && op.ref.ID != "":
		return badRequest("id", "is not taken here: the body or the query says which record is meant; leave %.60q out of the path", op.ref.ID)
	}
	return nil
}

func isObject(text []byte) bool { return json.Valid(text) && gjson.ParseBytes(text).IsObject() }

// fields returns the members that the call wants to see.
func (op operation) fields() ([]string, error) {
	if text := op.ref.Query["fields"]; text != "" {
		return fieldsOf(text)
	}
	return nil, nil
}
