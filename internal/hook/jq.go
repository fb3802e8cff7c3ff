package hook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/itchyny/gojq"
)

// filter is a program in jq.
type filter struct {
	code   *gojq.Code
	inputs []string
}

func compileJQ(s Source) (engine, error) {
	query, err := gojq.Parse(s.Text)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(s.Inputs))
	for i, name := range s.Inputs {
		names[i] = "$" + name
	}
	code, err := gojq.Compile(query, gojq.WithVariables(names))
	if err != nil {
		return nil, err
	}
	return filter{code: code, inputs: s.Inputs}, nil
}

// run returns what the filter puts out.
func (f filter) run(ctx context.Context, c Call) (Result, error) {
	values := make([]any, len(f.inputs))
	for i, name := range f.inputs {
		if c.Inputs[name] == nil {
			continue
		}
		// Numbers stay as they are written: an id may have more digits than a float.
		d := json.NewDecoder(bytes.NewReader(c.Inputs[name]))
		d.UseNumber()
		if err := d.Decode(&values[i]); err != nil {
			return Result{}, fmt.Errorf("read input %s: %w", name, err)
		}
	}
	var dot any
	if len(values) > 0 {
		dot = values[0]
	}
	outputs, err := all(f.code.RunWithContext(ctx, dot, values...))
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return Result{}, err
	}
	value, err := joined(outputs)
	return Result{Value: value}, err
}

// all returns the outputs of a filter.
func all(outputs gojq.Iter) ([]json.RawMessage, error) {
	var texts []json.RawMessage
	size := 0
	for {
		v, more := outputs.Next()
		if !more {
			return texts, nil
		}
		if err, failed := v.(error); failed {
			var halt *gojq.HaltError
			if errors.As(err, &halt) && halt.Value() == nil {
				return texts, nil // the filter ended itself
			}
			return nil, err
		}
		text, err := gojq.Marshal(v)
		if err != nil {
			return nil, err
		}
		if size += len(text); size > MaxResult {
			return nil, fmt.Errorf("%w: its result is longer than %d bytes", ErrLimit, MaxResult)
		}
		texts = append(texts, text)
	}
}

// joined returns the only output, or an array of all.
func joined(outputs []json.RawMessage) (json.RawMessage, error) {
	switch len(outputs) {
	case 0:
		return nil, nil
	case 1:
		return outputs[0], nil
	}
	return json.Marshal(outputs)
}
