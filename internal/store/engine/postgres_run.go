package engine

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// pgRunner runs the statements of a transaction on its connection. Those whose
// results nobody needs wait, and go with the next one in one round trip.
type pgRunner struct {
	conn    *pgx.Conn
	waiting *pgx.Batch
}

func newPGRunner(conn *pgx.Conn) *pgRunner { return &pgRunner{conn: conn, waiting: &pgx.Batch{}} }

// maxWaiting bounds the statements that wait, and so their memory.
const maxWaiting = 8

func (r *pgRunner) later(ctx context.Context, text string, args []any) error {
	r.waiting.Queue(text, clean(args)...)
	if r.waiting.Len() < maxWaiting {
		return nil
	}
	waiting := r.waiting
	r.waiting = &pgx.Batch{}
	return r.conn.SendBatch(ctx, waiting).Close()
}

func (r *pgRunner) exec(ctx context.Context, text string, args []any) (int64, error) {
	tag, err := r.send(ctx, text, args)
	return tag.RowsAffected(), err
}

// send runs a statement behind those that wait.
func (r *pgRunner) send(ctx context.Context, text string, args []any) (pgconn.CommandTag, error) {
	if r.waiting.Len() == 0 {
		return r.conn.Exec(ctx, text, clean(args)...)
	}
	results, err := r.flush(ctx, text, args)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	tag, err := results.Exec()
	if closed := results.Close(); err == nil {
		err = closed
	}
	return tag, err
}

func (r *pgRunner) query(ctx context.Context, text string, args []any) (rows, error) {
	if r.waiting.Len() == 0 {
		found, err := r.conn.Query(ctx, text, clean(args)...)
		if err != nil {
			return nil, err
		}
		return pgRows{Rows: found, ctx: ctx, done: func() {}}, nil
	}
	results, err := r.flush(ctx, text, args)
	if err != nil {
		return nil, err
	}
	found, err := results.Query()
	if err != nil {
		_ = results.Close() // says the same
		return nil, err
	}
	return pgRows{Rows: found, ctx: ctx, done: func() { _ = results.Close() }}, nil
}

// flush sends the statements that wait, and a last one whose result is returned.
func (r *pgRunner) flush(ctx context.Context, text string, args []any) (pgx.BatchResults, error) {
	waiting := r.waiting
	r.waiting = &pgx.Batch{}
	n := waiting.Len()
	waiting.Queue(text, clean(args)...)
	results := r.conn.SendBatch(ctx, waiting)
	for range n {
		if _, err := results.Exec(); err != nil {
			_ = results.Close() // says the same
			return nil, err
		}
	}
	return results, nil
}

// pgPool runs each statement on some connection.
type pgPool struct{ db *Postgres }

func (p pgPool) exec(ctx context.Context, text string, args []any) (int64, error) {
	ctx, cancel := p.db.bounded(ctx)
	defer cancel()
	tag, err := p.db.pool.Exec(ctx, text, clean(args)...)
	return tag.RowsAffected(), because(ctx, err)
}

func (p pgPool) later(ctx context.Context, text string, args []any) error {
	_, err := p.exec(ctx, text, args)
	return err
}

func (p pgPool) query(ctx context.Context, text string, args []any) (rows, error) {
	ctx, cancel := p.db.bounded(ctx)
	found, err := p.db.pool.Query(ctx, text, clean(args)...)
	if err != nil {
		err = because(ctx, err)
		cancel()
		return nil, err
	}
	return pgRows{Rows: found, ctx: ctx, done: cancel}, nil
}

// clean returns the arguments as PostgreSQL can keep them; see printable.
func clean(args []any) []any {
	for i, arg := range args {
		switch arg := arg.(type) {
		case string:
			args[i] = printable(arg)
		case Verbatim:
			args[i] = []byte(arg)
		}
	}
	return args
}

// pgRows ends the time that the statement had when they are closed.
type pgRows struct {
	pgx.Rows
	ctx  context.Context //nolint:containedctx // of the statement, whose answer this is
	done context.CancelFunc
}

// Err returns what went wrong, and why if the time was over.
func (r pgRows) Err() error { return because(r.ctx, r.Rows.Err()) }

// Close ends the answer.
func (r pgRows) Close() error {
	r.Rows.Close()
	r.done()
	return nil
}
