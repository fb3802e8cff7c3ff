package engine

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// querier is a connection, or a pool of them.
type querier interface {
	Exec(ctx context.Context, text string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, text string, args ...any) (pgx.Rows, error)
}

// pgRunner runs the statements of a transaction on its connection.
type pgRunner struct{ conn *pgxpool.Conn }

func (r pgRunner) exec(ctx context.Context, text string, args []any) (int64, error) {
	return pgExec(ctx, r.conn, text, args)
}

func (r pgRunner) query(ctx context.Context, text string, args []any) (rows, error) {
	found, err := r.conn.Query(ctx, text, clean(args)...)
	if err != nil {
		return nil, err
	}
	return pgRows{Rows: found, ctx: ctx, done: func() {}}, nil
}

// pgPool runs each statement on some connection.
type pgPool struct{ db *Postgres }

func (p pgPool) exec(ctx context.Context, text string, args []any) (int64, error) {
	ctx, cancel := p.db.bounded(ctx)
	defer cancel()
	n, err := pgExec(ctx, p.db.pool, text, args)
	return n, because(ctx, err)
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

func pgExec(ctx context.Context, q querier, text string, args []any) (int64, error) {
	tag, err := q.Exec(ctx, text, clean(args)...)
	return tag.RowsAffected(), err
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
