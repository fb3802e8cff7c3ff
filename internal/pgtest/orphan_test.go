package pgtest_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"turnstone/internal/pgtest"
)

// asChild is the variable that makes this program a process to be killed, instead
// of running tests.
const asChild = "TURNSTONE_PGTEST_CHILD"

// family is what the child tells of itself.
type family struct {
	Dir  string
	PIDs []int
}

func TestMain(m *testing.M) {
	if os.Getenv(asChild) == "" {
		os.Exit(m.Run())
	}
	if err := child(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// child starts a cluster, says so, and waits for its end.
func child(ctx context.Context) error {
	c, err := pgtest.Start(ctx, pgtest.Options{})
	if err != nil {
		return err
	}
	pids, err := c.PIDs()
	if err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(family{Dir: c.Dir(), PIDs: pids}); err != nil {
		return err
	}
	_, err = bufio.NewReader(os.Stdin).ReadByte() // returns when the test closes it
	return err
}

func TestNoServerOutlivesItsProcess(t *testing.T) {
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Env = append(os.Environ(), asChild+"=1")
	command.Stderr = os.Stderr
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := command.StdinPipe(); err != nil { // open until it is killed
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	var f family
	if err := json.NewDecoder(output).Decode(&f); err != nil {
		t.Fatal(err)
	}
	if !runs(t, f.PIDs[0]) {
		t.Fatalf("process %d, the server's first, is not there", f.PIDs[0])
	}

	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait() // says that it was killed

	for _, pid := range f.PIDs {
		eventually(t, fmt.Sprintf("process %d is gone", pid), func() bool { return !runs(t, pid) })
	}
	eventually(t, f.Dir+" is gone", func() bool {
		_, err := os.Stat(f.Dir)
		return os.IsNotExist(err)
	})
}

// runs reports whether there is a process of that number; one that only waits to
// be noticed by its parent does not count.
func runs(t *testing.T, pid int) bool {
	t.Helper()
	state, err := exec.CommandContext(t.Context(), "ps", "-p", strconv.Itoa(pid), "-o", "stat=").Output()
	if err != nil && !errors.As(err, new(*exec.ExitError)) { // ps exits with 1 if there is none
		t.Fatal(err)
	}
	text := strings.TrimSpace(string(state))
	return text != "" && !strings.HasPrefix(text, "Z")
}

// eventually waits until something is the case, a minute at most.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for !is() {
		select {
		case <-ctx.Done():
			t.Fatalf("not after a minute: %s", what)
		case <-ticker.C:
		}
	}
}
