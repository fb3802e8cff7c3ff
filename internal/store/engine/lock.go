package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// errHeld says that another process holds the lock.
var errHeld = errors.New("held by another process")

// lockFolder makes this process the only one that opens the database at path, until
// the file it returns is closed or the process ends, however it ends.
func lockFolder(path string) (*os.File, error) {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("create the data directory: %w", err)
	}
	name := path + ".lock"
	f, err := lockFile(name)
	if errors.Is(err, errHeld) {
		return nil, fmt.Errorf("another process has the data directory %s open%s: stop it, or choose another directory", folder, holder(name))
	}
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	// For whoever finds it locked. The lock holds without it.
	if err := f.Truncate(0); err == nil {
		_, _ = fmt.Fprintf(f, "%d", os.Getpid())
	}
	return f, nil
}

// holder says who holds the lock, where the system lets us read that.
func holder(name string) string {
	pid, err := os.ReadFile(name)
	if err != nil || len(pid) == 0 {
		return ""
	}
	return fmt.Sprintf(" (process %s)", pid)
}
