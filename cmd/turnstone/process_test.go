package main_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// binary is the command, built once for all tests: they drive it as its users do.
var binary string

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "turnstone")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }() // left to the system where it is busy
	binary = filepath.Join(dir, "turnstone")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	if out, err := exec.CommandContext(context.Background(), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// endsWithin is generous: nothing here takes long unless it hangs.
const endsWithin = time.Minute

// environment is the machine's without options of ours, and those given.
func environment(options ...string) []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "TURNSTONE_") && !strings.HasPrefix(v, "COLUMNS=") {
			env = append(env, v)
		}
	}
	return append(env, options...)
}

// outcome is what a command left.
type outcome struct {
	code     int
	out, err string
}

// call is one call of the command.
type call struct {
	args  []string
	env   []string
	stdin string
}

// turnstone runs the command to its end.
func turnstone(t *testing.T, c call) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), endsWithin)
	defer cancel()
	command := exec.CommandContext(ctx, binary, c.args...)
	command.Env = environment(c.env...)
	command.Stdin = strings.NewReader(c.stdin)
	var out, errOut bytes.Buffer
	command.Stdout, command.Stderr = &out, &errOut
	err := command.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatal(err)
	}
	return outcome{command.ProcessState.ExitCode(), out.String(), errOut.String()}
}

// process is a command that runs until it is told to end.
type process struct {
	command *exec.Cmd
	url     string
	said    []string // on standard output, before it was ready
	log     *os.File
}

// launch starts a command and waits until it says that it is ready. Its log is
// appended to a file.
func launch(t *testing.T, log string, c call) *process {
	t.Helper()
	p, err := begin(t.Context(), log, c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// begin is launch for goroutines, which must not end the test. The process is
// killed when ctx ends.
func begin(ctx context.Context, log string, c call) (*process, error) {
	file, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	before, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	p := &process{command: exec.CommandContext(ctx, binary, c.args...), log: file}
	p.command.Env = environment(c.env...)
	p.command.Stderr = file
	out, err := p.command.StdoutPipe()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if err := p.command.Start(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "ready "); ok {
			p.url = url
			return p, nil
		}
		p.said = append(p.said, lines.Text())
	}
	err = fmt.Errorf("it ended before it was ready: %w", p.command.Wait())
	text, _ := os.ReadFile(log) // of no use where it cannot be read
	return nil, fmt.Errorf("%w\n%s", errors.Join(err, file.Close()), text[min(len(text), int(before.Size())):])
}

// kill ends the process as a power cut would.
func (p *process) kill(t *testing.T) {
	t.Helper()
	if err := p.killed(); err != nil {
		t.Fatal(err)
	}
}

// killed is kill for goroutines.
func (p *process) killed() error {
	if err := p.command.Process.Kill(); err != nil {
		return err
	}
	_ = p.command.Wait() // it was killed
	return p.log.Close()
}

// terminate ends the process as a service manager does, which must take it no
// longer than it promises.
func (p *process) terminate(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		p.kill(t) // there are no signals to send
		return
	}
	if err := p.terminated(); err != nil {
		t.Error(err)
	}
}

// terminated is terminate for goroutines.
func (p *process) terminated() error {
	const promised = 10 * time.Second // it takes milliseconds
	begin := time.Now()
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	err := p.command.Wait()
	if err != nil {
		err = fmt.Errorf("after SIGTERM: %w, want exit code 0", err)
	}
	if took := time.Since(begin); took > promised {
		err = errors.Join(err, fmt.Errorf("it took %v to end, want at most %v", took, promised))
	}
	return errors.Join(err, p.log.Close())
}

const authorization = "User user-secret, Organization organization-secret"

// credentials fix those of the first account.
var credentials = []string{
	"TURNSTONE_USER_SECRET=user-secret", "TURNSTONE_ORGANIZATION_SECRET=organization-secret", "TURNSTONE_ADMIN_PASSWORD=password",
}

// serveOptions say how a service is started.
type serveOptions struct {
	data, listen string
	env          []string
}

// serve starts a service that may call this machine.
func serve(t *testing.T, o serveOptions) *process {
	t.Helper()
	return launch(t, filepath.Join(o.data, "log"), call{
		args: []string{"serve", "--listen", o.listen, "--data", o.data, "--allow-network", "127.0.0.0/8", "--min-interval", "1s"},
		env:  o.env,
	})
}
