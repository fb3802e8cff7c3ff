package hub

import (
	"context"
	"encoding/json"
	"maps"

	"github.com/tidwall/gjson"

	"turnstone"
	"turnstone/internal/ceql"
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
	el, err := h.elementOf(in)
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
	record := json.RawMessage(answer.Body)
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
	if op.name != "create" && isStep(op.ref.ID) {
		return provider.Call{}, badRequest("id", "%q is no id; write that of a record", op.ref.ID)
	}
	if op.writes && !isObject(op.body) {
		return provider.Call{}, badRequest("body", "is no JSON object; write the record's members, as in {\"Name\": \"...\"}")
	}
	where, err := attributesOf(op.ref.Query)
	if err != nil {
		return provider.Call{}, err
	}
	return provider.Call{
		Element:   el,
		Requester: requester.Over(el.Requester),
		Values:    element.Values{ID: op.ref.ID, Where: where, Path: resource.Values(op.ref.Resource)},
		Body:      op.body,
		Turn:      op.ref.turn(),
	}, nil
}

func isObject(text []byte) bool { return json.Valid(text) && gjson.ParseBytes(text).IsObject() }

// fields returns the members that the call wants to see.
func (op operation) fields() ([]string, error) {
	if text := op.ref.Query["fields"]; text != "" {
		return fieldsOf(text)
	}
	return nil, nil
}

// attributesOf returns what an operation can look up: the parameters of the
// call, and the attributes of its where clause if it has one.
func attributesOf(query map[string]string) (map[string]string, error) {
	attributes := maps.Clone(query)
	if query["where"] == "" {
		return attributes, nil
	}
	comparisons, err := comparisonsOf(query["where"])
	if err != nil {
		return nil, err
	}
	for _, c := range comparisons {
		if c.Op != ceql.Equal {
			return nil, badRequest("where", "an operation on one record takes %s only with =; write %[1]s = %s", c.Field, c.Value)
		}
		attributes[c.Field] = c.Value.Text
	}
	return attributes, nil
}
