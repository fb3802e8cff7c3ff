package intake

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"turnstone/internal/element"
	"turnstone/internal/hook"
)

// maxPrograms bounds the compiled hooks that are kept.
const maxPrograms = 256

// hooks compiles hooks and runs them, a few at a time: they do nothing but compute. The
// zero value is ready.
type hooks struct {
	mu       sync.Mutex
	programs map[[sha256.Size]byte]*hook.Program
	slots    chan struct{}
}

// program returns the compiled hook, from those that are kept.
func (h *hooks) program(name string, e element.EventHook) (*hook.Program, error) {
	source := hook.Source{Name: name, Legacy: e.Legacy, Inputs: []string{"events", "configuration"}}
	source.Text, source.Language = cmp.Or(e.JQ, e.JavaScript), hook.JQ
	if e.JQ == "" {
		source.Language = hook.JavaScript
	}
	key := sha256.Sum256([]byte(strings.Join([]string{name, string(source.Language), source.Text}, "\x00")))
	h.mu.Lock()
	defer h.mu.Unlock()
	if p, known := h.programs[key]; known {
		return p, nil
	}
	p, err := hook.Compile(source)
	if err != nil {
		return nil, err
	}
	if h.programs == nil || len(h.programs) >= maxPrograms {
		h.programs = make(map[[sha256.Size]byte]*hook.Program)
	}
	h.programs[key] = p
	return p, nil
}

// enter waits until a hook may run; leave must be called when it has.
func (h *hooks) enter(ctx context.Context) (leave func(), err error) {
	h.mu.Lock()
	if h.slots == nil {
		h.slots = make(chan struct{}, slots())
	}
	free := h.slots
	h.mu.Unlock()
	select {
	case free <- struct{}{}:
		return func() { <-free }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// run runs the hook of an element on a webhook. The error is a *Problem, unless ctx ended.
func (h *hooks) run(ctx context.Context, e element.EventHook, name string, c hook.Call) (hook.Result, error) {
	p, err := h.program(name, e)
	if err != nil {
		return hook.Result{}, problemf(Broken, "%v", err)
	}
	leave, err := h.enter(ctx)
	if err != nil {
		return hook.Result{}, err
	}
	defer leave()
	r, err := p.Run(ctx, c)
	switch {
	case err == nil:
		return r, nil
	case ctx.Err() != nil:
		return r, err
	case errors.Is(err, hook.ErrLimit):
		return r, problemf(Broken, "%v; make it do less", err)
	}
	return r, problemf(Broken, "%v; mend the hook, and let the vendor send it again", err)
}

// CompileHook says what is wrong with the event hook of an element, by its lines.
func CompileHook(el *element.Element) error {
	if el.Webhooks == nil || el.Webhooks.Events == nil {
		return nil
	}
	var h hooks
	_, err := h.program("event hook of "+el.Key, *el.Webhooks.Events)
	return err
}

// call returns what a hook is given: the payload with the headers and a number of ours
// behind it, and the configuration. A payload that is no object stands in body.
//
// The vendor's members keep their order: hooks of the platform take ours away again, write
// the rest as JSON, and compare its signature.
func (h arrival) call(configuration map[string]string, id string, now time.Time) (hook.Call, error) {
	added, err := json.Marshal(struct {
		Headers map[string]string `json:"eventHeaders"`
		ID      string            `json:"eventId"`
	}{h.headers(), id})
	if err != nil {
		return hook.Call{}, err
	}
	settings, err := json.Marshal(configuration)
	if err != nil {
		return hook.Call{}, err
	}
	members := bytes.TrimSpace(h.payload)
	if members[0] == '{' {
		members = bytes.TrimSpace(members[1 : len(members)-1])
	} else {
		members = append([]byte(`"body":`), members...)
	}
	if len(members) > 0 {
		members = append(slices.Clip(members), ',')
	}
	return hook.Call{
		Inputs:  map[string]json.RawMessage{"events": slices.Concat([]byte{'{'}, members, added[1:]), "configuration": settings},
		Headers: []string{"events.eventHeaders"},
		Now:     now,
	}, nil
}

// headers returns the headers as hooks see them: in lower case, and without what is ours
// to know.
func (h arrival) headers() map[string]string {
	all := make(map[string]string, len(h.Header))
	for name, values := range h.Header {
		if name == SecretHeader || name == "Authorization" && platforms(values[0]) {
			continue
		}
		all[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	return all
}

// platforms reports whether an Authorization header is one of the platform's.
func platforms(value string) bool {
	scheme, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(value)), " ")
	return scheme == "user" || scheme == "organization" || scheme == "element"
}
