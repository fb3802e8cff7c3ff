package simulation_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"turnstone/internal/deliver"
	"turnstone/internal/hub"
	"turnstone/internal/oauth"
	"turnstone/internal/poll"
	"turnstone/internal/provider"
)

// errCrashed answers the calls of a node that is no more.
var errCrashed = errors.New("simulation: this node has crashed")

// node is a process: the loops as app runs them, over a store and a network that it
// may lose at any step.
type node struct {
	name    string
	world   *world
	stop    context.CancelFunc
	crashed atomic.Bool
	running sync.WaitGroup

	mu       sync.Mutex
	standing time.Time // it stands still until then
}

// startNode starts a node.
func (w *world) startNode(ctx context.Context) {
	w.started++
	n := &node{name: fmt.Sprintf("node %d", w.started), world: w}
	ctx, n.stop = context.WithCancel(ctx)
	w.nodes = append(w.nodes, n)
	polls, deliveries := n.loops()
	n.running.Go(func() { _ = polls.Run(ctx) }) // both end without an error
	n.running.Go(func() { _ = deliveries.Run(ctx) })
	w.log.Info("node starts", "node", n.name)
}

// loops puts a node together as package app does.
func (n *node) loops() (*poll.Loop, *deliver.Loop) {
	w, p, store := n.world, n.world.profile, &storage{node: n}
	client, bell := &http.Client{Transport: &network{world: w, node: n}}, deliver.NewBell()
	log := w.log.With("node", n.name)
	keeper := &oauth.Keeper{Store: store, Elements: w.elements, HTTP: client, Now: time.Now, Log: log}
	source := &hub.Hub{Elements: w.elements, Provider: &provider.Client{HTTP: client, Credentials: keeper, Now: time.Now}}
	polls := &poll.Loop{
		Store: store, Source: source, Elements: w.elements, Stored: bell.Ring, Log: log, Now: time.Now, Random: rand.Reader,
		Tick: p.tick, Lease: p.pollLease, Concurrency: 4, MaxChanges: poll.DefaultMaxChanges,
	}
	deliveries := &deliver.Loop{
		Store: store, Client: client, Bell: bell, Log: log, Now: time.Now,
		Spread: func() float64 { return w.dice.about("spread").Float64() }, Schedule: p.schedule,
		Tick: p.tick, Timeout: deliver.DefaultTimeout, Lease: p.postLease, Concurrency: 4, Lanes: 16,
	}
	return polls, deliveries
}

// crash ends the node: nothing that it still does reaches anybody.
func (n *node) crash(where string) {
	if n.crashed.Swap(true) {
		return
	}
	n.world.counts.crashes.Add(1)
	n.world.log.Info("node crashes", "node", n.name, "at", where)
	n.stop()
}

// stand lets the node stand still for a while, as a process that is not scheduled.
func (n *node) stand(d time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.standing = time.Now().Add(d)
	n.world.counts.stalls.Add(1)
	n.world.log.Info("node stands still", "node", n.name, "for", d)
}

// step is taken before and after everything that others can notice. It waits while the
// node stands still, and returns errCrashed if it is no more. A nil node is none, and
// has no troubles.
func (n *node) step(what string) error {
	if n == nil {
		return nil
	}
	weather := n.world.sky.weather()
	if n.world.dice.chance(n.name+" crash", weather.crash) {
		n.crash(what)
	}
	if n.world.dice.chance(n.name+" stand", weather.standing) {
		n.stand(between(n.world.dice.about(n.name), time.Second, 10*time.Minute))
	}
	n.mu.Lock()
	left := time.Until(n.standing)
	n.mu.Unlock()
	if left > 0 && !n.crashed.Load() {
		after(left)
	}
	if n.crashed.Load() {
		return errCrashed
	}
	return nil
}

// after waits. What stands still does not notice that it is told to stop.
func after(d time.Duration) { <-time.NewTimer(d).C }
