package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"
	"pgregory.net/rapid"

	"turnstone/internal/store/engine"
)

// errRefused is a statement that the server refused for what it holds.
var errRefused = &pgconn.PgError{Code: "23505", Message: "duplicate key"}

// desk is what a Batcher under test does: it notes who came together, and answers by
// answer. The first write waits until the desk opens, so that calls pile up behind.
type desk struct {
	opened chan struct{}
	answer func(jobs []int) error

	mu     sync.Mutex
	groups [][]int
}

func newDesk() *desk {
	return &desk{opened: make(chan struct{}), answer: func([]int) error { return nil }}
}

func (d *desk) open() { close(d.opened) }

// serve is the Do of the batcher.
func (d *desk) serve(_ context.Context, calls []*engine.Call[int]) error {
	jobs := make([]int, len(calls))
	for i, c := range calls {
		jobs[i] = c.Job
	}
	d.mu.Lock()
	d.groups = append(d.groups, jobs)
	d.mu.Unlock()
	<-d.opened
	return d.answer(jobs)
}

// batcher returns a batcher with one worker that is served by the desk.
func (d *desk) batcher(t *testing.T) *engine.Batcher[int] {
	t.Helper()
	return engine.NewBatcher(t.Context(), engine.BatchOptions[int]{Do: d.serve, Workers: 1, MaxCalls: 8, MaxRows: 100})
}

// calls are calls under way, and their answers when all are answered.
type calls struct {
	running sync.WaitGroup
	answers []error
}

// call makes calls that reach the batcher in their order.
func call(ctx context.Context, b *engine.Batcher[int], requests ...engine.Request[int]) *calls {
	c := &calls{answers: make([]error, len(requests))}
	for i, r := range requests {
		c.running.Go(func() { c.answers[i] = b.Call(ctx, r) })
		synctest.Wait()
	}
	return c
}

func (c *calls) wait() []error {
	c.running.Wait()
	return c.answers
}

// jobs returns a request for each job, each with a key of its own.
func jobs(all ...int) []engine.Request[int] {
	requests := make([]engine.Request[int], len(all))
	for i, n := range all {
		requests[i] = engine.Request[int]{Job: n, Key: int64(n), Weight: 1}
	}
	return requests
}

func TestCallsThatWaitShareAWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		b := d.batcher(t)
		made := call(t.Context(), b, jobs(1, 2, 3, 4)...)
		d.open()
		for i, err := range made.wait() {
			if err != nil {
				t.Errorf("call %d = %v, want nil", i, err)
			}
		}
		b.Close()
		if diff := cmp.Diff([][]int{{1}, {2, 3, 4}}, d.groups); diff != "" {
			t.Errorf("groups (-want +got)\n%s", diff)
		}
	})
}

func TestALoneCallWaitsForNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		d.open()
		b := d.batcher(t)
		began := time.Now()
		for _, r := range jobs(1, 2, 3) {
			if err := b.Call(t.Context(), r); err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("three calls took %v, want none of it waiting", took)
		}
		b.Close()
		if diff := cmp.Diff([][]int{{1}, {2}, {3}}, d.groups); diff != "" {
			t.Errorf("groups (-want +got)\n%s", diff)
		}
	})
}

