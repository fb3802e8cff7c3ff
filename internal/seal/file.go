package seal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Open reads the ring in the file at path, and creates it, readable by its owner
// only, when there is none. It refuses a file that others may read.
func Open(path string) (*Ring, error) {
	r, err := Read(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return r, err
	}
	e := newEntries()
	// O_EXCL: of two processes that start at once one must fail, or it would seal
	// with keys that the other overwrites.
	if err := write(path, os.O_EXCL, e); err != nil {
		return nil, fmt.Errorf("create key ring: %w", err)
	}
	return newRing(e)
}

// Add adds a key to the ring in the file at path and returns the new ring. The key
// opens, and waits with sealing until Use, so that everybody who shares the ring can
// be given it before anybody seals with it. Only one key waits at a time.
func Add(path string) (*Ring, error) { return change(path, entries.added) }

// Use makes the key that waits in the ring in the file at path the newest, and
// returns the new ring.
func Use(path string) (*Ring, error) { return change(path, entries.used) }

// Rotate adds a key to the ring in the file at path and returns the new ring. From
// then on it seals with that key; what older keys sealed still opens. It is for who
// shares the ring with nobody; others Add, and Use.
func Rotate(path string) (*Ring, error) { return change(path, entries.rotated) }

// Drop removes a key from the ring in the file at path and returns the new ring. What
// that key sealed does not open any more. The key that seals cannot be dropped.
func Drop(path string, number uint32) (*Ring, error) {
	return change(path, func(e entries) (entries, error) { return e.dropped(number) })
}

// change replaces the ring in the file at path, at once and durably.
func change(path string, edit func(entries) (entries, error)) (*Ring, error) {
	r, err := Read(path)
	if err != nil {
		return nil, err
	}
	e, err := edit(r.entries)
	if err != nil {
		return nil, fmt.Errorf("change key ring %s: %w", path, err)
	}
	next := path + ".new"
	if err := write(next, os.O_TRUNC, e); err != nil {
		return nil, fmt.Errorf("change key ring: %w", err)
	}
	if err := os.Rename(next, path); err != nil {
		return nil, fmt.Errorf("change key ring: %w", err)
	}
	if err := syncFolder(path); err != nil {
		return nil, fmt.Errorf("change key ring: %w", err)
	}
	return newRing(e)
}

// Read reads the ring in the file at path. It refuses a file that others may read.
func Read(path string) (*Ring, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read key ring: %w", err)
	}
	if info.IsDir() {
		return nil, fmt.Errorf("key ring %s is a directory: name a file", path)
	}
	// Windows has no such bits; there the folder's access list decides.
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
		return nil, fmt.Errorf("key ring %s may be read or written by others (mode %04o): run chmod 600 %s", path, mode, path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read key ring: %w", err)
	}
	r, err := Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w; restore it from a copy, or delete it if this is the first start", path, err)
	}
	return r, nil
}

// write leaves the file complete and on disk, or returns an error.
func write(path string, flag int, e entries) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|flag, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(e.text())
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return syncFolder(path)
}

// syncFolder makes the name of a new file as durable as its content.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" { // cannot sync a folder, and need not
		return nil
	}
	f, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
