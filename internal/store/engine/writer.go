package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
)

// errPanicked says that a function of a write panicked.
var errPanicked = errors.New("write panicked")

// maxGroup bounds the functions of one transaction, and so how long the first of
// them waits for the last.
const maxGroup = 128

// write is what a caller wants done in a transaction.
type write struct {
	ctx  context.Context // of the caller: the write changes goroutines
	do   func(ctx context.Context, s *Session) error
	err  error
	done chan struct{} // closed when err is final
}

// writer owns the only connection that writes. It runs all the writes that wait in
// one transaction and commits once, because a commit waits for the disk: measured,
// 2,200 small writes a second alone and 88,000 with 128 in the queue. Each write
// stands in a savepoint, so that one that fails leaves no trace and takes nobody with
// it.
type writer struct {
	conn    *sql.Conn
	stmts   *prepared
	session *Session
	log     *slog.Logger
	queue   chan *write
	written chan struct{} // something was committed since this was read last

	mu     sync.RWMutex // held for reading while sending to queue
	closed bool
	ended  chan struct{}
}

func newWriter(conn *sql.Conn, clock Clock, log *slog.Logger) *writer {
	stmts := newPrepared(conn)
	return &writer{
		conn:    conn,
		stmts:   stmts,
		session: newSQLiteSession(stmts, clock),
		log:     log,
		queue:   make(chan *write, maxGroup),
		written: make(chan struct{}, 1),
		ended:   make(chan struct{}),
	}
}

// write runs do in a transaction, and returns once it is on disk, or undone. A
// write whose ctx ends before its turn is not run; later the ctx has no effect, so
// that the answer is always the truth. do must use the ctx it is given: one that is
// cancelled within a statement would undo the writes of others.
func (w *writer) write(ctx context.Context, do func(context.Context, *Session) error) error {
	job := &write{ctx: ctx, do: do, done: make(chan struct{})}
	if err := w.enqueue(job); err != nil {
		return err
	}
	<-job.done
	return job.err
}

func (w *writer) enqueue(job *write) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return ErrClosed
	}
	select {
	case w.queue <- job:
		return nil
	case <-job.ctx.Done():
		return context.Cause(job.ctx)
	}
}

// close lets the waiting writes finish, refuses new ones and gives the connection
// back.
func (w *writer) close() error {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.queue)
	}
	w.mu.Unlock()
	<-w.ended
	return errors.Join(w.stmts.close(), w.conn.Close())
}

// run commits groups of writes until close.
func (w *writer) run(ctx context.Context) {
	defer close(w.ended)
	for job := range w.queue {
		w.commit(ctx, w.group(job))
	}
}

// group returns first and the writes that already wait behind it.
func (w *writer) group(first *write) []*write {
	jobs := []*write{first}
	for len(jobs) < maxGroup {
		select {
		case job, open := <-w.queue:
			if !open {
				return jobs
			}
			jobs = append(jobs, job)
		default:
			return jobs
		}
	}
	return jobs
}

// commit runs the writes in one transaction and answers them. If the transaction
// itself fails, so do all that did not fail by themselves.
func (w *writer) commit(ctx context.Context, jobs []*write) {
	err := w.transact(ctx, jobs)
	if err != nil {
		err = fmt.Errorf("write transaction: %w", err)
		// SQLite has undone some failed transactions by itself, and then refuses
		// this; in either case none is open afterwards.
		_, _ = w.session.Exec(ctx, "ROLLBACK")
	}
	select {
	case w.written <- struct{}{}:
	default:
	}
	for _, job := range jobs {
		if job.err == nil {
			job.err = err
		}
		close(job.done)
	}
}

func (w *writer) transact(ctx context.Context, jobs []*write) error {
	if _, err := w.session.Exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	for _, job := range jobs {
		if err := w.isolate(ctx, job); err != nil {
			return err
		}
	}
	_, err := w.session.Exec(ctx, "COMMIT")
	return err
}

// isolate runs one write and undoes it if it fails. It returns only errors that
// make the whole transaction worthless.
func (w *writer) isolate(ctx context.Context, job *write) error {
	if job.err = context.Cause(job.ctx); job.err != nil {
		return nil
	}
	if _, err := w.session.Exec(ctx, "SAVEPOINT one"); err != nil {
		return err
	}
	if job.err = w.try(job); job.err != nil {
		if _, err := w.session.Exec(ctx, "ROLLBACK TO one"); err != nil {
			return err
		}
	}
	_, err := w.session.Exec(ctx, "RELEASE one")
	return err
}

// try runs one write. A panic fails that write and no other.
func (w *writer) try(job *write) error {
	return guarded(w.log, func() error { return job.do(context.WithoutCancel(job.ctx), w.session) })
}

// guarded runs do, and makes a panic an error.
func guarded(log *slog.Logger, do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			log.Error("write panicked", "err", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("%w: %v", errPanicked, p)
		}
	}()
	return do()
}
