//go:build !unix

package pgtest

import (
	"errors"
	"os"
	"syscall"
)

// detached is not needed where lockFolder fails.
func detached(account) *syscall.SysProcAttr { return nil }

// lockFolder says what is missing here.
func lockFolder(*os.File) error {
	return errors.New("a PostgreSQL of the tests' own needs Unix: run them on Linux, on macOS or in WSL")
}
