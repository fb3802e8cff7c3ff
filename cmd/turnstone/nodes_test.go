//go:build unix

package main_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"turnstone/internal/audit"
	"turnstone/internal/concursim"
	"turnstone/internal/fleet"
	"turnstone/internal/pgtest"
)

// installation is a PostgreSQL database for nodes that are processes of their own.
type installation struct {
	cluster  *pgtest.Cluster
	database string // its name
	lease    time.Duration
	folder   string // of the logs
}

// keyRing is the same for all nodes.
var keyRing = fmt.Sprintf("TURNSTONE_KEY_RING=lookup:%064x,1:%064x", 1, 2)

// install makes an installation on a cluster.
func install(t *testing.T, c *pgtest.Cluster, lease time.Duration) *installation {
	t.Helper()
	u, err := url.Parse(c.Database(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	return &installation{cluster: c, database: strings.TrimPrefix(u.Path, "/"), lease: lease, folder: t.ArtifactDir()}
}

// ask returns the one number that a query finds in the database.
func (i *installation) ask(t *testing.T, query string) (n int) {
	t.Helper()
	i.connected(t, func(c *pgx.Conn) error { return c.QueryRow(t.Context(), query).Scan(&n) })
	return n
}

// exec executes a statement in the database.
func (i *installation) exec(t *testing.T, statement string) {
	t.Helper()
	i.connected(t, func(c *pgx.Conn) error {
		_, err := c.Exec(t.Context(), statement)
		return err
	})
}

// connected calls do with a connection to the database.
func (i *installation) connected(t *testing.T, do func(*pgx.Conn) error) {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), i.cluster.URL(i.database))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(do(connection), connection.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
}

// settled waits until nothing is owed to any receiver.
func (i *installation) settled(t *testing.T) {
	t.Helper()
	eventually(t, "all deliveries are made", func() bool { return i.ask(t, `SELECT count(*) FROM delivery`) == 0 })
}

// eventually waits for something that takes a moment unless it never happens.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.NewTimer(endsWithin)
	defer deadline.Stop()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for !holds() {
		select {
		case <-deadline.C:
			t.Fatalf("it was waited %v for this in vain: %s", endsWithin, what)
		case <-ticker.C:
		}
	}
}

// node is a member of an installation: a process, which may be down, and the network
// between it and the database. One goroutine at a time may use it.
type node struct {
	name    string
	log     string
	network *pgtest.Proxy
	options call
	process *process
}

// node returns a member that is not started yet. The test ends it.
func (i *installation) node(t *testing.T, name string) *node {
	t.Helper()
	network, err := i.cluster.Proxy()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = network.Close() })
	return &node{
		name: name, log: filepath.Join(i.folder, name+".log"), network: network,
		options: call{
			args: []string{
				"serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data", i.folder, "--lease", i.lease.String(),
				"--allow-network", "127.0.0.0/8", "--min-interval", "1s", "--log-level", "debug",
			},
			env: append([]string{keyRing, "TURNSTONE_DATABASE=" + i.cluster.URLThrough(network, i.database)}, credentials...),
		},
	}
}

// start starts a node. Where the database is away it is started again, as a service
// manager would. It goes on when ctx ends.
func (n *node) start(ctx context.Context) error {
	starting, cancel := context.WithTimeoutCause(ctx, endsWithin, errors.New("it does not start"))
	defer cancel()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		p, err := begin(context.WithoutCancel(ctx), n.log, n.options)
		if err == nil {
			n.process = p
			return nil
		}
		select {
		case <-again.C:
		case <-starting.Done():
			return errors.Join(context.Cause(starting), err)
		}
	}
}

// url is where the API of a node is.
func (n *node) url() string { return n.process.url }

// admin is where the metrics of a node are.
func (n *node) admin() string {
	for _, line := range n.process.said {
		if at, ok := strings.CutPrefix(line, "admin "); ok {
			return at
		}
	}
	return ""
}

// started starts nodes, all at once, and ends them with the test.
func started(t *testing.T, nodes ...*node) {
	t.Helper()
	t.Cleanup(func() {
		for _, n := range nodes {
			if n.process != nil {
				n.process.kill(t)
			}
		}
	})
	failures := make(chan error, len(nodes))
	for _, n := range nodes {
		go func() { failures <- n.start(t.Context()) }()
	}
	var all error
	for range nodes {
		all = errors.Join(all, <-failures)
	}
	if all != nil {
		t.Fatal(all)
	}
}

// kill ends a node as a power cut would.
func (n *node) kill() error {
	err := n.process.killed()
	n.process = nil
	return err
}

// terminate ends a node as a service manager does.
func (n *node) terminate() error {
	err := n.process.terminated()
	n.process = nil
	return err
}

// freeze stops the process where it stands, and thaw lets it go on as if no time had
// passed.
func (n *node) freeze() error { return n.process.command.Process.Signal(syscall.SIGSTOP) }
func (n *node) thaw() error   { return n.process.command.Process.Signal(syscall.SIGCONT) }

// lines returns the number of lines of a node's log that contain some text.
func (n *node) lines(t *testing.T, text string) int {
	t.Helper()
	log, err := os.ReadFile(n.log)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for line := range bytes.Lines(log) {
		if bytes.Contains(line, []byte(text)) {
			found++
		}
	}
	return found
}

// counted returns the sum of a metric of a node over all its labels.
func (n *node) counted(t *testing.T, metric string) float64 {
	t.Helper()
	status, text := get(t, n.admin()+"/metrics", "")
	if status != http.StatusOK {
		t.Fatalf("%s answers /metrics with %d %s, want 200", n.name, status, text)
	}
	sum := 0.0
	for lines := bufio.NewScanner(strings.NewReader(text)); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if series, _, _ := strings.Cut(name, "{"); series != metric {
			continue
		}
		number, err := strconv.ParseFloat(value, 64)
		if err != nil {
			t.Fatalf("metric %q: %v", lines.Text(), err)
		}
		sum += number
	}
	return sum
}

// newFleet starts a fleet that ends with the test.
func newFleet(t *testing.T, o concursim.Options, wrap func(http.Handler) http.Handler) *fleet.Fleet {
	t.Helper()
	f, err := fleet.New(o, wrap)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

// connect makes the instances of a fleet, to be polled each second.
func connect(t *testing.T, f *fleet.Fleet, n *node) {
	t.Helper()
	if err := f.Connect(t.Context(), n.url(), authorization, time.Second); err != nil {
		t.Fatal(err)
	}
}

// live makes the companies of a fleet live for a while.
func live(t *testing.T, f *fleet.Fleet, d time.Duration) {
	t.Helper()
	if err := f.Live(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

// atTheEnd is how long a version must have been shown to be owed where polls may be
// held up for any time: what is shown to the end is.
const atTheEnd = time.Hour

// audited waits until everything has arrived and nothing is on its way any more, and
// fails the test unless that is the vendor's truth.
func audited(t *testing.T, f *fleet.Fleet, i *installation) audit.Report {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	f.Settle(ctx, atTheEnd)
	i.settled(t)
	r := f.Compare(atTheEnd)
	t.Log(r)
	if !r.OK() || r.Changes == 0 {
		t.Errorf("the receiver and the vendor's truth disagree: %s", r)
	}
	if refused := f.Receiver.Refused(); refused != 0 {
		t.Errorf("%d posts had a wrong signature or body", refused)
	}
	return r
}
