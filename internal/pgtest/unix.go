//go:build unix

package pgtest

import (
	"os"
	"syscall"
)

// detached is how to start a process as a user, in a session of its own: Ctrl-C
// is for the tests.
func detached(a account) *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Setsid: true}
	if a != ourselves() {
		attributes.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return attributes
}

// lockFolder locks an open folder, or returns an error if somebody else holds the
// lock. The kernel ends the lock when all who have the folder open are gone.
func lockFolder(folder *os.File) error {
	return syscall.Flock(int(folder.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
