package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// superuser owns every cluster.
	superuser = "postgres"
	// maintenance is the database that every cluster has.
	maintenance = "postgres"
	// port is but a part of the socket's name: no port is opened.
	port = "5432"

	// readyInterval is how often a starting server is asked whether it answers.
	// Without work to recover it does after some 40 ms.
	readyInterval = 5 * time.Millisecond
	// endLimit is more than a server needs to write its data out and stop.
	endLimit = time.Minute
)

// serverSpec says how to run a server.
type serverSpec struct {
	program  string
	folder   string // of the socket and the log
	data     string
	settings map[string]string
	owner    account
}

// server is one run of the postgres program, from its start to its end.
type server struct {
	command *exec.Cmd
	log     string // the file
	// alive is one end of a pipe. Every process of the server inherits the
	// other and does nothing with it, so reading meets the end of the file when
	// the last of them is gone.
	alive *os.File
}

// startServer starts a server and does not wait for it.
func startServer(spec serverSpec) (*server, error) {
	alive, theirs, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer func() { _ = theirs.Close() }()
	path := filepath.Join(spec.folder, "log")
	log, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, errors.Join(err, alive.Close())
	}
	defer func() { _ = log.Close() }()

	args := []string{"-D", spec.data}
	for _, name := range slices.Sorted(maps.Keys(spec.settings)) {
		args = append(args, "-c", name+"="+spec.settings[name])
	}
	command := exec.Command(spec.program, args...)
	command.Dir, command.Env, command.SysProcAttr = spec.folder, environment(), detached(spec.owner)
	// Never our own output: go test waits until nobody holds that any more.
	command.Stdout, command.Stderr = log, log
	command.ExtraFiles = []*os.File{theirs}
	if err := command.Start(); err != nil {
		return nil, errors.Join(err, alive.Close())
	}
	return &server{command: command, log: path, alive: alive}, nil
}

// environment is that of PostgreSQL's programs: none of the variables that
// change what they do.
func environment() []string { return []string{"PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"} }

func (s *server) pid() int { return s.command.Process.Pid }

// ready returns when the server answers at the URL, or is gone.
func (s *server) ready(ctx context.Context, url string) error {
	for {
		connection, err := pgx.Connect(ctx, url)
		if err == nil {
			return connection.Close(ctx)
		}
		if ctx.Err() != nil {
			return fmt.Errorf("wait until it answers: %w: %w", context.Cause(ctx), err)
		}
		gone, err := s.gone(readyInterval)
		if err != nil {
			return err
		}
		if gone {
			log, err := os.ReadFile(s.log)
			return errors.Join(fmt.Errorf("it ended at once and left this log: %s", bytes.TrimSpace(log)), err)
		}
	}
}

// gone waits for the server's last process to be gone, and reports whether it
// is.
func (s *server) gone(wait time.Duration) (bool, error) {
	if err := s.alive.SetReadDeadline(time.Now().Add(wait)); err != nil {
		return false, err
	}
	_, err := s.alive.Read(make([]byte, 1))
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return false, nil
	case errors.Is(err, io.EOF):
		return true, nil
	}
	return false, fmt.Errorf("wait for the processes of the server: %w", err)
}

// stop sends the server a signal to stop at, and waits until it has.
func (s *server) stop(signal syscall.Signal) error {
	if err := s.command.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return s.wait()
}

// kill kills all processes of the server, and waits until they are gone.
func (s *server) kill() error {
	pids, err := s.processes()
	if err != nil {
		return err
	}
	for _, pid := range pids {
		process, err := os.FindProcess(pid)
		if err != nil {
			return err
		}
		if err := process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
	}
	return s.wait()
}

// wait returns when the server is gone, after it was told to go.
func (s *server) wait() error {
	gone, err := s.gone(endLimit)
	if err != nil {
		return err
	}
	if !gone {
		return fmt.Errorf("process %d or a child of it is still there after %v", s.pid(), endLimit)
	}
	// How the server ended is no news to whoever ended it.
	if err := s.command.Wait(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		return err
	}
	return s.alive.Close()
}

// processes returns the server's first process and its children. PostgreSQL's
// processes have no children of their own.
func (s *server) processes() ([]int, error) {
	list, err := exec.Command("ps", "-A", "-o", "pid=", "-o", "ppid=").Output()
	if errors.Is(err, exec.ErrNotFound) {
		return nil, fmt.Errorf("list processes: %w: install procps (apt-get install procps)", err)
	}
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	pids := []int{s.pid()}
	for line := range strings.Lines(string(list)) {
		var pid, parent int
		if _, err := fmt.Sscan(line, &pid, &parent); err != nil {
			return nil, fmt.Errorf("read %q of ps: %w", line, err)
		}
		if parent == s.pid() {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}