func TestGroupsAreBounded(t *testing.T) {
	tests := map[string]struct {
		requests []engine.Request[int]
		want     [][]int
	}{
		"by their calls": {jobs(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), [][]int{{1, 2, 3, 4, 5, 6, 7, 8}, {9, 10}}},
		"by their rows": {[]engine.Request[int]{
			{Job: 1, Key: 1, Weight: 50}, {Job: 2, Key: 2, Weight: 49}, {Job: 3, Key: 3, Weight: 50}, {Job: 4, Key: 4, Weight: 1},
		}, [][]int{{1, 2, 3}, {4}}},
		"though one is larger than any": {[]engine.Request[int]{
			{Job: 1, Key: 1, Weight: 5000}, {Job: 2, Key: 2, Weight: 5000},
		}, [][]int{{1}, {2}}},
		"by their keys": {[]engine.Request[int]{
			{Job: 1, Key: 7}, {Job: 2, Key: 8}, {Job: 3, Key: 7}, {Job: 4, Key: 8}, {Job: 5, Key: 7}, {Job: 6, Key: 9},
		}, [][]int{{1, 2}, {3, 4}, {5, 6}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk()
				b := d.batcher(t)
				first := call(t.Context(), b, jobs(0)...)
				rest := call(t.Context(), b, tt.requests...)
				d.open()
				first.wait()
				rest.wait()
				b.Close()
				if diff := cmp.Diff(tt.want, d.groups[1:]); diff != "" {
					t.Errorf("groups (-want +got)\n%s", diff)
				}
			})
		})
	}
}

// Whatever comes, each call is made once, alone with its key, and those of one key in
// their order.
func TestNoCallIsLostOrMadeTwice(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		requests := make([]engine.Request[int], rapid.IntRange(1, 20).Draw(rt, "calls"))
		for job := range requests {
			requests[job] = engine.Request[int]{
				Job: job, Key: rapid.Int64Range(0, 9).Draw(rt, "key"), Weight: rapid.IntRange(1, 60).Draw(rt, "weight"),
			}
		}
		var groups [][]int
		synctest.Test(t, func(t *testing.T) {
			d := newDesk()
			b := d.batcher(t)
			made := call(t.Context(), b, requests...)
			d.open()
			made.wait()
			b.Close()
			groups = d.groups
		})
		var all []int
		for _, group := range groups {
			keys, rows := map[int64]bool{}, 0
			for _, job := range group {
				if keys[requests[job].Key] || rows >= 100 || len(group) > 8 {
					rt.Errorf("group %v of %v: %d must not be in it", group, requests, job)
				}
				keys[requests[job].Key] = true
				rows += requests[job].Weight
			}
			all = append(all, group...)
		}
		if len(all) != len(requests) || !slices.IsSorted(all) {
			rt.Errorf("calls were made in the order %v, want each of %d once, first come first served", all, len(requests))
		}
	})
}

func TestEachCallGetsItsOwnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lost := errors.New("lost")
		b := engine.NewBatcher(t.Context(), engine.BatchOptions[int]{
			Do: func(_ context.Context, calls []*engine.Call[int]) error {
				for _, c := range calls {
					if c.Job%2 == 0 {
						c.Err = lost
					}
				}
				return nil
			},
			Workers: 1, MaxCalls: 8, MaxRows: 100,
		})
		for i, err := range call(t.Context(), b, jobs(1, 2, 3, 4)...).wait() {
			if (i%2 == 0) != (err == nil) {
				t.Errorf("call %d = %v, want the odd ones answered with nil", i+1, err)
			}
		}
		b.Close()
	})
}

func TestARefusedCallTakesNobodyWithIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		d.answer = func(jobs []int) error {
			if slices.Contains(jobs, 3) {
				return fmt.Errorf("save: %w", errRefused)
			}
			return nil
		}
		b := d.batcher(t)
		made := call(t.Context(), b, jobs(1, 2, 3, 4)...)
		d.open()
		for i, err := range made.wait() {
			if (i == 2) != errors.Is(err, errRefused) {
				t.Errorf("call %d = %v, want the third refused alone", i+1, err)
			}
		}
		b.Close()
		if diff := cmp.Diff([][]int{{1}, {2, 3, 4}, {2}, {3}, {4}}, d.groups); diff != "" {
			t.Errorf("groups (-want +got)\n%s", diff)
		}
	})
}

