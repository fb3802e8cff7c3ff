package store_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

type statement = func(text string, args ...any) error

// number returns a write that stores a number.
func number(n int) func(statement) error {
	return func(run statement) error {
		return run(`INSERT INTO leftover (kind, id, account_id) VALUES ('test', $1, 1)`, n)
	}
}

// together holds the writer until all writes wait in its queue, so that they share a
// transaction, and returns their answers.
func together(t *testing.T, db *store.DB, writes ...func(statement) error) []error {
	t.Helper()
	held, let := make(chan struct{}), make(chan struct{})
	var answered sync.WaitGroup
	answered.Go(func() {
		if err := db.Write(t.Context(), func(statement) error { close(held); <-let; return nil }); err != nil {
			t.Error(err)
		}
	})
	<-held
	answers := make([]error, len(writes))
	for k, write := range writes {
		queued := db.Queued()
		answered.Go(func() { answers[k] = db.Write(t.Context(), write) })
		for db.Queued() == queued { // nothing announces that it grew
			runtime.Gosched()
		}
	}
	close(let)
	answered.Wait()
	return answers
}

func TestAFailingWriteTakesNobodyWithIt(t *testing.T) {
	db := storetest.Open(t)
	mine := errors.New("mine")
	answers := together(t, db,
		number(1),
		func(run statement) error { return errors.Join(number(2)(run), mine) },
		func(run statement) error { _ = number(3)(run); panic("oh") },
		func(run statement) error { return errors.Join(number(1)(run)) },
		number(4),
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
		t.Error("write of a number that is there = nil, want it refused")
	}
	if diff := cmp.Diff(map[string]int64{"leftover": 2}, rows(t, db, "leftover")); diff != "" {
		t.Errorf("rows (-want +got)\n%s", diff)
	}
}

func TestATransactionThatFailsFailsAll(t *testing.T) {
	db := storetest.Open(t)
	answers := together(t, db,
		number(1),
		// Ends the transaction under the writer, as SQLite does when a disk is full.
		func(run statement) error { return run(`ROLLBACK`) },
		number(2),
	)
	for k, err := range answers {
		if err == nil {
			t.Errorf("write %d = nil, want an error", k)
		}
	}
	if err := db.Write(t.Context(), number(3)); err != nil {
		t.Errorf("write afterwards = %v, want nil", err)
	}
	if diff := cmp.Diff(map[string]int64{"leftover": 1}, rows(t, db, "leftover")); diff != "" {
		t.Errorf("rows (-want +got)\n%s", diff)
	}
}

func TestACancelledWriteIsNotRun(t *testing.T) {
	db := storetest.Open(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	held, let := make(chan struct{}), make(chan struct{})
	var answered sync.WaitGroup
	answered.Go(func() { _ = db.Write(t.Context(), func(statement) error { close(held); <-let; return nil }) })
	<-held
	gone := errors.New("caller gone")
	answered.Go(func() {
		if err := db.Write(ctx, number(1)); !errors.Is(err, gone) {
			t.Errorf("Write = %v, want the cause", err)
		}
	})
	cancel(gone)
	close(let)
	answered.Wait()
	if diff := cmp.Diff(map[string]int64{"leftover": 0}, rows(t, db, "leftover")); diff != "" {
		t.Errorf("rows (-want +got)\n%s", diff)
	}
}

func TestAWriteThatBeganIsNotCancelled(t *testing.T) {
	db := storetest.Open(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := db.Write(ctx, func(run statement) error { cancel(); return number(1)(run) })
	if err != nil {
		t.Errorf("Write = %v, want nil", err)
	}
	if diff := cmp.Diff(map[string]int64{"leftover": 1}, rows(t, db, "leftover")); diff != "" {
		t.Errorf("rows (-want +got)\n%s", diff)
	}
}

func TestCloseFinishesWhatWaitsAndRefusesTheRest(t *testing.T) {
	dir := t.TempDir()
	db := storetest.OpenAt(t, dir)
	held, let := make(chan struct{}), make(chan struct{})
	var answered sync.WaitGroup
	answered.Go(func() { _ = db.Write(t.Context(), func(statement) error { close(held); <-let; return nil }) })
	<-held
	accepted := make([]bool, 50)
	for n := range accepted {
		answered.Go(func() { accepted[n] = db.Write(t.Context(), number(n)) == nil })
	}
	answered.Go(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	close(let)
	answered.Wait()
	if err := db.Write(t.Context(), number(99)); err == nil {
		t.Error("Write after Close = nil, want an error")
	}
	want := int64(0)
	for _, ok := range accepted {
		if ok {
			want++
		}
	}
	if diff := cmp.Diff(map[string]int64{"leftover": want}, rows(t, storetest.OpenAt(t, dir), "leftover")); diff != "" {
		t.Errorf("rows (-want +got)\n%s", diff)
	}
}

func TestPingReportsAClosedDatabase(t *testing.T) {
	db := storetest.Open(t)
	if err := db.Ping(t.Context()); err != nil {
		t.Errorf("Ping = %v, want nil", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Ping(t.Context()); err == nil {
		t.Error("Ping after Close = nil, want an error")
	}
}
