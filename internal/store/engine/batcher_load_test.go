package engine_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone/internal/store/engine"
)

// storing returns a batcher that stores notes, and panics at one of them.
func storing(t *testing.T, db engine.Engine, panics int64) *engine.Batcher[int64] {
	t.Helper()
	return engine.NewBatcher(t.Context(), engine.BatchOptions[int64]{
		Do: func(ctx context.Context, calls []*engine.Call[int64]) error {
			return db.Write(ctx, func(ctx context.Context, s *engine.Session) error {
				for _, c := range calls {
					if c.Job == panics {
						panic("oh")
					}
					if err := note(c.Job)(ctx, s); err != nil {
						return err
					}
				}
				return nil
			})
		},
		Workers: 3, MaxCalls: 16, MaxRows: 100,
	})
}

// callOrLeave makes a call. Each seventh caller leaves at some moment.
func callOrLeave(ctx context.Context, b *engine.Batcher[int64], id int64) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if id%7 == 0 {
		go cancel()
	}
	return b.Call(ctx, engine.Request[int64]{Job: id, Key: id % 5, Weight: 1})
}

// Many callers with few keys on several workers. Each tenth call is of a note that is
// there already.
func TestABatcherUnderLoadTellsTheTruth(t *testing.T) {
	eachEngine(t, func(t *testing.T, db engine.Engine) {
		const callers, each = 20, 25
		for id := int64(0); id < callers*each; id += 10 {
			must(t, db, note(id))
		}
		b := storing(t, db, 333)
		var stored [callers * each]bool
		var running sync.WaitGroup
		for caller := range callers {
			running.Go(func() {
				for k := range each {
					id := int64(caller*each + k)
					err := callOrLeave(t.Context(), b, id)
					stored[id] = err == nil || id%10 == 0
					if refused := id%10 == 0 || id == 333; refused == (err == nil) && !errors.Is(err, context.Canceled) {
						t.Errorf("call %d = %v, want it refused: %v", id, err, refused)
					}
				}
			})
		}
		running.Wait()
		b.Close()
		var want []int64
		for id, is := range stored {
			if is {
				want = append(want, int64(id))
			}
		}
		if diff := cmp.Diff(want, notes(t, db)); diff != "" {
			t.Errorf("notes (-acknowledged +stored)\n%s", diff)
		}
	})
}

func TestAPanicOfOneCallIsItsOwn(t *testing.T) {
	eachEngine(t, func(t *testing.T, db engine.Engine) {
		b := storing(t, db, 2)
		var callers sync.WaitGroup
		for id := range int64(16) {
			callers.Go(func() {
				err := b.Call(t.Context(), engine.Request[int64]{Job: id, Key: id, Weight: 1})
				if panicked := err != nil && strings.Contains(err.Error(), "oh"); panicked != (id == 2) {
					t.Errorf("call %d = %v, want the panic of call 2 and no other", id, err)
				}
			})
		}
		callers.Wait()
		b.Close()
		if got := notes(t, db); len(got) != 15 || slices.Contains(got, 2) {
			t.Errorf("notes = %v, want all but 2", got)
		}
	})
}
