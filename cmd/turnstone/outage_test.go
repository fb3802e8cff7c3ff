//go:build unix

package main_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"turnstone/internal/concursim"
	"turnstone/internal/fleet"
	"turnstone/internal/pgtest"
)

// ownCluster starts a cluster for a test that ends its server.
func ownCluster(t *testing.T) *pgtest.Cluster {
	t.Helper()
	c, err := pgtest.Start(t.Context(), pgtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// outage is a way in which a database goes away, and comes back.
type outage struct{ begin, end func() error }

// outages are all that look different to a node.
func outages(t *testing.T, c *pgtest.Cluster, n *node) map[string]outage {
	t.Helper()
	restart := func() error { return c.Restart(t.Context()) }
	heal := func() error { n.network.Heal(); return nil }
	return map[string]outage{
		"the server stops":             {func() error { return c.Stop(pgtest.Fast) }, restart},
		"the server dies":              {c.Kill, restart},
		"the network is cut":           {func() error { n.network.Cut(); return nil }, heal},
		"the network loses everything": {func() error { n.network.Freeze(); return nil }, heal},
	}
}

func TestDatabaseAwayIsSaid(t *testing.T) {
	t.Parallel()
	const (
		companies = 10
		away      = 3 * time.Second
		// noise is how many lines of the log an outage may cost: one for whatever was
		// under way, some for the probes of this test, and a reminder now and then.
		noise = 5 * companies
	)
	c := ownCluster(t)
	i := install(t, c, shortLease)
	n := i.node(t, "node")
	started(t, n)
	f := newFleet(t, concursim.Options{Seed: 23, Companies: companies, Rate: 50}, nil)
	connect(t, f, n)
	for name, o := range outages(t, c, n) {
		live(t, f, time.Second)
		before := n.complaints(t)
		if err := o.begin(); err != nil {
			t.Fatal(err)
		}
		saysThatTheDatabaseIsAway(t, n, f)
		live(t, f, away)
		complaints := n.complaints(t) - before
		if err := o.end(); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d lines of warnings and errors", name, complaints)
		if complaints > noise {
			t.Errorf("%s: the log has %d lines of warnings and errors, want %d at most", name, complaints, noise)
		}
		eventually(t, "it is ready again", func() bool {
			status, _ := get(t, n.url()+"/readyz", "")
			return status == http.StatusOK
		})
		if t.Failed() {
			t.Fatalf("that was while this happened: %s", name)
		}
	}
	if names := named(t, n); len(names) != companies {
		t.Errorf("instances = %v, want those that were acknowledged", names)
	}
	audited(t, f, i)
	n.leave(t)
}

// saysThatTheDatabaseIsAway fails the test unless a node tells everybody.
func saysThatTheDatabaseIsAway(t *testing.T, n *node, f *fleet.Fleet) {
	t.Helper()
	if status, text := get(t, n.url()+"/readyz", ""); status != http.StatusServiceUnavailable || !strings.Contains(text, "database") {
		t.Errorf("/readyz = %d %s, want 503 and the reason", status, text)
	}
	if status, text := get(t, n.admin()+"/healthz", ""); status != http.StatusOK {
		t.Errorf("/healthz = %d %s, want 200", status, text)
	}
	err := fleet.Post(t.Context(), n.url()+"/elements/api-v2/instances", authorization, unpolled(f, "not stored"))
	if err == nil || !strings.HasPrefix(err.Error(), "50") || strings.Contains(err.Error(), "SQL") {
		t.Errorf("POST /instances = %v, want a 50x without the database's own words", err)
	}
}

// complaints returns the number of warnings and errors in the log of a node.
func (n *node) complaints(t *testing.T) int {
	t.Helper()
	return n.lines(t, "level=WARN") + n.lines(t, "level=ERROR")
}

// Clients that make instances while the database server dies are told the truth.
func TestWhatIsAcknowledgedOutlivesTheServer(t *testing.T) {
	t.Parallel()
	const deaths = 3
	c := ownCluster(t)
	i := install(t, c, shortLease)
	n := i.node(t, "node")
	started(t, n)
	clients := &posting{fleet: newFleet(t, concursim.Options{Seed: 29}, nil), acknowledged: map[string]bool{}}
	stop := clients.start(t, n.url())
	for range deaths {
		clients.wait(t, true)
		if err := c.Kill(); err != nil {
			t.Fatal(err)
		}
		clients.wait(t, false)
		if err := c.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	t.Logf("%d instances were acknowledged and %d were not", clients.count(true), clients.count(false))
	stored := named(t, n)
	for name, acknowledged := range clients.acknowledged {
		if times := stored[name]; times > 1 || acknowledged && times != 1 {
			t.Errorf("%s (acknowledged: %v) is there %d times, want once, or once at most if it was not", name, acknowledged, times)
		}
	}
	n.leave(t)
}

// posting is what clients know of the instances that they make, one after the other.
type posting struct {
	fleet *fleet.Fleet

	mu           sync.Mutex
	acknowledged map[string]bool // or not, by name
}

// clients is how many there are.
const clients = 4

// start starts the clients, and returns what stops them.
func (p *posting) start(t *testing.T, service string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for client := range clients {
		running.Go(func() {
			for k := 0; ctx.Err() == nil; k++ {
				p.post(context.WithoutCancel(ctx), service, fmt.Sprintf("client %d, %d", client, k))
			}
		})
	}
	return func() {
		cancel()
		running.Wait()
	}
}

// post makes one instance.
func (p *posting) post(ctx context.Context, service, name string) {
	err := fleet.Post(ctx, service+"/elements/api-v2/instances", authorization, unpolled(p.fleet, name))
	p.mu.Lock()
	defer p.mu.Unlock()
	p.acknowledged[name] = err == nil
}

// count returns how many instances were acknowledged, or were not.
func (p *posting) count(acknowledged bool) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, got := range p.acknowledged {
		if got == acknowledged {
			n++
		}
	}
	return n
}

// wait waits until several more were acknowledged, or were not.
func (p *posting) wait(t *testing.T, acknowledged bool) {
	t.Helper()
	before := p.count(acknowledged)
	eventually(t, fmt.Sprintf("instances are acknowledged: %v", acknowledged), func() bool {
		return p.count(acknowledged) > before+clients
	})
}

// A node that cannot store what it did is not held up by that when it is told to end,
// and says that it left something behind.
func TestANodeEndsInTimeWhileTheDatabaseIsSilent(t *testing.T) {
	t.Parallel()
	i := install(t, pgtest.Shared(t), shortLease)
	n, other := i.node(t, "node"), i.node(t, "other")
	started(t, n)
	f := newFleet(t, concursim.Options{Seed: 31, Companies: 5, Rate: 100}, nil)
	connect(t, f, n)
	live(t, f, time.Second)
	n.network.Freeze()
	live(t, f, time.Second)
	if err := n.terminate(); err == nil || strings.Contains(err.Error(), "it took") || !strings.Contains(err.Error(), "exit status 1") {
		t.Errorf("it ends with %v, want exit status 1 in time", err)
	}
	if n.lines(t, "time to stop is over") == 0 {
		t.Error("it does not say what it left behind")
	}
	started(t, other)
	audited(t, f, i)
}

// leave ends a node as a service manager does.
func (n *node) leave(t *testing.T) {
	t.Helper()
	if err := n.terminate(); err != nil {
		t.Error(err)
	}
}

// unpolled is the body that makes an instance which is not polled.
func unpolled(f *fleet.Fleet, name string) map[string]any {
	login := f.Sim.Companies()[0]
	return map[string]any{
		"name": name, "element": map[string]any{"key": "concur"},
		"configuration": map[string]any{
			"oauth.api.key": "id", "oauth.api.secret": "secret", "base.url": f.Vendor(),
			"username": login.Login, "password": login.Password,
		},
	}
}

// named returns how many instances there are of each name. They must fit one page, of
// a thousand.
func named(t *testing.T, n *node) map[string]int {
	t.Helper()
	status, text := get(t, n.url()+"/elements/api-v2/instances", authorization)
	var instances []struct{ Name string }
	if err := json.Unmarshal([]byte(text), &instances); err != nil || status != http.StatusOK || len(instances) == 1000 {
		t.Fatalf("GET /instances = %d, %d of them, %v; want 200 and fewer than a page has", status, len(instances), err)
	}
	names := map[string]int{}
	for _, i := range instances {
		names[i.Name]++
	}
	return names
}
