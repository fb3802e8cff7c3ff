package hook_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone/internal/hook"
)

// noon is what hooks of these tests take for the time.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// compiled returns a hook with the inputs of event hooks.
func compiled(t testing.TB, language hook.Language, text string) *hook.Program {
	t.Helper()
	p, err := hook.Compile(hook.Source{Name: "the hook", Language: language, Text: text, Inputs: []string{"events", "configuration"}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// given returns a call with events and a configuration.
func given(events string) hook.Call {
	return hook.Call{
		Inputs: map[string]json.RawMessage{
			"events":        json.RawMessage(events),
			"configuration": json.RawMessage(`{"webhook.callback.secret":"s3cret"}`),
		},
		Headers: []string{"events.eventHeaders"},
		Now:     noon,
	}
}

func TestHooksComeToTheirResult(t *testing.T) {
	tests := map[string]struct {
		language hook.Language
		text     string
		events   string
		want     string
	}{
		"jq: one output":        {hook.JQ, `{id, of: $configuration | keys}`, `{"id":12345678901234567890}`, `{"id":12345678901234567890,"of":["webhook.callback.secret"]}`},
		"jq: several outputs":   {hook.JQ, `.[]`, `[1,2]`, `[1,2]`},
		"jq: no output":         {hook.JQ, `empty`, `{}`, ``},
		"jq: ends itself":       {hook.JQ, `1, halt, 2`, `{}`, `1`},
		"jq: the environment":   {hook.JQ, `env`, `{}`, `{}`},
		"done":                  {hook.JavaScript, `done({"events": [events.id]})`, `{"id":7}`, `{"events":[7]}`},
		"done twice":            {hook.JavaScript, `done(1); done(2)`, `{}`, `1`},
		"done in a promise":     {hook.JavaScript, `Promise.resolve(events.id).then(done)`, `{"id":7}`, `7`},
		"done with nothing":     {hook.JavaScript, `done()`, `{}`, ``},
		"neither":               {hook.JavaScript, `events.id = 8`, `{"id":7}`, ``},
		"return":                {hook.JavaScript, `return {events: getArray()}`, `{}`, `{"events":[]}`},
		"ends with a comment":   {hook.JavaScript, `done(1) // one`, `{}`, `1`},
		"its own name":          {hook.JavaScript, `var events = [events]; done(events.length)`, `{}`, `1`},
		"the time":              {hook.JavaScript, `done(new Date().toISOString())`, `{}`, `"2026-11-23T12:00:00.000Z"`},
		"a header":              {hook.JavaScript, `done([events.eventHeaders['X-Event'], events.eventHeaders['x-event'], 'X-EVENT' in events.eventHeaders, events.eventHeaders.other === undefined])`, `{"eventHeaders":{"x-event":"a"}}`, `["a","a",true,true]`},
		"all headers":           {hook.JavaScript, `done(Object.keys(events.eventHeaders))`, `{"eventHeaders":{"x-event":"a"}}`, `["x-event"]`},
		"modern syntax":         {hook.JavaScript, "const {a, ...rest} = events; done(`${a ?? 1}${[...Object.keys(rest)].join()}${rest?.b}`)", `{"b":2}`, `"1b2"`},
		"JSON with a replacer":  {hook.JavaScript, `done([JSON.stringify({a:{b:1,c:[2]}}, ["a","c"]), JSON.stringify({a:1,b:2}, (k, v) => k === "a" ? undefined : v), JSON.stringify([1], null, 1)])`, `{}`, `["{\"a\":{\"c\":[2]}}","{\"b\":2}","[\n 1\n]"]`},
		"arrays work as before": {hook.JavaScript, `done([[3,1,2].sort().map(x => x * 2).join("-"), Array.from("ab"), Math.max.apply(null, [1, 5]), [1,[2,[3]]].flat(Infinity), String([1,[2]])])`, `{}`, `["2-4-6",["a","b"],5,[1,2,3],"1,2"]`},
		"what is a function":    {hook.JavaScript, `done((() => 1) instanceof Function)`, `{}`, `true`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := compiled(t, tt.language, tt.text).Run(t.Context(), given(tt.events))
			if err != nil {
				t.Fatal(err)
			}
			if string(got.Value) != tt.want {
				t.Errorf("Run = %s, want %s", got.Value, tt.want)
			}
		})
	}
}

func TestTheHelpersOfThePlatform(t *testing.T) {
	tests := map[string]struct{ expression, want string }{
		"hmac":                {`CE.hmac('sha256')('Base64')('MySecretEventSignatureKey', '{}')`, `"VCEjNAd+69UFD8GyBJHLTM9UoZnYx6WcvlKNmAG1gbU="`},
		"hmac of words":       {`CE.hmacSha256Base64('123456', '{"a":1}')`, `"u1RqK98KEKTjFqm4uAtcJ0zLYuwehedyV/SGRZurEOc="`},
		"hmac in hex":         {`CE.hmacMd5Hex('k', 'x')`, `"442ba079e8ec6206f7f5534d4653db0f"`},
		"md5":                 {`CE.md5('a')`, `"0cc175b9c0f1b6a831c399e269772661"`},
		"base64":              {`CE.b64('größe')`, `"Z3LDtsOfZQ=="`},
		"and back":            {`CE.decode64('Z3LDtsOfZQ')`, `"größe"`},
		"of no base64":        {`CE.decode64('Zm9v!!')`, `"foo"`},
		"random":              {`CE.randomString().length`, `10`},
		"an address":          {`/^\w{10}@\w{10}\.com$/.test(CE.randomEmail())`, `true`},
		"unknown algorithm":   {`(() => { try { CE.hmac('crc')('hex')('', '') } catch (e) { return e.message } })()`, `"CE.hmac: unknown algorithm \"crc\"; use md5, sha1, sha224, sha256, sha384 or sha512"`},
		"unknown encoding":    {`(() => { try { CE.hmac('md5')('hax')('', '') } catch (e) { return e.message } })()`, `"CE.hmac: unknown encoding \"hax\"; use hex, base64 or base64url"`},
		"as documented there": {`events.eventHeaders['X-MyApp-Signature'] === CE.hmac('sha256')('hex')(configuration['webhook.callback.secret'], '')`, `false`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := compiled(t, hook.JavaScript, "done("+tt.expression+")").Run(t.Context(), given(`{"eventHeaders":{"x-myapp-signature":"no"}}`))
			if err != nil {
				t.Fatal(err)
			}
			if string(got.Value) != tt.want {
				t.Errorf("%s = %s, want %s", tt.expression, got.Value, tt.want)
			}
		})
	}
}

func TestAHookThatFailsSaysWhere(t *testing.T) {
	tests := map[string]struct {
		language hook.Language
		text     string
		want     string
	}{
		"a mistake":         {hook.JavaScript, "var a = 1;\nevents.none.id", "the hook: line 2: TypeError: Cannot read property 'id' of undefined"},
		"thrown":            {hook.JavaScript, "\n\nthrow new Error('no id')", "the hook: line 3: Error: no id"},
		"strict mode":       {hook.JavaScript, "undeclared = 1", "the hook: line 1: ReferenceError: undeclared is not defined"},
		"require":           {hook.JavaScript, "require('fs')", "the hook: line 1: Error: require is not available in hooks; what CE offers is there without it"},
		"a timer":           {hook.JavaScript, "setTimeout(() => 1, 1)", "the hook: line 1: Error: setTimeout is not available in hooks; a hook runs to its end at once"},
		"eval":              {hook.JavaScript, "eval('1')", "the hook: line 1: Error: eval and Function are not available in hooks"},
		"eval by a detour":  {hook.JavaScript, "(() => 1).constructor('return 1')()", "the hook: line 1: Error: eval and Function are not available in hooks"},
		"a circle":          {hook.JavaScript, "const a = {}; a.a = a; done(a)", "the hook: line 1: TypeError: Converting circular structure to JSON"},
		"jq":                {hook.JQ, ".id.of", "the hook: expected an object but got: number (1)"},
		"jq: its own words": {hook.JQ, `error("no id")`, "the hook: error: no id"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := compiled(t, tt.language, tt.text).Run(t.Context(), given(`{"id":1}`))
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("Run = %s, %v, want %s", got.Value, err, tt.want)
			}
			if errors.Is(err, hook.ErrLimit) {
				t.Errorf("Run = %v, want the hook's own mistake", err)
			}
		})
	}
}

