package bench

import (
	"context"

	"turnstone/internal/bench/peer"
)

// Arrived does what each trial does to see that all has arrived.
func Arrived(ctx context.Context, control string) error {
	_, err := (&site{peer: peer.Client{Control: control}}).arrived(ctx)
	return err
}

// Key signs all events.
const Key = key

// Checks returns what a work should reach, compared with a row.
func Checks(work string, row Row, earlier ...Row) []Check {
	w, _ := find(work)
	r := Report{Rows: earlier}
	r.check(w, &row)
	return row.Checks
}

// Tiny returns a work of sizes that are done at once.
func (w Work) Tiny() Work {
	s := &w.Short
	s.Objects /= 25
	s.Known /= 20
	s.For /= 5
	if s.Interval > 0 {
		s.Pollers = max(10, s.Pollers/100)
	}
	if s.Interval > 0 && w.ceiling != nil { // which polls all at once
		s.Interval = s.For / 2
	}
	return w
}
