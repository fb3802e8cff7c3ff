package pgtest

import "context"

// FindPrograms is findPrograms.
func FindPrograms(ctx context.Context, folders []string) (string, error) {
	return findPrograms(ctx, folders)
}

// Sweep is sweep.
func Sweep(folder string) error { return sweep(folder) }
