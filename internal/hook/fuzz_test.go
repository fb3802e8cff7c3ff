package hook_test

import (
	"encoding/json"
	"testing"

	"turnstone/internal/hook"
)

// FuzzHook runs whatever compiles: it must end, and come to JSON or to an error.
func FuzzHook(f *testing.F) {
	f.Add("jq", `{id: .id}`, `{"id":1}`)
	f.Add("jq", `[recurse] | tojson`, `{"a":{"b":[1]}}`)
	f.Add("javascript", `done({"events": [events.id]})`, `{"id":1}`)
	f.Add("javascript", `return [1,2].concat(events).map(String).join()`, `[{"a":null}]`)
	f.Add("javascript", `const a = []; a[1e4] = 1; done(JSON.stringify(a).length)`, `"x"`)
	f.Add("javascript", `})(); (function () {`, `1e999`)
	f.Fuzz(func(t *testing.T, language, text, events string) {
		p, err := hook.Compile(hook.Source{Name: "fuzz", Language: hook.Language(language), Text: text, Inputs: []string{"events"}})
		if err != nil {
			return
		}
		got, err := p.Run(t.Context(), hook.Call{Inputs: map[string]json.RawMessage{"events": json.RawMessage(events)}, Now: noon})
		if err == nil && got.Value != nil && !json.Valid(got.Value) {
			t.Errorf("Run = %q, want JSON", got.Value)
		}
	})
}