// Each alone would wait for the server anew, one after the other.
func TestAnUnreachableServerIsAskedOnce(t *testing.T) {
	away := map[string]error{
		"away":           errors.New("connection refused"),
		"silent":         context.DeadlineExceeded,
		"shutting down":  &pgconn.PgError{Code: "57P01"},
		"without a code": &pgconn.PgError{},
	}
	for name, failure := range away {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk()
				d.answer = func([]int) error { return failure }
				b := d.batcher(t)
				made := call(t.Context(), b, jobs(1, 2, 3, 4)...)
				d.open()
				for i, err := range made.wait() {
					if !errors.Is(err, failure) {
						t.Errorf("call %d = %v, want %v", i+1, err, failure)
					}
				}
				b.Close()
				if diff := cmp.Diff([][]int{{1}, {2, 3, 4}}, d.groups); diff != "" {
					t.Errorf("groups (-want +got)\n%s", diff)
				}
			})
		})
	}
}

func TestACallWhoseCallerLeftIsNotMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		b := d.batcher(t)
		gone := errors.New("caller gone")
		ctx, cancel := context.WithCancelCause(t.Context())
		begun := call(ctx, b, jobs(1)...)
		stays := call(t.Context(), b, jobs(2)...)
		leaves := call(ctx, b, jobs(3, 4)...)
		cancel(gone)
		d.open()
		if err := begun.wait()[0]; err != nil {
			t.Errorf("call that had begun = %v, want nil", err)
		}
		if err := stays.wait()[0]; err != nil {
			t.Errorf("call of another = %v, want nil", err)
		}
		for _, err := range leaves.wait() {
			if !errors.Is(err, gone) {
				t.Errorf("call that waited = %v, want the cause", err)
			}
		}
		b.Close()
		if diff := cmp.Diff([][]int{{1}, {2}}, d.groups); diff != "" {
			t.Errorf("groups (-want +got)\n%s", diff)
		}
	})
}

// The refused write left no trace, so the answer is the truth.
func TestACallWhoseCallerLeftIsNotMadeAgainAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		b := d.batcher(t)
		ctx, cancel := context.WithCancel(t.Context())
		d.answer = func(jobs []int) error {
			if len(jobs) > 1 {
				cancel()
				return errRefused
			}
			return nil
		}
		first := call(t.Context(), b, jobs(1)...)
		leaves := call(ctx, b, jobs(2)...)
		stays := call(t.Context(), b, jobs(3)...)
		d.open()
		first.wait()
		if err := leaves.wait()[0]; !errors.Is(err, context.Canceled) {
			t.Errorf("call = %v, want that its caller left", err)
		}
		if err := stays.wait()[0]; err != nil {
			t.Errorf("call of another = %v, want nil", err)
		}
		b.Close()
		if diff := cmp.Diff([][]int{{1}, {2, 3}, {3}}, d.groups); diff != "" {
			t.Errorf("groups (-want +got)\n%s", diff)
		}
	})
}

func TestACallerThatFindsNoRoomCanLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		b := d.batcher(t)
		waiting := call(t.Context(), b, jobs(1, 2, 3, 4, 5, 6, 7, 8, 9)...) // as many as there is room for
		ctx, cancel := context.WithCancel(t.Context())
		outside := call(ctx, b, jobs(10)...)
		cancel()
		if err := outside.wait()[0]; !errors.Is(err, context.Canceled) {
			t.Errorf("call = %v while all others wait, want that its caller left", err)
		}
		d.open()
		waiting.wait()
		b.Close()
	})
}

func TestCloseOfABatcherMakesWhatWaitsAndRefusesTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		b := d.batcher(t)
		waiting := call(t.Context(), b, jobs(1, 2, 3)...)
		var closed sync.WaitGroup
		for range 2 {
			closed.Go(b.Close)
		}
		synctest.Wait()
		if err := b.Call(t.Context(), jobs(4)[0]); !errors.Is(err, engine.ErrClosed) {
			t.Errorf("Call after Close = %v, want ErrClosed", err)
		}
		d.open()
		closed.Wait()
		for i, err := range waiting.wait() {
			if err != nil {
				t.Errorf("call %d = %v, want it made", i+1, err)
			}
		}
	})
}
