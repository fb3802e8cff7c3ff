//go:build !linux

package gauge

// Self returns ErrLinux.
func Self() (Reading, error) { return Reading{}, ErrLinux }

// ResetPeak returns ErrLinux.
func ResetPeak() error { return ErrLinux }

// Tree returns ErrLinux.
func Tree(int) (Reading, error) { return Reading{}, ErrLinux }
