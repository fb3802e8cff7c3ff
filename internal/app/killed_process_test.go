//go:build unix && !race

package app_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/app"
	"turnstone/internal/store"
)

// lifeVariable makes a process of this test binary the service that its value
// describes.
const lifeVariable = "TURNSTONE_TEST_LIFE"

// TestMain lets the test binary be the service that its tests kill.
func TestMain(m *testing.M) {
	text, mortal := os.LookupEnv(lifeVariable)
	if !mortal {
		flag.Parse()
		if err := flag.Set("test.parallel", "5"); err != nil { // most tests here wait more than they work
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(m.Run())
	}
	if err := live(context.Background(), text); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// life is a service, from its start to its death.
type life struct {
	Data     string
	Database string
	Dies     moment
}

// live serves until the moment of death, or else until standard input ends. For each
// line of that it says how often each method of the store was called.
func live(ctx context.Context, text string) error {
	var l life
	if err := json.Unmarshal([]byte(text), &l); err != nil {
		return err
	}
	m := &mortal{dies: l.Dies, counted: make(map[string]int)}
	a, err := app.StartBehind(ctx, l.config(), func(db *store.DB) app.Database {
		m.db, m.Keeping = db, db
		return m
	}, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		return err
	}
	fmt.Println(a.URL)
	for asked := bufio.NewScanner(os.Stdin); asked.Scan(); {
		if err := json.NewEncoder(os.Stdout).Encode(m.counts()); err != nil {
			return err
		}
	}
	stopping, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	return a.Stop(stopping)
}

// config is that of a service which may call this machine. What the dead held in a
// database for many is free after a second.
func (l life) config() app.Config {
	return app.Config{
		Listen: "127.0.0.1:0", Storage: l.storage(), AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		MinInterval: 100 * time.Millisecond, MaxChanges: 10, Retention: time.Hour, Lease: time.Second,
		Bootstrap: app.Bootstrap{
			UserSecret: "user-secret", OrganizationSecret: "organization-secret",
			AdminEmail: "admin@example.test", AdminPassword: "password",
		},
	}
}

func (l life) storage() app.Storage {
	return app.Storage{Data: l.Data, Database: turnstone.Secret(l.Database)}
}

// process is a life under way.
type process struct {
	url     string
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	log     *os.File
}

// born starts a service, and waits until it answers.
func born(t *testing.T, l life) *process {
	t.Helper()
	text, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{command: exec.CommandContext(t.Context(), self)}
	p.command.Env = append(os.Environ(), lifeVariable+"="+string(text))
	if p.log, err = os.OpenFile(filepath.Join(l.Data, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		t.Fatal(err)
	}
	p.command.Stderr = p.log
	in, errIn := p.command.StdinPipe()
	out, errOut := p.command.StdoutPipe()
	if err := errors.Join(errIn, errOut, p.command.Start()); err != nil {
		t.Fatal(err)
	}
	p.in, p.out = in, bufio.NewReader(out)
	line, err := p.out.ReadString('\n')
	if err != nil {
		t.Fatalf("the service ended before it answered: %v; see %s", errors.Join(p.command.Wait(), err), p.log.Name())
	}
	p.url = line[:len(line)-1]
	return p
}

// dead waits for the end of a process that is to die of itself.
func (p *process) dead(t *testing.T) {
	t.Helper()
	_, _ = io.Copy(io.Discard, p.out) // until it is dead, and nothing but its end matters
	err := p.command.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.Exited() {
		t.Fatalf("the service ended with %v, want killed; see %s", err, p.log.Name())
	}
	p.buried(t)
}

// kill ends a process from outside.
func (p *process) kill(t *testing.T) {
	t.Helper()
	if err := p.command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	p.dead(t)
}

// counts returns how often each method of the store was called.
func (p *process) counts(t *testing.T) map[string]int {
	t.Helper()
	_, err := io.WriteString(p.in, "\n")
	line, errOut := p.out.ReadBytes('\n')
	var counts map[string]int
	if err := errors.Join(err, errOut, json.Unmarshal(line, &counts)); err != nil {
		t.Fatalf("the service does not say what it called: %v; see %s", err, p.log.Name())
	}
	return counts
}

// stop ends a process gracefully.
func (p *process) stop(t *testing.T) {
	t.Helper()
	if err := errors.Join(p.in.Close(), p.command.Wait()); err != nil {
		t.Fatalf("the service did not stop: %v; see %s", err, p.log.Name())
	}
	p.buried(t)
}

func (p *process) buried(t *testing.T) {
	t.Helper()
	if err := p.log.Close(); err != nil {
		t.Fatal(err)
	}
}
