package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"turnstone/internal/bench/peer"
)

// Options say what to measure, and how.
type Options struct {
	Works   []Work
	Engines []Engine
	Machine Machine
	Short   bool
	Pairs   int            // how often each work is measured, ours and its ceiling in turn
	Peer    peer.Addresses // of a running peer
	// Do does a task; Processes.Do does it in a process of its own.
	Do func(ctx context.Context, t Task) (Result, error)
	// Told is told of each row when it is measured; nil: nobody is.
	Told func(Row)
}

// taskWithin bounds one task. The longest, filling in a million of something, takes
// minutes.
const taskWithin = 30 * time.Minute

// Run measures every work on every engine. What goes wrong stands in the rows; an
// error says that ctx ended.
func Run(ctx context.Context, o Options) (Report, error) {
	r := &runner{Options: o, report: Report{Machine: o.Machine, At: time.Now().UTC(), Mode: "full", Pairs: o.Pairs}}
	if o.Short {
		r.report.Mode = "short"
	}
	for _, w := range o.Works {
		for _, e := range o.Engines {
			row := r.measure(ctx, w, e)
			if ctx.Err() != nil {
				return r.report, context.Cause(ctx)
			}
			r.report.Rows = append(r.report.Rows, row)
			if o.Told != nil {
				o.Told(row)
			}
		}
	}
	return r.report, nil
}

type runner struct {
	Options
	report Report
}

// size returns how much there is of a work in this mode.
func (r *runner) size(w Work) Size {
	if r.Short {
		return w.Short
	}
	return w.Full
}

// measure measures a work on an engine.
func (r *runner) measure(ctx context.Context, w Work, e Engine) Row {
	j := job{work: w, engine: e, size: r.size(w)}
	var err error
	if w.rateOf != "" {
		j.size.Rate, err = r.halfRate(ctx, w.rateOf, e)
	}
	var trials []Trial
	if err == nil {
		trials, err = r.trials(ctx, j)
	}
	row := row(j, trials)
	if err == nil && w.grow > 0 {
		row.Growth, err = r.growth(ctx, j, row)
	}
	if err != nil {
		row.Failure = err.Error()
		return row
	}
	r.report.check(w, &row)
	return row
}

// halfRate returns half of the rate of another work, which is measured now if it
// was not before.
func (r *runner) halfRate(ctx context.Context, name string, e Engine) (float64, error) {
	if row, ok := r.report.find(name, e.Name); ok {
		return row.Ours.Rate.Median / 2, nil
	}
	w, ok := find(name)
	if !ok {
		return 0, fmt.Errorf("no work is called %q", name)
	}
	result, err := r.once(ctx, job{work: w, engine: e, size: r.size(w)})
	if err != nil {
		return 0, fmt.Errorf("measure %s for its rate: %w", name, err)
	}
	return result.Rate() / 2, nil
}

// job is a work on an engine, at a size.
type job struct {
	work   Work
	engine Engine
	size   Size
}

// trials measures ours and its ceiling in turn, on one database if the work leaves
// it fit for another trial.
func (r *runner) trials(ctx context.Context, j job) (trials []Trial, err error) {
	pair := func(do doer) error {
		t, err := r.pair(ctx, j, do)
		if err == nil {
			trials = append(trials, t)
		}
		return err
	}
	if j.work.keeps {
		err = r.filled(ctx, j, func(do doer) error { return times(r.Pairs, func() error { return pair(do) }) })
		return trials, err
	}
	err = times(r.Pairs, func() error { return r.filled(ctx, j, pair) })
	return trials, err
}

// times does something so many times, or until it fails.
func times(n int, do func() error) error {
	for range n {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// pair measures ours once, and its ceiling if it has one.
func (r *runner) pair(ctx context.Context, j job, do doer) (Trial, error) {
	ours, err := do(Ours)
	if err != nil {
		return Trial{}, err
	}
	t := Trial{Ours: ours}
	var ceiling Result
	switch {
	case j.work.beside != nil:
		j.size = j.work.beside(j.size)
		ceiling, err = r.once(ctx, j)
	case j.work.ceiling != nil:
		ceiling, err = do(Ceiling)
	default:
		return t, nil
	}
	t.Ceiling = &ceiling
	return t, err
}

// once measures ours once, on a database of its own.
func (r *runner) once(ctx context.Context, j job) (result Result, err error) {
	err = r.filled(ctx, j, func(do doer) error {
		result, err = do(Ours)
		return err
	})
	return result, err
}

// growth measures ours once more, at another size.
func (r *runner) growth(ctx context.Context, j job, row Row) (*Growth, error) {
	factor := j.work.grow
	if r.Short {
		factor = min(factor, 1/factor)
	}
	j.size = j.size.grown(factor)
	result, err := r.once(ctx, j)
	if err != nil {
		return nil, fmt.Errorf("at %d: %w", j.size.Objects, err)
	}
	return growth(row, j.size, result), nil
}

// doer does a part of a work on a database that is filled.
type doer func(p Part) (Result, error)

// filled makes a database, fills it, has use use it, and removes it.
func (r *runner) filled(ctx context.Context, j job, use func(doer) error) error {
	place, err := j.engine.Place(ctx)
	if err != nil {
		return err
	}
	born := time.Now()
	do := func(p Part) (Result, error) {
		ctx, cancel := context.WithTimeoutCause(ctx, taskWithin, fmt.Errorf("%s, %s: not done within %v", j.work.Name, p, taskWithin))
		defer cancel()
		return r.Do(ctx, Task{Work: j.work.Name, Part: p, Size: j.size, Born: born, Place: place, Peer: r.Peer})
	}
	if _, err = do(Fill); err == nil {
		err = use(do)
	}
	return errors.Join(err, j.engine.Remove(context.WithoutCancel(ctx), place))
}
