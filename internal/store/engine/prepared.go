package engine

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// preparer is a connection, or a pool of them.
type preparer interface {
	PrepareContext(ctx context.Context, text string) (*sql.Stmt, error)
}

// prepared runs statements, and prepares each text once.
type prepared struct {
	db    preparer
	mu    sync.Mutex
	stmts map[string]*sql.Stmt
}

func newPrepared(db preparer) *prepared {
	return &prepared{db: db, stmts: map[string]*sql.Stmt{}}
}

func (p *prepared) statement(ctx context.Context, text string) (*sql.Stmt, error) {
	p.mu.Lock()
	stmt := p.stmts[text]
	p.mu.Unlock()
	if stmt != nil {
		return stmt, nil
	}
	// Prepared without the lock, because a pool may have to wait for a connection.
	stmt, err := p.db.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if twin := p.stmts[text]; twin != nil {
		return twin, stmt.Close() //nolint:sqlclosecheck // closed here or kept, never at the end
	}
	p.stmts[text] = stmt
	return stmt, nil
}

func (p *prepared) exec(ctx context.Context, text string, args []any) (int64, error) {
	stmt, err := p.statement(ctx, text) //nolint:sqlclosecheck // kept for the next time
	if err != nil {
		return 0, err
	}
	res, err := stmt.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (p *prepared) later(ctx context.Context, text string, args []any) error {
	_, err := p.exec(ctx, text, args)
	return err
}

func (p *prepared) query(ctx context.Context, text string, args []any) (rows, error) {
	stmt, err := p.statement(ctx, text) //nolint:sqlclosecheck // kept for the next time
	if err != nil {
		return nil, err
	}
	found, err := stmt.QueryContext(ctx, args...) //nolint:rowserrcheck // Each checks and closes them
	if err != nil {
		return nil, err
	}
	return found, nil
}

// close gives the statements back. A connection with statements is not really
// closed by SQLite, and the last one that is closed empties the write-ahead log.
func (p *prepared) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, stmt := range p.stmts {
		errs = append(errs, stmt.Close())
	}
	clear(p.stmts)
	return errors.Join(errs...)
}
