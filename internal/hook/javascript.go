package hook

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dop251/goja"
)

// Bounds within a run, beside those of Program.
const (
	maxCalls   = 1000      // under way; hooks do not recurse, and a stack has an end
	maxMembers = 1_000_000 // of an array that is walked over in one step
	maxText    = 16 << 20  // characters made in one step
	maxNesting = 500       // levels of a value that is written as JSON
	// maxBrackets is how deep brackets may nest in a source. The compiler takes some
	// kilobytes of stack for each.
	maxBrackets = 2000
)

//go:embed prelude.js
var preludeText string

// script is a program in JavaScript.
type script struct {
	prelude, body *goja.Program
	inputs        []string
}

// compileJavaScript makes the body of a function of what the author wrote, on the line
// on which it begins, so that lines in messages are the author's.
func compileJavaScript(s Source) (engine, error) {
	if nesting(s.Text) > maxBrackets {
		return nil, fmt.Errorf("brackets nest deeper than %d", maxBrackets)
	}
	strict := `"use strict";`
	if s.Legacy {
		strict = ""
	}
	prelude, err := goja.Compile("prelude", preludeText, true)
	if err != nil {
		return nil, fmt.Errorf("compile the prelude: %w", err)
	}
	parameters := strings.Join(append([]string{"done"}, s.Inputs...), ", ")
	body, err := goja.Compile("hook", "(function ("+parameters+") {"+strict+s.Text+"\n})", false)
	if err != nil {
		return nil, err
	}
	return script{prelude: prelude, body: body, inputs: s.Inputs}, nil
}

// nesting returns how deep brackets nest in a text, as far as they look like it.
func nesting(text string) int {
	depth, deepest := 0, 0
	for _, c := range []byte(text) {
		switch c {
		case '(', '[', '{':
			depth++
			deepest = max(deepest, depth)
		case ')', ']', '}':
			depth--
		}
	}
	return deepest
}

// run runs the script in a runtime of its own.
func (s script) run(ctx context.Context, c Call) (_ Result, err error) {
	r := run{Runtime: goja.New(), call: c}
	// The runtime panics with its own errors only, as far as its authors know; a mistake
	// of theirs must not end the service.
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("the runtime gave up: %v", fault)
		}
	}()
	r.SetMaxCallStackSize(maxCalls)
	r.SetTimeSource(func() time.Time { return c.Now })
	defer context.AfterFunc(ctx, func() { r.Interrupt(context.Cause(ctx)) })()
	value, err := r.result(s)
	return Result{Value: value, Log: r.lines}, told(err)
}

// run is a runtime that serves one run.
type run struct {
	*goja.Runtime
	call  Call
	lines []string // written to the console
	tools *goja.Object
}

// result prepares the runtime, runs the hook, and returns what it came to.
func (r *run) result(s script) (json.RawMessage, error) {
	make, err := r.RunProgram(s.prelude)
	if err != nil {
		return nil, err
	}
	tools, err := r.invoke(make, r.ToValue(maxMembers), r.ToValue(maxText), r.ToValue(maxNesting), r.host())
	if err != nil {
		return nil, err
	}
	r.tools = tools.ToObject(r.Runtime)
	arguments := []goja.Value{r.tools.Get("done")}
	for _, name := range s.inputs {
		input, err := r.input(name)
		if err != nil {
			return nil, fmt.Errorf("read input %s: %w", name, told(err))
		}
		arguments = append(arguments, input)
	}
	hook, err := r.RunProgram(s.body)
	if err != nil {
		return nil, err
	}
	returned, err := r.invoke(hook, arguments...)
	if err != nil {
		return nil, err
	}
	text, err := r.invoke(r.tools.Get("end"), returned)
	if err != nil || goja.IsUndefined(text) {
		return nil, err
	}
	return json.RawMessage(text.String()), nil
}

// invoke calls a function of the runtime.
func (r *run) invoke(function goja.Value, arguments ...goja.Value) (goja.Value, error) {
	call, is := goja.AssertFunction(function)
	if !is {
		return nil, errors.New("the text closes the function that it is the body of")
	}
	return call(goja.Undefined(), arguments...)
}

// input returns an input as the hook sees it, with headers that are found in any case.
func (r *run) input(name string) (goja.Value, error) {
	text := r.call.Inputs[name]
	if text == nil {
		return goja.Undefined(), nil
	}
	value, err := r.invoke(r.Get("JSON").ToObject(r.Runtime).Get("parse"), r.ToValue(string(text)))
	if err != nil {
		return nil, err
	}
	for _, path := range r.call.Headers {
		owner, member, nested := strings.Cut(path, ".")
		object, isObject := value.(*goja.Object)
		switch {
		case owner != name || !isObject:
		case !nested:
			return r.invoke(r.tools.Get("anyCase"), value)
		default:
			if err := r.relax(object, member); err != nil {
				return nil, err
			}
		}
	}
	return value, nil
}

// relax lets the members of a member be found in any case.
func (r *run) relax(owner *goja.Object, member string) error {
	headers, isObject := owner.Get(member).(*goja.Object)
	if !isObject {
		return nil
	}
	relaxed, err := r.invoke(r.tools.Get("anyCase"), headers)
	if err != nil {
		return err
	}
	return owner.Set(member, relaxed)
}

// told returns an error as its author should read it: what was thrown, and where.
func told(err error) error {
	var thrown *goja.Exception
	var interrupted *goja.InterruptedError
	var overflow *goja.StackOverflowError
	switch {
	case errors.As(err, &interrupted):
		if cause, is := interrupted.Value().(error); is {
			return cause
		}
	case errors.As(err, &overflow):
		return fmt.Errorf("%w: it calls itself more than %d times", ErrLimit, maxCalls)
	case errors.As(err, &thrown):
		for _, frame := range thrown.Stack() {
			if at := frame.Position(); frame.SrcName() == "hook" {
				return fmt.Errorf("line %d: %s", at.Line, thrown.Value())
			}
		}
		return errors.New(thrown.Value().String())
	}
	return err
}
