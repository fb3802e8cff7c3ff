package engine_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"turnstone/internal/store/engine"
)

// hold keeps the writer of SQLite busy until let is called, which returns when it is
// free again.
func hold(t *testing.T, db engine.Engine) (let func()) {
	t.Helper()
	held, free := make(chan struct{}), make(chan struct{})
	var answered sync.WaitGroup
	answered.Go(func() {
		err := db.Write(t.Context(), func(context.Context, *engine.Session) error { close(held); <-free; return nil })
		if err != nil {
			t.Error(err)
		}
	})
	<-held
	return func() { close(free); answered.Wait() }
}

// together makes writes wait for each other, in their order, so that they share a
// transaction, and returns their answers.
func together(t *testing.T, db *engine.SQLite, writes ...write) []error {
	t.Helper()
	let := hold(t, db)
	answers := make([]error, len(writes))
	var answered sync.WaitGroup
	for k, do := range writes {
		answered.Go(func() { answers[k] = db.Write(t.Context(), do) })
		for db.Queued() == k { // nothing announces that it grew
			runtime.Gosched()
		}
	}
	let()
	answered.Wait()
	return answers
}

func TestAFailingWriteTakesNobodyWithIt(t *testing.T) {
	db := openSQLite(t, t.TempDir())
	mine := errors.New("mine")
	answers := together(t, db,
		note(1),
		func(ctx context.Context, s *engine.Session) error { return errors.Join(note(2)(ctx, s), mine) },
		func(ctx context.Context, s *engine.Session) error { _ = note(3)(ctx, s); panic("oh") },
		note(1),
		note(4),
	)
	if answers[0] != nil || answers[4] != nil {
		t.Errorf("good writes = %v, %v, want nil", answers[0], answers[4])
	}
	if !errors.Is(answers[1], mine) {
		t.Errorf("failing write = %v, want its own error", answers[1])
	}
	if answers[2] == nil || !strings.Contains(answers[2].Error(), "oh") {
		t.Errorf("panicking write = %v, want the panic", answers[2])
	}
	if answers[3] == nil {
		t.Error("write of a note that is there = nil, want it refused")
	}
	if got, want := notes(t, db), []int64{1, 4}; !slices.Equal(got, want) {
		t.Errorf("notes = %v, want %v", got, want)
	}
}

func TestATransactionThatFailsFailsAll(t *testing.T) {
	db := openSQLite(t, t.TempDir())
	answers := together(t, db,
		note(1),
		// Ends the transaction under the writer, as SQLite does when a disk is full.
		statement(`ROLLBACK`),
		note(2),
	)
	for k, err := range answers {
		if err == nil {
			t.Errorf("write %d = nil, want an error", k)
		}
	}
	must(t, db, note(3))
	if got, want := notes(t, db), []int64{3}; !slices.Equal(got, want) {
		t.Errorf("notes = %v, want %v", got, want)
	}
}

func TestMoreWritesThanATransactionHoldsAreAllStored(t *testing.T) {
	db := openSQLite(t, t.TempDir())
	let := hold(t, db)
	var answered sync.WaitGroup
	const writes = 3 * engine.MaxGroup
	for id := range int64(writes) {
		answered.Go(func() {
			if err := db.Write(t.Context(), note(id)); err != nil {
				t.Error(err)
			}
		})
	}
	let()
	answered.Wait()
	if got := len(notes(t, db)); got != writes {
		t.Errorf("%d notes are stored, want %d", got, writes)
	}
}

func TestACancelledWriteIsNotRun(t *testing.T) {
	db := openSQLite(t, t.TempDir())
	ctx, cancel := context.WithCancelCause(t.Context())
	let := hold(t, db)
	gone := errors.New("caller gone")
	var answered sync.WaitGroup
	answered.Go(func() {
		if err := db.Write(ctx, note(1)); !errors.Is(err, gone) {
			t.Errorf("Write = %v, want the cause", err)
		}
	})
	cancel(gone)
	let()
	answered.Wait()
	if got := notes(t, db); len(got) > 0 {
		t.Errorf("notes = %v, want none", got)
	}
}

func TestAWriteThatBeganIsNotCancelled(t *testing.T) {
	eachEngine(t, func(t *testing.T, db engine.Engine) {
		ctx, cancel := context.WithCancel(t.Context())
		err := db.Write(ctx, func(ctx context.Context, s *engine.Session) error { cancel(); return note(1)(ctx, s) })
		if err != nil {
			t.Errorf("Write = %v, want nil", err)
		}
		if got, want := notes(t, db), []int64{1}; !slices.Equal(got, want) {
			t.Errorf("notes = %v, want %v", got, want)
		}
	})
}

func TestCloseFinishesWhatWaitsAndRefusesTheRest(t *testing.T) {
	dir, url := t.TempDir(), shared(t, "&pool_max_conns=1")
	tests := map[string]func() engine.Engine{
		"sqlite":   func() engine.Engine { return openSQLite(t, dir) },
		"postgres": func() engine.Engine { return openPostgres(t, url) },
	}
	for name, open := range tests {
		t.Run(name, func(t *testing.T) {
			db := open()
			let := hold(t, db)
			accepted := make([]bool, 50)
			var answered sync.WaitGroup
			for id := range accepted {
				answered.Go(func() {
					err := db.Write(t.Context(), note(int64(id)))
					if err != nil && !errors.Is(err, engine.ErrClosed) {
						t.Errorf("Write = %v, want nil or ErrClosed", err)
					}
					accepted[id] = err == nil
				})
			}
			answered.Go(func() {
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			})
			let()
			answered.Wait()
			if err := db.Write(t.Context(), note(99)); !errors.Is(err, engine.ErrClosed) {
				t.Errorf("Write after Close = %v, want ErrClosed", err)
			}
			want := []int64{}
			for id, ok := range accepted {
				if ok {
					want = append(want, int64(id))
				}
			}
			if got := notes(t, open()); !slices.Equal(got, want) {
				t.Errorf("notes = %v, want those accepted: %v", got, want)
			}
		})
	}
}
