package engine

import "context"

// Watch returns an Engine that does what e does, and tells each statement before it
// runs it: for tests of what statements cost.
func Watch(e Engine, tell func(text string)) Engine { return watched{e, tell} }

type watched struct {
	Engine
	tell func(text string)
}

// Write runs do in a transaction; see Engine.
func (w watched) Write(ctx context.Context, do func(ctx context.Context, s *Session) error) error {
	return w.Engine.Write(ctx, func(ctx context.Context, s *Session) error { return do(ctx, w.session(s)) })
}

// Reader returns the session for statements that need no transaction.
func (w watched) Reader() *Session { return w.session(w.Engine.Reader()) }

func (w watched) session(s *Session) *Session {
	told := *s
	told.run = watchedRunner{s.run, w.tell}
	return &told
}

type watchedRunner struct {
	runner
	tell func(text string)
}

func (r watchedRunner) exec(ctx context.Context, text string, args []any) (int64, error) {
	r.tell(text)
	return r.runner.exec(ctx, text, args)
}

func (r watchedRunner) later(ctx context.Context, text string, args []any) error {
	r.tell(text)
	return r.runner.later(ctx, text, args)
}

func (r watchedRunner) query(ctx context.Context, text string, args []any) (rows, error) {
	r.tell(text)
	return r.runner.query(ctx, text, args)
}