func TestAHookIsEndedAtItsLimits(t *testing.T) {
	tests := map[string]struct {
		language hook.Language
		text     string
	}{
		"a loop":                 {hook.JavaScript, `for (;;) {}`},
		"a loop in jq":           {hook.JQ, `def f: f; f`},
		"calls without end":      {hook.JavaScript, `function f() { return 1 + f() } f()`},
		"memory":                 {hook.JavaScript, `let a = []; for (;;) a = [a, new Array(1000).fill(0)]`},
		"memory in jq":           {hook.JQ, `[range(1e12)]`},
		"text that doubles":      {hook.JavaScript, `let a = 'aa'; for (;;) a += a`},
		"a result":               {hook.JavaScript, `done('a'.repeat(9e6))`},
		"a result in jq":         {hook.JQ, `"a" * 9000000`},
		"results in jq":          {hook.JQ, `range(1e12) | "some text that is long enough"`},
		"a getter without end":   {hook.JavaScript, `class A { get a() { for (;;) {} } }; done({...new A(), toJSON() { return new A().a }})`},
		"arrays nested deeply":   {hook.JavaScript, `let a = []; for (let i = 0; i < 1e5; i++) a = [a]; String(a)`},
		"a promise of a promise": {hook.JavaScript, `const f = () => Promise.resolve().then(f); f()`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := compiled(t, tt.language, tt.text).Run(t.Context(), given(`{}`))
			if !errors.Is(err, hook.ErrLimit) {
				t.Errorf("Run = %.50s, %v, want %v", got.Value, err, hook.ErrLimit)
			}
		})
	}
}

func TestWhatGrowsInOneStepIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"repeat":           `'ab'.repeat(1e9)`,
		"padding":          `''.padStart(1e9)`,
		"padding behind":   `''.padEnd(1e9)`,
		"replace":          `'a'.repeat(1e6).replace(/a/g, 'b'.repeat(1e6))`,
		"join":             `new Array(1e5).fill('a'.repeat(1e6)).join()`,
		"join of nothing":  `Array(1e9).join('a')`,
		"a long array":     `Array(4e9).fill(0)`,
		"something long":   `Array.prototype.map.call({length: 1e12}, x => x)`,
		"made of it":       `Array.from({length: 1e12})`,
		"arguments":        `Math.max.apply(null, {length: 1e9})`,
		"a deep value":     `let a = {}; for (let i = 0; i < 1e5; i++) a = {a}; JSON.stringify(a)`,
		"a bottomless one": `class A { get a() { return new A() } toJSON() { return {a: this.a} } }; done(new A())`,
		"a buffer":         `new ArrayBuffer(1e12)`,
	} {
		t.Run(name, func(t *testing.T) {
			got, err := compiled(t, hook.JavaScript, text).Run(t.Context(), given(`{}`))
			if err == nil || errors.Is(err, hook.ErrLimit) {
				t.Errorf("Run = %.50s, %v, want it to be refused before it takes time", got.Value, err)
			}
		})
	}
}

func TestNothingIsLeftOfARun(t *testing.T) {
	p := compiled(t, hook.JavaScript, `
		const before = [globalThis.kept, Object.prototype.kept, CE.kept];
		globalThis.kept = Object.prototype.kept = CE.kept = events.id;
		done(before)`)
	for range 2 {
		got, err := p.Run(t.Context(), given(`{"id":1}`))
		if err != nil || string(got.Value) != `[null,null,null]` {
			t.Errorf("Run = %s, %v, want nothing of another run", got.Value, err)
		}
	}
}

func TestTheConsoleIsKept(t *testing.T) {
	p := compiled(t, hook.JavaScript, `
		console.log('id', events.id, {a: [1]}); console.error(undefined); console.warn('x'.repeat(2000));
		for (let i = 0; i < 1000; i++) console.log(i);
		throw new Error('after all')`)
	got, err := p.Run(t.Context(), given(`{"id":1}`))
	if err == nil || len(got.Log) != 100 {
		t.Fatalf("Run = %d lines, %v, want the first 100, and its mistake", len(got.Log), err)
	}
	if diff := cmp.Diff([]string{`id 1 {"a":[1]}`, "undefined", strings.Repeat("x", 1000) + "…"}, got.Log[:3]); diff != "" {
		t.Errorf("Log (-want +got):\n%s", diff)
	}
}

