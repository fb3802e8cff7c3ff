package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"turnstone"
	"turnstone/internal/seal"
	"turnstone/internal/store"
)

// Storage says where an installation keeps what it knows.
type Storage struct {
	Data     string           // data directory: the SQLite file, and the key ring unless Keys names another
	Database turnstone.Secret // URL of a PostgreSQL database to use in place of the file
	Keys     string           // file of the key ring; empty: keys in the data directory
	KeyRing  turnstone.Secret // text of the key ring, in place of a file
}

// problems returns what is wrong with s, and what to write instead.
func (s Storage) problems() []error {
	var problems []error
	if s.Data == "" {
		problems = append(problems, errors.New("no data directory: name one with --data"))
	}
	url := string(s.Database)
	if url != "" && !strings.HasPrefix(url, "postgres://") && !strings.HasPrefix(url, "postgresql://") {
		problems = append(problems, errors.New("--database is no PostgreSQL URL: write postgres://user:password@host/database, or leave it out for the SQLite file in --data"))
	}
	if s.Keys != "" && s.KeyRing != "" {
		problems = append(problems, errors.New("--keys and --key-ring are both given: one of them is the key ring"))
	}
	return problems
}

// Validate returns an error that names every option at fault, and what to write
// instead.
func (s Storage) Validate() error { return errors.Join(s.problems()...) }

// Open opens the key ring and the database, making both where there are none. The
// caller closes the database.
func (s Storage) Open(ctx context.Context, log *slog.Logger) (*store.DB, error) {
	if err := s.mayBegin(ctx, log); err != nil {
		return nil, err
	}
	ring, err := s.ring()
	if err != nil {
		return nil, err
	}
	return s.open(ctx, ring, log)
}

// mayBegin returns an error if a key ring would be made for a database that has one
// already, or that cannot be reached: it would be of no use, and look like one.
func (s Storage) mayBegin(ctx context.Context, log *slog.Logger) error {
	if s.Database == "" || s.KeyRing != "" || !missing(s.KeyFile()) {
		return nil
	}
	db, err := store.Open(ctx, store.Options{URL: string(s.Database), Sealer: noRing{}, Log: log})
	if errors.Is(err, seal.ErrUnsealable) {
		return fmt.Errorf("there is no key ring %s, and the database was sealed by one: copy the file keys from the node that started first, or name it with --keys", s.KeyFile())
	}
	if err != nil {
		return err
	}
	return db.Close()
}

// noRing unseals nothing.
type noRing struct{ store.Sealer }

// Open says that it cannot.
func (noRing) Open(string, []byte) ([]byte, error) { return nil, seal.ErrUnsealable }

// open opens the database, making it where there is none.
func (s Storage) open(ctx context.Context, ring *seal.Ring, log *slog.Logger) (*store.DB, error) {
	if s.Database == "" {
		return store.Open(ctx, store.Options{Path: s.file(), Sealer: ring, Log: log})
	}
	db, err := store.Open(ctx, store.Options{URL: string(s.Database), Sealer: ring, Log: log})
	if errors.Is(err, seal.ErrUnsealable) {
		return nil, fmt.Errorf("%w; all nodes need one key ring: copy the file keys from the node that started first, and name it with --keys", err)
	}
	return db, err
}

// openExisting opens the key ring and the database, and makes neither.
func (s Storage) openExisting(ctx context.Context, log *slog.Logger) (*store.DB, error) {
	if s.Database == "" && missing(s.file()) {
		return nil, fmt.Errorf("there is no database %s: name the data directory with --data, or a PostgreSQL database with --database", s.file())
	}
	ring, err := s.existingRing()
	if err != nil {
		return nil, err
	}
	return s.open(ctx, ring, log)
}

// file is the SQLite database.
func (s Storage) file() string { return filepath.Join(s.Data, "turnstone.db") }

// KeyFile is the file of the key ring, or empty if that is given as text.
func (s Storage) KeyFile() string {
	switch {
	case s.KeyRing != "":
		return ""
	case s.Keys != "":
		return s.Keys
	}
	return filepath.Join(s.Data, "keys")
}

// ring opens the key ring, and makes it where there is none.
func (s Storage) ring() (*seal.Ring, error) {
	if s.KeyRing != "" || s.Keys != "" && !missing(s.Keys) {
		return s.existingRing()
	}
	if s.Keys != "" {
		return seal.Open(s.Keys)
	}
	if err := os.MkdirAll(s.Data, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	keys := s.KeyFile()
	if s.Database == "" && missing(keys) && !missing(s.file()) {
		return nil, fmt.Errorf("%s is missing, and without it the secrets in %s cannot be read: restore it from your backup", keys, s.file())
	}
	return seal.Open(keys)
}

// existingRing reads the key ring.
func (s Storage) existingRing() (*seal.Ring, error) {
	if s.KeyRing != "" {
		ring, err := seal.Parse(string(s.KeyRing))
		if err != nil {
			return nil, fmt.Errorf("--key-ring: %w", err)
		}
		return ring, nil
	}
	ring, err := seal.Read(s.KeyFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no key ring %s: copy the one of the installation to there, or name it with --keys", s.KeyFile())
	}
	return ring, err
}

// missing reports whether there is no file of the name.
func missing(name string) bool {
	_, err := os.Stat(name)
	return errors.Is(err, fs.ErrNotExist)
}
