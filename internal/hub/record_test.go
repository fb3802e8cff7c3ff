package hub_test

import (
	"strings"
	"testing"

	"turnstone/internal/hub"
)

func TestOperationsBecomeRequests(t *testing.T) {
	h, in := newHub(t, "shop", script(t, map[string]string{
		"GET /orders/a%24%2Fb":                `{"id": "a$/b", "total": 1.50, "paid": null}`,
		`POST /orders {"Name": "x"}`:          `{"id":"1"}`,
		`POST /orders?user=ann {"Name": "x"}`: `{"id":"2"}`,
		"DELETE /orders/1?user=ann%20b":       ``,
		`PUT /settings/1 {"a":null}`:          `[1, null]`,
		`PUT /goods {"price":1.10e3}`:         `{}`,
		"DELETE /goods?name=tea":              ``,
	}))
	ctx := t.Context()
	tests := map[string]struct {
		do   func() ([]byte, error)
		want string
	}{
		"retrieve": {func() ([]byte, error) {
			return h.Retrieve(ctx, in, hub.Ref{Resource: "orders", ID: "a$/b"})
		}, `{"id":"a$/b","total":1.50}`},
		"retrieve some fields": {func() ([]byte, error) {
			return h.Retrieve(ctx, in, hub.Ref{Resource: "orders", ID: "a$/b", Query: map[string]string{"fields": "total, paid"}})
		}, `{"total":1.50}`},
		"create without a user": {func() ([]byte, error) {
			return h.Create(ctx, in, hub.Ref{Resource: "orders"}, []byte(`{"Name": "x"}`))
		}, `{"id":"1"}`},
		"create for a user": {func() ([]byte, error) {
			return h.Create(ctx, in, hub.Ref{Resource: "orders", Query: map[string]string{"user": "ann"}}, []byte(`{"Name": "x"}`))
		}, `{"id":"2"}`},
		"delete by a where clause": {func() ([]byte, error) {
			return h.Delete(ctx, in, hub.Ref{Resource: "orders", ID: "1", Query: map[string]string{"where": "user='ann b'"}})
		}, ``},
		"update of what the body names": {func() ([]byte, error) {
			return h.Update(ctx, in, hub.Ref{Resource: "goods"}, []byte(`{"price":1.10e3}`))
		}, `{}`},
		"delete of what the query names": {func() ([]byte, error) {
			return h.Delete(ctx, in, hub.Ref{Resource: "goods", Query: map[string]string{"name": "tea"}})
		}, ``},
		"update": {func() ([]byte, error) {
			return h.Update(ctx, in, hub.Ref{Resource: "settings", ID: "1"}, []byte(`{"a":null}`))
		}, `[1,null]`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got, err := tt.do(); err != nil || string(got) != tt.want {
				t.Errorf("got %s, %v, want %s", got, err, tt.want)
			}
		})
	}
}

func TestAConfigurationThatMakesNoRequestIsNamed(t *testing.T) {
	h, in := newHub(t, "shop", script(t, nil))
	delete(in.Configuration, "base.url")
	_, err := h.Retrieve(t.Context(), in, hub.Ref{Resource: "orders", ID: "1"})
	if problem := requestError(t, err); problem.Param != "call" || !strings.Contains(problem.Problem, "configure base.url") {
		t.Errorf("Retrieve = %v, want call: ...configure base.url...", problem)
	}
}

func TestOperationsThatCannotBeAreRefused(t *testing.T) {
	h, in := newHub(t, "shop", script(t, nil))
	update := func(ref hub.Ref, body string) error {
		_, err := h.Update(t.Context(), in, ref, []byte(body))
		return err
	}
	settings := hub.Ref{Resource: "settings", ID: "1"}
	tests := map[string]struct {
		err   error
		param string
		text  string
	}{
		"no operation":   {update(hub.Ref{Resource: "orders", ID: "1"}, "{}"), "method", "orders has no update; it has create, delete, list, retrieve"},
		"no resource":    {update(hub.Ref{Resource: "setting", ID: "1"}, "{}"), "resource", "did you mean settings?"},
		"no id":          {update(hub.Ref{Resource: "settings"}, "{}"), "id", `"" is no id`},
		"a step up":      {update(hub.Ref{Resource: "settings", ID: ".."}, "{}"), "id", `".." is no id`},
		"no body":        {update(settings, ""), "body", "no JSON object"},
		"half a body":    {update(settings, `{"a":1`), "body", "no JSON object"},
		"an array":       {update(settings, `[]`), "body", "no JSON object"},
		"bad where":      {update(hub.Ref{Resource: "settings", ID: "1", Query: map[string]string{"where": "a="}}, "{}"), "where", "column 3"},
		"where with >":   {update(hub.Ref{Resource: "settings", ID: "1", Query: map[string]string{"where": "a>1"}}, "{}"), "where", "only with =; write a = 1"},
		"OR":             {update(hub.Ref{Resource: "settings", ID: "1", Query: map[string]string{"where": "a=1 or b=2"}}, "{}"), "where", "comparisons joined by AND"},
		"an id too many": {update(hub.Ref{Resource: "goods", ID: "1"}, "{}"), "id", `leave "1" out of the path`},
		"no name": {func() error {
			_, err := h.Delete(t.Context(), in, hub.Ref{Resource: "goods"})
			return err
		}(), "name", "the vendor needs it to delete goods; write it into the query, as in ?name=..."},
		"bad fields": {update(hub.Ref{Resource: "settings", ID: "1", Query: map[string]string{"fields": "a,,b"}}, "{}"), "fields", "empty name"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if problem := requestError(t, tt.err); problem.Param != tt.param || !strings.Contains(problem.Problem, tt.text) {
				t.Errorf("got %v, want %s: ...%s...", problem, tt.param, tt.text)
			}
		})
	}
}
