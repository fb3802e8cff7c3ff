//go:build unix

package main_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"turnstone/internal/concursim"
	"turnstone/internal/pgtest"
)

// For longer tests by hand, and to see again what one has seen:
//
//	go test ./cmd/turnstone -run Chaos -v -chaos 10m -seed 7 -timeout 20m -artifacts
var (
	chaosTime = flag.Duration("chaos", 35*time.Second, "how long the chaos test lasts")
	chaosSeed = flag.Uint64("seed", 0, "decides what happens in the chaos test; 0 for something new")
)

// chaosLease is short, so that a short test sees many nodes lose their leases.
const chaosLease = 4 * time.Second

// TestThreeNodesUnderChaos does to three nodes and their database whatever happens to
// machines, while twenty companies make a hundred changes a second.
func TestThreeNodesUnderChaos(t *testing.T) {
	t.Parallel()
	c := ownCluster(t)
	i := install(t, c, chaosLease)
	nodes := three(t, i)
	// Slow answers, so that most mishaps come in the middle of something.
	slow := concursim.Switches{SlowShare: 0.5, SlowMillis: 700}
	f := newFleet(t, concursim.Options{Seed: 5, Companies: 20, Rate: 100, Switches: slow}, dawdling)
	connect(t, f, nodes[0])

	chaos := newChaos(t)
	ctx, cancel := context.WithTimeout(t.Context(), *chaosTime)
	defer cancel()
	var happening sync.WaitGroup
	for n, each := range nodes {
		happening.Go(func() { chaos.befall(ctx, each, chaos.random(n)) })
	}
	happening.Go(func() { chaos.strike(ctx, c, chaos.random(len(nodes))) })
	live(t, f, *chaosTime)
	happening.Wait()
	if t.Failed() {
		return
	}
	live(t, f, 2*time.Second) // also when all is well again
	audited(t, f, i)
	lost := 0
	for _, n := range nodes {
		lost += n.lines(t, "taken over while it was")
		if panics := n.lines(t, "panic"); panics != 0 {
			t.Errorf("the log of %s has %d lines about a panic", n.name, panics)
		}
	}
	t.Logf("%d mishaps; leases were lost %d times", chaos.count, lost)
}

// dawdling makes a receiver take a moment to answer what it has taken.
func dawdling(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r)
		rest(r.Context(), 100*time.Millisecond)
	})
}

// chaos is a series of mishaps. Each node, and the server, meets its own: those of
// one seed are always the same, but for the moments at which they meet.
type chaos struct {
	t     *testing.T
	seed  uint64
	begun time.Time

	mu    sync.Mutex
	count int
}

func newChaos(t *testing.T) *chaos {
	t.Helper()
	seed := *chaosSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("chaos of %v by -seed %d", *chaosTime, seed)
	return &chaos{t: t, seed: seed, begun: time.Now()}
}

// random decides what one of them meets.
func (c *chaos) random(who int) *rand.Rand { return rand.New(rand.NewPCG(c.seed, uint64(who))) }

// happens notes a mishap.
func (c *chaos) happens(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count++
	c.t.Logf("%6.2f s: %s", time.Since(c.begun).Seconds(), fmt.Sprintf(format, args...))
}

// mishap is what may happen to a node, for how long at most, and how that ends.
type mishap struct {
	name       string
	longest    time.Duration
	begin, end func(ctx context.Context, n *node) error
}

// mishaps last shorter than a lease, or longer.
func mishaps() []mishap {
	start := func(ctx context.Context, n *node) error { return n.start(ctx) }
	heal := func(_ context.Context, n *node) error { n.network.Heal(); return nil }
	return []mishap{
		{"killed", chaosLease, func(_ context.Context, n *node) error { return n.kill() }, start},
		{"terminated", time.Second, func(_ context.Context, n *node) error { return n.terminate() }, start},
		{"frozen", 2 * chaosLease, func(_ context.Context, n *node) error { return n.freeze() }, func(_ context.Context, n *node) error { return n.thaw() }},
		{"cut off", 2 * chaosLease, func(_ context.Context, n *node) error { n.network.Cut(); return nil }, heal},
		{"in a network that loses everything", 2 * chaosLease, func(_ context.Context, n *node) error { n.network.Freeze(); return nil }, heal},
	}
}

// befall lets a node meet mishaps until ctx ends; then it is well.
func (c *chaos) befall(ctx context.Context, n *node, random *rand.Rand) {
	all := mishaps()
	for rest(ctx, upTo(random, 3*time.Second)) {
		m := all[random.IntN(len(all))]
		lasts := upTo(random, m.longest)
		c.happens("%s is %s for %v", n.name, m.name, lasts.Round(time.Millisecond))
		if err := m.begin(ctx, n); err != nil {
			c.t.Errorf("%s %s: %v", n.name, m.name, err)
			return
		}
		rest(ctx, lasts)
		if err := m.end(context.WithoutCancel(ctx), n); err != nil {
			c.t.Errorf("%s no longer %s: %v", n.name, m.name, err)
			return
		}
	}
}

// strike restarts and kills the database server by turns until ctx ends; then it
// runs.
func (c *chaos) strike(ctx context.Context, server *pgtest.Cluster, random *rand.Rand) {
	for turn := 0; rest(ctx, 8*time.Second+upTo(random, 8*time.Second)); turn++ {
		if turn%2 == 0 {
			c.happens("the server is restarted")
		} else {
			away := upTo(random, 2*time.Second)
			c.happens("the server is killed, and away for %v", away.Round(time.Millisecond))
			if err := server.Kill(); err != nil {
				c.t.Error(err)
				return
			}
			rest(ctx, away)
		}
		if err := server.Restart(context.WithoutCancel(ctx)); err != nil {
			c.t.Error(err)
			return
		}
	}
}

// upTo returns a random time.
func upTo(random *rand.Rand, longest time.Duration) time.Duration {
	return time.Duration(random.Int64N(int64(longest)))
}

// rest waits, and reports whether ctx has not ended.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
