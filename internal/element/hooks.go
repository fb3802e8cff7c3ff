package element

import "slices"

// Hooks are programs around a request. Those of the element run before those of a
// resource on the way out, and after them on the way back.
type Hooks struct {
	Before []Hook `yaml:"before" doc:"Run before the request, in this order; they may change its method, path, query, headers and body."`
	After  []Hook `yaml:"after" doc:"Run on the answer, in this order; they may change its status and body, and name the next page."`
}

// Hook is a program in JavaScript, in the form that exports of the platform have: it
// finds the request or the answer in variables such as request_vendor_parameters and
// response_body, and hands what it changes to done.
type Hook struct {
	Script string `yaml:"script" need:"yes" doc:"The program: the body of a function."`
	Legacy bool   `yaml:"legacy" doc:"Whether it is not in strict mode, as the platform's legacy hooks."`
}

// around returns the hooks that run where those of a resource stand within those of
// its element. Neither is changed, and both may be nil.
func (h *Hooks) around(inner *Hooks) *Hooks {
	switch {
	case h == nil:
		return inner
	case inner == nil:
		return h
	}
	return &Hooks{Before: slices.Concat(h.Before, inner.Before), After: slices.Concat(inner.After, h.After)}
}

// Scripted reports whether anything of the element is in hooks.
func (e *Element) Scripted() bool {
	if e.Requester.Hooks != nil {
		return true
	}
	for _, r := range e.Resources {
		if r.Retriever != nil && r.Retriever.Requester.Hooks != nil {
			return true
		}
		for _, o := range r.Operations {
			if o.Hooks != nil {
				return true
			}
		}
	}
	return false
}
