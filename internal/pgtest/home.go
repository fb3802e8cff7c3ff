package pgtest

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// prefix begins the names of all homes.
const prefix = "turnstone-pg-"

// watchdog waits until nobody holds the other end of its standard input, which
// is the case when the test process is gone, for whatever reason. It then ends
// the server that it heard of last and removes the home, which is $1: tried again
// because the server may still be writing there.
//
// A server it has not heard of yet, or cannot end, does not outlive its home by
// more than a minute: PostgreSQL checks for its files and stops without them.
const watchdog = `
server=
while read -r pid; do server=$pid; done
[ -z "$server" ] || kill -QUIT "$server"
tries=0
until rm -rf "$1" || [ "$tries" -eq 100 ]; do
	tries=$((tries + 1))
	sleep 0.1
done
`

// home is the folder of a cluster, and what makes sure that it is removed.
type home struct {
	path string
	lock *os.File // the folder, open and locked
	dog  *exec.Cmd
	life *os.File // the end of the watchdog's input that only this process has
}

// base returns the folder for homes. Memory spares most of the waiting: a copy of
// a database, which is 300 files, took 330 ms on the disk of a virtual machine, and
// 15 ms in memory. Who has set TMPDIR, or wants to wait for a disk, gets what they want.
//
// It is never t.TempDir: no other user may enter that, and its name is too long
// for the name of a socket, which has 103 bytes.
func base(o Options) string {
	folder := os.TempDir()
	if o.Durable || folder != "/tmp" {
		return folder
	}
	return cmp.Or(memoryFolder(), folder)
}

// newHome makes a folder below base that belongs to the owner, and removes those
// that nobody looks after any more.
func newHome(base string, owner account) (*home, error) {
	if err := sweep(base); err != nil {
		return nil, err
	}
	fresh, err := os.MkdirTemp(base, "new-"+prefix)
	if err != nil {
		return nil, err
	}
	lock, err := os.Open(fresh)
	if err != nil {
		return nil, err
	}
	h := &home{path: filepath.Join(base, strings.TrimPrefix(filepath.Base(fresh), "new-")), lock: lock}
	if err := h.settle(fresh, owner); err != nil {
		return nil, errors.Join(err, lock.Close(), os.RemoveAll(fresh), os.RemoveAll(h.path))
	}
	return h, nil
}

// settle locks the fresh folder before it gets the name by which sweep finds
// it: a home that can be locked has lost its process.
func (h *home) settle(fresh string, owner account) error {
	if err := lockFolder(h.lock); err != nil {
		return err
	}
	if err := os.Chown(fresh, owner.uid, owner.gid); err != nil {
		return err
	}
	if err := os.Rename(fresh, h.path); err != nil {
		return err
	}
	return h.watch()
}

// watch starts the watchdog. It shares the lock, so that nobody else removes
// what it is about to remove.
func (h *home) watch() error {
	input, life, err := os.Pipe()
	if err != nil {
		return err
	}
	defer func() { _ = input.Close() }()
	h.dog = exec.Command("/bin/sh", "-c", watchdog, "sh", h.path)
	h.dog.Dir, h.dog.Stdin, h.dog.ExtraFiles = "/", input, []*os.File{h.lock}
	h.dog.SysProcAttr = detached(ourselves())
	if err := h.dog.Start(); err != nil {
		return errors.Join(err, life.Close())
	}
	h.life = life
	return nil
}

// guard tells the watchdog which server it has to end; 0 is none.
func (h *home) guard(pid int) error {
	line := "\n"
	if pid != 0 {
		line = strconv.Itoa(pid) + "\n"
	}
	if _, err := h.life.WriteString(line); err != nil {
		return fmt.Errorf("tell the watchdog of PostgreSQL which process to watch: %w", err)
	}
	return nil
}

// close has the watchdog remove the folder, and waits for it.
func (h *home) close() error {
	return errors.Join(h.life.Close(), h.dog.Wait(), h.lock.Close())
}

// sweep removes the homes below a folder that are not locked: both their process
// and its watchdog have been killed.
func sweep(folder string) error {
	homes, err := filepath.Glob(filepath.Join(folder, prefix+"*"))
	if err != nil {
		return err
	}
	for _, path := range homes {
		lock, err := os.Open(path)
		if err != nil {
			continue // another user's, or gone just now
		}
		if lockFolder(lock) == nil {
			_ = os.RemoveAll(path) // whoever comes next tries again
		}
		_ = lock.Close()
	}
	return nil
}
