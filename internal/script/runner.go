package script

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"turnstone/internal/element"
	"turnstone/internal/hook"
)

// maxPrograms bounds the compiled programs that are kept. An element has a handful.
const maxPrograms = 500

// Runner runs hooks. Its methods may be called from many goroutines; as many run at
// once as there are processors.
type Runner struct {
	now  func() time.Time
	busy chan struct{}

	mu       sync.Mutex
	programs map[program]*hook.Program
}

// program identifies a compiled hook.
type program struct {
	kind   string
	source element.Hook
}

// New returns a Runner. The hooks take now for the time.
func New(now func() time.Time) *Runner {
	return &Runner{now: now, busy: make(chan struct{}, runtime.GOMAXPROCS(0)), programs: map[program]*hook.Program{}}
}

// Before and After are the kinds of hooks, as messages name them.
const (
	before = "hook before the request"
	after  = "hook after the answer"
)

// Check returns what is wrong with the text of a hook, with the line; nil: it can be
// compiled.
func Check(h element.Hook) error {
	_, err := compile(program{before, h})
	return err
}

func compile(p program) (*hook.Program, error) {
	return hook.Compile(hook.Source{
		Name: p.kind, Language: hook.JavaScript, Text: p.source.Script, Legacy: p.source.Legacy, Inputs: variables(p.kind),
	})
}

// compiled returns the program of a hook, which is compiled once.
func (r *Runner) compiled(p program) (*hook.Program, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ready := r.programs[p]; ready != nil {
		return ready, nil
	}
	ready, err := compile(p)
	if err != nil {
		return nil, err
	}
	if len(r.programs) >= maxPrograms {
		clear(r.programs)
	}
	r.programs[p] = ready
	return ready, nil
}

// run runs one hook and returns what it handed over; the zero result: nothing.
func (r *Runner) run(ctx context.Context, p program, v values) (result, error) {
	ready, err := r.compiled(p)
	if err != nil {
		return result{}, err
	}
	inputs, err := v.encoded()
	if err != nil {
		return result{}, fmt.Errorf("%s: %w", p.kind, err)
	}
	select {
	case r.busy <- struct{}{}:
		defer func() { <-r.busy }()
	case <-ctx.Done():
		return result{}, context.Cause(ctx)
	}
	got, err := ready.Run(ctx, hook.Call{Inputs: inputs, Headers: headerVariables, Now: r.now()})
	if err != nil || got.Value == nil {
		return result{}, err
	}
	told, err := readResult(got.Value)
	if err != nil {
		return result{}, fmt.Errorf("%s: %w", p.kind, err)
	}
	return told, nil
}

// values are the variables of a hook.
type values map[string]any

func (v values) encoded() (map[string]json.RawMessage, error) {
	inputs := make(map[string]json.RawMessage, len(v))
	for _, name := range slices.Sorted(maps.Keys(v)) {
		if raw, is := v[name].(json.RawMessage); is && raw == nil {
			continue // undefined
		}
		text, err := json.Marshal(v[name])
		if err != nil {
			return nil, fmt.Errorf("show it %s: %w", name, err)
		}
		inputs[name] = text
	}
	return inputs, nil
}
