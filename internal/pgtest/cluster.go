package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/url"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
)

// Options is what may differ between clusters. The zero value is the one for
// tests: what was committed survives [Cluster.Kill], but not the machine's end.
type Options struct {
	// Durable makes the server wait for the disk and use it as one does that
	// matters: with PostgreSQL's own defaults. It is for benchmarks.
	Durable bool
	// Settings are added to those of the server, or take their place:
	// "shared_buffers" is such a name.
	Settings map[string]string
}

// Mode is how [Cluster.Stop] ends the server.
type Mode syscall.Signal

const (
	// Fast ends all sessions, writes everything to the data files and stops.
	Fast = Mode(syscall.SIGINT)
	// Immediate just stops; the next start recovers what was committed.
	Immediate = Mode(syscall.SIGQUIT)
)

// Cluster is a PostgreSQL of our own. Its methods may be called by several
// goroutines.
type Cluster struct {
	home     *home
	programs string // the folder of initdb and postgres
	owner    account
	options  Options

	databases  atomic.Int64 // how many were made; it makes their names
	templating sync.Mutex   // held while templates is read or changed
	templates  map[string]bool

	mu     sync.Mutex // held while the server starts or ends
	server *server    // nil while there is none
}

// Start creates an empty cluster, starts its server, and returns when that
// answers: after 0.8 s on two cores, of which initdb takes 0.6. [Cluster.Close]
// ends it; if nobody calls that, it ends with the process.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	programs, err := findPrograms(ctx, folders)
	if err != nil {
		return nil, err
	}
	owner, err := serverAccount()
	if err != nil {
		return nil, err
	}
	h, err := newHome(base(o), owner)
	if err != nil {
		return nil, fmt.Errorf("make a folder for PostgreSQL: %w", err)
	}
	c := &Cluster{home: h, programs: programs, owner: owner, options: o, templates: map[string]bool{}}
	if err := c.initialise(ctx); err != nil {
		return nil, errors.Join(err, h.close())
	}
	if err := c.Restart(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// initialise runs initdb.
func (c *Cluster) initialise(ctx context.Context) error {
	args := []string{
		"--pgdata", c.data(), "--username", superuser, "--auth", "trust",
		"--encoding", "UTF8", "--locale", "C", "--no-instructions",
	}
	if !c.options.Durable {
		args = append(args, "--no-sync")
	}
	command := exec.CommandContext(ctx, filepath.Join(c.programs, "initdb"), args...)
	command.Dir, command.Env, command.SysProcAttr = c.Dir(), environment(), detached(c.owner)
	output, err := command.CombinedOutput()
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("run %s as user %d in %s: %w: set TMPDIR to a folder that this user may enter, such as /tmp",
			command.Path, c.owner.uid, command.Dir, err)
	case err != nil:
		return fmt.Errorf("run initdb: %w: %s", err, bytes.TrimSpace(output))
	}
	return nil
}

// Restart starts the server, with the data that it had. If it is running, it is
// stopped first, in Fast mode. Restart returns when the server answers.
func (c *Cluster) Restart(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.end(stopped(Fast)); err != nil {
		return err
	}
	s, err := startServer(serverSpec{
		program:  filepath.Join(c.programs, "postgres"),
		folder:   c.Dir(),
		data:     c.data(),
		settings: c.settings(),
		owner:    c.owner,
	})
	if err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	c.server = s
	if err := c.home.guard(s.pid()); err != nil {
		return err
	}
	if err := s.ready(ctx, c.URL(maintenance)); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	return nil
}

// settings returns the configuration of the server.
func (c *Cluster) settings() map[string]string {
	settings := map[string]string{
		"listen_addresses":        "",
		"unix_socket_directories": c.Dir(),
		"port":                    port,
		"max_connections":         "200",
		// What is acknowledged has been written, if not always to a disk: a
		// server that is killed has it.
		"synchronous_commit": "on",
	}
	if !c.options.Durable {
		maps.Copy(settings, hasty)
	}
	maps.Copy(settings, c.options.Settings)
	return settings
}

// hasty is what makes a server fast and small that need not survive the machine.
var hasty = map[string]string{
	"fsync":            "off",
	"full_page_writes": "off",
	"shared_buffers":   "32MB",
	"min_wal_size":     "32MB",
	"max_wal_size":     "128MB",
	// In the data folder, which is in memory as a rule. The usual place is
	// outside of it, where a server that is killed leaves it behind.
	"dynamic_shared_memory_type": "mmap",
}

// Stop stops the server and keeps its data. It does nothing if the server is not
// running.
func (c *Cluster) Stop(m Mode) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.end(stopped(m))
}

// Kill ends all processes of the server with SIGKILL, and keeps the data as it
// was at that moment. It does nothing if the server is not running. The one thing
// that a killed server leaves to the machine, 56 bytes of shared memory, goes when
// it is started again.
func (c *Cluster) Kill() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.end((*server).kill)
}

// stopped is the way for the server to end in a mode.
func stopped(m Mode) func(*server) error {
	return func(s *server) error { return s.stop(syscall.Signal(m)) }
}

// end ends the server in a way, if there is one. The caller holds mu.
func (c *Cluster) end(way func(*server) error) error {
	if c.server == nil {
		return nil
	}
	if err := way(c.server); err != nil {
		return fmt.Errorf("end PostgreSQL: %w", err)
	}
	c.server = nil
	return c.home.guard(0)
}

// Close stops the server and removes its data. The cluster is of no use then.
func (c *Cluster) Close() error {
	return errors.Join(c.Stop(Immediate), c.home.close())
}

// PIDs returns the processes of the server, the first of which started the
// others. It returns none if the server is not running.
func (c *Cluster) PIDs() ([]int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.server == nil {
		return nil, nil
	}
	return c.server.processes()
}

// Dir returns the folder of the cluster: its socket, its log and its data.
func (c *Cluster) Dir() string { return c.home.path }

// data returns the folder of the data.
func (c *Cluster) data() string { return filepath.Join(c.Dir(), "data") }

// URL returns where to reach a database of the cluster.
func (c *Cluster) URL(database string) string {
	at := url.Values{"host": {c.Dir()}, "port": {port}}
	u := url.URL{Scheme: "postgres", User: url.User(superuser), Path: "/" + database, RawQuery: at.Encode()}
	return u.String()
}

// URLThrough returns where to reach a database of the cluster by way of a proxy,
// which c.Proxy made.
func (c *Cluster) URLThrough(p *Proxy, database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(superuser), Host: p.Addr(), Path: "/" + database, RawQuery: "sslmode=disable"}
	return u.String()
}

// Proxy starts a proxy in front of the server. It outlives restarts of the
// server. The caller closes it.
func (c *Cluster) Proxy() (*Proxy, error) {
	return NewProxy(&net.UnixAddr{Net: "unix", Name: filepath.Join(c.Dir(), ".s.PGSQL."+port)})
}
