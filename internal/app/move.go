package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"turnstone/internal/seal"
	"turnstone/internal/store"
)

// Move is how an installation is exported or imported.
type Move struct {
	Program  string                         // version of the program, which an export names
	Progress func(table string, rows int64) // told how far it is; nil: nobody
	Log      *slog.Logger
}

// Export writes everything the installation has to w, in the form that package
// internal/store/archive describes. Secrets stay sealed in it. It makes nothing: there
// must be an installation.
func (s Storage) Export(ctx context.Context, w io.Writer, m Move) (store.Exported, error) {
	db, err := s.openExisting(ctx, m.Log)
	if err != nil {
		return store.Exported{}, err
	}
	done, err := db.Export(ctx, w, store.ExportOptions{Program: m.Program, Now: time.Now(), Progress: m.Progress})
	return done, errors.Join(err, db.Close())
}

// Import fills an empty database with what Export wrote, and returns how many rows
// that were. The database is made where there is none; the key ring must be there, and
// be the one of the installation that was exported. If it fails the database is empty.
func (s Storage) Import(ctx context.Context, r io.Reader, m Move) (int64, error) {
	// Never a new one: what it seals would be of no use to what comes.
	ring, err := s.existingRing()
	if err != nil {
		return 0, err
	}
	db, err := s.open(ctx, ring, m.Log)
	if err != nil {
		return 0, err
	}
	n, err := db.Import(ctx, r, m.Progress)
	if errors.Is(err, seal.ErrUnsealable) {
		err = fmt.Errorf("%w: copy that to here, and name it with --keys", err)
	}
	return n, errors.Join(err, db.Close())
}
