package hook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Bounds of a hook. The platform allowed payloads of 6 MB; its own limits of time and
// memory are not known.
const (
	// TimeLimit is how long a run may take.
	TimeLimit = 2 * time.Second
	// MemoryLimit is by how many bytes the heap may grow during a run.
	MemoryLimit = 512 << 20
	// MaxSource is how long the text of a hook may be, in bytes. The compiler of
	// JavaScript recurses, and a stack has an end.
	MaxSource = 128 << 10
	// MaxInput is how long the inputs of a run may be together, in bytes of JSON.
	MaxInput = 8 << 20
	// MaxResult is how long the result of a run may be, in bytes of JSON.
	MaxResult = 8 << 20
)

// ErrLimit says that a run was ended because it took too long or too much memory, or
// because its inputs or its result were too large.
var ErrLimit = errors.New("the hook exceeds its limits")

// Language is a language that hooks are written in.
type Language string

// The languages of hooks.
const (
	JQ         Language = "jq"
	JavaScript Language = "javascript"
)

// Source is a hook as its author wrote it.
type Source struct {
	Name     string // in messages, such as "event hook of github"
	Language Language
	Text     string
	// Legacy says that JavaScript is not in strict mode, as in the platform's legacy
	// hooks. Both kinds may return their result or hand it to done.
	Legacy bool
	// Inputs are the names under which the hook sees its inputs: JavaScript as
	// variables, jq as $name, and the first one as its dot.
	Inputs []string
}

// Call is what one run is given.
type Call struct {
	// Inputs are JSON, by names of Source.Inputs. One that is missing is undefined in
	// JavaScript and null in jq.
	Inputs map[string]json.RawMessage
	// Headers are inputs, or members of inputs such as events.eventHeaders, whose members
	// JavaScript finds however it spells the case of their names.
	Headers []string
	Now     time.Time // what JavaScript takes for the time
}

// Result is what a run came to.
type Result struct {
	// Value is JSON: what JavaScript gave to done or returned, or what jq put out; if jq
	// put out several values, an array of them. Nil: there was nothing.
	Value json.RawMessage
	// Log is what JavaScript wrote to the console, shortened.
	Log []string
}

// Program is a hook that is ready to run. Its methods may be called at once.
type Program struct {
	name   string
	inputs []string
	engine engine
}

// engine runs programs of one language.
type engine interface {
	// run ends early, with context.Cause of ctx, when ctx is done.
	run(ctx context.Context, c Call) (Result, error)
}

// Compile makes a Program of a source. Its errors say where the mistake is, by line.
func Compile(s Source) (*Program, error) {
	if len(s.Text) > MaxSource {
		return nil, fmt.Errorf("%s: is %d bytes long; the most is %d", s.Name, len(s.Text), MaxSource)
	}
	if strings.TrimSpace(s.Text) == "" {
		return nil, fmt.Errorf("%s: is empty; write a program, or remove the hook", s.Name)
	}
	compilers := map[Language]func(Source) (engine, error){JQ: compileJQ, JavaScript: compileJavaScript}
	compile, known := compilers[s.Language]
	if !known {
		return nil, fmt.Errorf("%s: the language %q is not known; use %q or %q", s.Name, s.Language, JQ, JavaScript)
	}
	e, err := compile(s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	return &Program{name: s.Name, inputs: slices.Clone(s.Inputs), engine: e}, nil
}

// Run runs the program. An error that wraps ErrLimit, or that ctx is done, says that it
// was ended; any other is the hook's own, with the line where it happened if that is
// known.
func (p *Program) Run(ctx context.Context, c Call) (Result, error) {
	size := 0
	for name, input := range c.Inputs {
		if !slices.Contains(p.inputs, name) {
			return Result{}, fmt.Errorf("%s: has no input %q", p.name, name)
		}
		size += len(input)
	}
	if size > MaxInput {
		return Result{}, fmt.Errorf("%s: %w: its inputs are %d bytes long; the most is %d", p.name, ErrLimit, size, MaxInput)
	}
	ctx, release := bounded(ctx)
	defer release()
	r, err := p.engine.run(ctx, c)
	if err == nil && len(r.Value) > MaxResult {
		err = fmt.Errorf("%w: its result is %d bytes long; the most is %d", ErrLimit, len(r.Value), MaxResult)
	}
	if err != nil {
		return Result{Log: r.Log}, fmt.Errorf("%s: %w", p.name, err)
	}
	return r, nil
}