func TestLegacyHooksAreNotStrict(t *testing.T) {
	p, err := hook.Compile(hook.Source{
		Name: "the hook", Language: hook.JavaScript, Legacy: true, Inputs: []string{"events"},
		Text: `list = getArray(); list.push({event_object_id: events.id}); return {events: list};`,
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.Run(t.Context(), hook.Call{Inputs: map[string]json.RawMessage{"events": json.RawMessage(`{"id":"a"}`)}, Now: noon})
	if want := `{"events":[{"event_object_id":"a"}]}`; err != nil || string(got.Value) != want {
		t.Errorf("Run = %s, %v, want %s", got.Value, err, want)
	}
}

func TestAHookThatCannotBeCompiledIsRefused(t *testing.T) {
	tests := map[string]struct {
		source hook.Source
		want   string
	}{
		"no program":   {hook.Source{Language: hook.JQ, Text: " \n"}, "is empty"},
		"no language":  {hook.Source{Language: "ruby", Text: "1"}, `use "jq" or "javascript"`},
		"too long":     {hook.Source{Language: hook.JQ, Text: strings.Repeat("1", hook.MaxSource+1)}, "the most is"},
		"jq":           {hook.Source{Language: hook.JQ, Text: ".["}, "unexpected EOF"},
		"jq: a module": {hook.Source{Language: hook.JQ, Text: `import "a" as a; a::b`}, "cannot load module"},
		"jq: a name":   {hook.Source{Language: hook.JQ, Text: `$nobody`}, "variable not defined: $nobody"},
		"JavaScript":   {hook.Source{Language: hook.JavaScript, Text: "var a = 1;\nvar b = ;"}, "Line 2:9"},
		"too deep":     {hook.Source{Language: hook.JavaScript, Text: strings.Repeat("[", 60_000) + strings.Repeat("]", 60_000)}, "brackets nest deeper"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tt.source.Name = "the hook"
			if _, err := hook.Compile(tt.source); err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "the hook: ") {
				t.Errorf("Compile = %v, want %q", err, tt.want)
			}
		})
	}
}

func TestInputsAreChecked(t *testing.T) {
	for name, tt := range map[string]struct {
		inputs map[string]json.RawMessage
		want   string
	}{
		"an unknown one": {map[string]json.RawMessage{"event": json.RawMessage(`{}`)}, `has no input "event"`},
		"no JSON":        {map[string]json.RawMessage{"events": json.RawMessage(`{`)}, "read input events"},
		"too long":       {map[string]json.RawMessage{"events": make(json.RawMessage, hook.MaxInput+1)}, "exceeds its limits"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, language := range []hook.Language{hook.JQ, hook.JavaScript} {
				_, err := compiled(t, language, `1`).Run(t.Context(), hook.Call{Inputs: tt.inputs, Now: noon})
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("Run of %s = %v, want %q", language, err, tt.want)
				}
			}
		})
	}
}

func TestACallerThatLeavesEndsTheRun(t *testing.T) {
	for language, text := range map[hook.Language]string{hook.JQ: `def f: f; f`, hook.JavaScript: `for (;;) {}`} {
		ctx, cancel := context.WithCancelCause(t.Context())
		gone := errors.New("the caller left")
		cancel(gone)
		if _, err := compiled(t, language, text).Run(ctx, given(`{}`)); !errors.Is(err, gone) {
			t.Errorf("Run of %s = %v, want %v", language, err, gone)
		}
	}
}

func ExampleProgram_Run() {
	p, err := hook.Compile(hook.Source{
		Name: "event hook of widgets", Language: hook.JavaScript, Inputs: []string{"events", "configuration"},
		Text: `done({events: [{event_object_id: events.id, event_type: events.action.toUpperCase()}]})`,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := p.Run(context.Background(), hook.Call{Inputs: map[string]json.RawMessage{
		"events": json.RawMessage(`{"id": "w7", "action": "updated"}`),
	}, Now: noon})
	fmt.Println(string(r.Value), err)
	// Output: {"events":[{"event_object_id":"w7","event_type":"UPDATED"}]} <nil>
}
