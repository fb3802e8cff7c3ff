package engine_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"turnstone/internal/store/engine"
)

const increment = `UPDATE note SET n = n + 1 WHERE id = $1`

// Two transactions that wait for each other: the server undoes one of them.
func TestWritesThatDeadlockAreBothMade(t *testing.T) {
	db := openPostgres(t, shared(t, "&deadlock_timeout=10ms"))
	must(t, db, note(1))
	must(t, db, note(2))
	var meet, done sync.WaitGroup // each has its first row before either asks for the other's
	meet.Add(2)
	for _, order := range [][]int64{{1, 2}, {2, 1}} {
		done.Go(func() {
			var met sync.Once
			err := db.Write(t.Context(), func(ctx context.Context, s *engine.Session) error {
				err := statement(increment, order[0])(ctx, s)
				met.Do(func() { meet.Done(); meet.Wait() })
				return errors.Join(err, statement(increment, order[1])(ctx, s))
			})
			if err != nil {
				t.Errorf("Write = %v, want it made in the end", err)
			}
		})
	}
	done.Wait()
	for _, id := range []int64{1, 2} {
		if got := number(t, db, `SELECT n FROM note WHERE id = $1`, id); got != 2 {
			t.Errorf("note %d was changed %d times, want once by each", id, got)
		}
	}
}

// A transaction whose snapshot is too old is undone by the server, and sees what
// changed when it is run again.
func TestAWriteThatIsRunAgainSeesWhatChanged(t *testing.T) {
	url := shared(t, "")
	db, strict := openPostgres(t, url), openPostgres(t, url+"&default_transaction_isolation=repeatable%20read")
	must(t, db, note(1))
	var seen []int64
	err := strict.Write(t.Context(), func(ctx context.Context, s *engine.Session) error {
		n, err := engine.One(s.Query(ctx, `SELECT n FROM note WHERE id = 1`), engine.Number)
		if err != nil {
			return err
		}
		seen = append(seen, n)
		if len(seen) == 1 {
			must(t, db, statement(increment, 1))
		}
		return statement(`UPDATE note SET n = $1 WHERE id = 1`, n+10)(ctx, s)
	})
	if err != nil {
		t.Errorf("Write = %v, want nil", err)
	}
	if diff := cmp.Diff([]int64{0, 1}, seen); diff != "" {
		t.Errorf("values seen (-want +got)\n%s", diff)
	}
	if got := number(t, db, `SELECT n FROM note WHERE id = 1`); got != 11 {
		t.Errorf("n = %d, want 11: both changes", got)
	}
}

func TestAWriteThatAlwaysCollidesIsGivenUp(t *testing.T) {
	db := openPostgres(t, shared(t, ""))
	tries := 0
	err := db.Write(t.Context(), func(ctx context.Context, s *engine.Session) error {
		tries++
		return statement(`DO $$ BEGIN RAISE EXCEPTION 'met again' USING ERRCODE = '40001'; END $$`)(ctx, s)
	})
	if err == nil || !strings.Contains(err.Error(), "met again") || tries != engine.MaxTries {
		t.Errorf("Write = %v after %d tries, want what the server says after %d", err, tries, engine.MaxTries)
	}
}

func TestAFailedWriteLeavesNoTraceAndAConnectionThatWorks(t *testing.T) {
	mine := errors.New("mine")
	tests := map[string]write{
		"an error":                 func(context.Context, *engine.Session) error { return mine },
		"a panic":                  func(context.Context, *engine.Session) error { panic("oh") },
		"a refused statement":      note(1),
		"a statement that is none": statement(`NONSENSE`),
		"an error not told":        func(ctx context.Context, s *engine.Session) error { _ = note(1)(ctx, s); return nil },
	}
	db := openPostgres(t, shared(t, "&pool_max_conns=1"))
	const backend = `SELECT pg_backend_pid()`
	before := number(t, db, backend)
	for name, fail := range tests {
		t.Run(name, func(t *testing.T) {
			err := db.Write(t.Context(), func(ctx context.Context, s *engine.Session) error {
				if err := note(1)(ctx, s); err != nil {
					return err
				}
				return fail(ctx, s)
			})
			if err == nil {
				t.Error("Write = nil, want an error")
			}
			if got := notes(t, db); len(got) > 0 {
				t.Errorf("notes = %v, want none", got)
			}
			if got := number(t, db, backend); got != before {
				t.Errorf("the connection was replaced: process %d, want %d", got, before)
			}
		})
	}
	must(t, db, note(2))
	if got, want := notes(t, db), []int64{2}; !slices.Equal(got, want) {
		t.Errorf("notes = %v, want %v", got, want)
	}
}

// The server answers the COMMIT of a transaction in which something failed with
// ROLLBACK, and no error.
func TestACommitThatWasARollbackIsAnError(t *testing.T) {
	db := openPostgres(t, shared(t, ""))
	must(t, db, note(1))
	err := db.Write(t.Context(), func(ctx context.Context, s *engine.Session) error {
		_ = note(1)(ctx, s) // is there: the transaction is lost, and nobody says so
		return nil
	})
	if !errors.Is(err, pgx.ErrTxCommitRollback) {
		t.Errorf("Write = %v, want ErrTxCommitRollback", err)
	}
}

// A node that is frozen in the middle of a transaction holds up nobody for long.
func TestASilentTransactionLosesItsLocks(t *testing.T) {
	url := shared(t, "")
	frozen, db := openPostgres(t, url+"&idle_in_transaction_session_timeout=50"), openPostgres(t, url)
	must(t, db, note(1))
	err := frozen.Write(t.Context(), func(ctx context.Context, s *engine.Session) error {
		if err := statement(increment, 1)(ctx, s); err != nil {
			return err
		}
		// This waits until the server has ended the session that holds the row.
		must(t, db, statement(`UPDATE note SET n = n + 100 WHERE id = 1`))
		return nil
	})
	if err == nil {
		t.Error("Write of the silent node = nil, want an error")
	}
	if got := number(t, db, `SELECT n FROM note WHERE id = 1`); got != 100 {
		t.Errorf("n = %d, want 100: the change of the other alone", got)
	}
	must(t, frozen, statement(increment, 1))
}
