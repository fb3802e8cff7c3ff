package simulation_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"turnstone/internal/concursim"
	"turnstone/internal/element"
	"turnstone/internal/hub"
	"turnstone/internal/instance"
	"turnstone/internal/provider"
	"turnstone/internal/seal"
	"turnstone/internal/store"
)

// world is one seed: everything there is, and its clock.
type world struct {
	profile   profile
	dice      *dice
	sky       sky
	log       *slog.Logger
	elements  *element.Catalogue
	hub       *hub.Hub // checks what customers write; asks nobody
	db        *store.DB
	sim       *concursim.Simulator
	servers   map[string]http.Handler
	serving   sync.WaitGroup
	paths     *http.ServeMux // of the receivers
	inboxes   []*inbox
	customers []*customer
	api       *instance.Instances
	owner     instance.Owner
	tokens    int
	begun     time.Time
	watch     *watch
	nodes     []*node
	started   int
	counts    counts
}

// counts is what happened in a world, or in several.
type counts struct {
	crashes, stalls, storage, network atomic.Int64

	polls, posts, versions, changes, repeats int
	virtual                                  time.Duration
}

// premises is what all worlds have in common.
type premises struct {
	elements *element.Catalogue
	template string // a folder with a database that has an account
	folder   string // for those of the worlds
	owner    instance.Owner
}

// newWorld makes the world of a seed. The caller closes its database.
func newWorld(t *testing.T, seed uint64, p premises, logs io.Writer) *world {
	t.Helper()
	w := &world{
		dice: newDice(seed), elements: p.elements, owner: p.owner,
		log: slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	w.profile = newProfile(w.dice)
	w.watch = newWatch(w)
	w.hub = &hub.Hub{Elements: p.elements, Provider: &provider.Client{Now: time.Now}}
	w.openDatabase(t, p)
	var err error
	w.sim, err = concursim.New(concursim.Options{
		Seed: seed, Companies: w.profile.companies, Reports: max(w.profile.reports, -1),
		Switches: w.profile.switches, BaseURL: "https://" + vendorHost,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.profile.switches = w.sim.Switches() // complete
	w.api = newAPI(w)
	w.paths = http.NewServeMux()
	w.servers = map[string]http.Handler{vendorHost: w.sim, inboxHost: w.paths}
	for _, company := range w.sim.Companies() {
		b, err := newInbox(w, fmt.Sprintf("/%d/", company.Number))
		if err != nil {
			t.Fatal(err)
		}
		w.customers = append(w.customers, &customer{world: w, company: company, inbox: b})
	}
	return w
}

// openDatabase opens a copy of the template, by the virtual clock.
func (w *world) openDatabase(t *testing.T, p premises) {
	t.Helper()
	folder, err := os.MkdirTemp(p.folder, "world") //nolint:usetesting // in memory, as the folder of them all
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	if err := os.CopyFS(folder, os.DirFS(p.template)); err != nil {
		t.Fatal(err)
	}
	ring, err := seal.Open(filepath.Join(p.template, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	w.db, err = store.Open(t.Context(), store.Options{Path: filepath.Join(folder, "turnstone.db"), Sealer: ring, Now: time.Now, Log: w.log})
	if err != nil {
		t.Fatal(err)
	}
}

// live runs the world until its life is over, then mends everything, waits until
// nothing is left to do, and ends the nodes.
func (w *world) live(ctx context.Context) error {
	w.begun = time.Now()
	for _, c := range w.customers {
		if err := c.join(ctx); err != nil {
			return err
		}
	}
	for range w.profile.nodes {
		w.startNode(ctx)
	}
	for r := w.dice.about("pace"); time.Since(w.begun) < w.profile.life; {
		after(between(r, time.Second, w.profile.pace))
		w.happen(ctx)
	}
	settled := w.settle(ctx)
	for _, n := range w.nodes {
		n.stop()
		n.running.Wait()
	}
	w.serving.Wait()
	w.counts.virtual = time.Since(w.begun)
	return settled
}

// employ starts as many nodes as are missing.
func (w *world) employ(ctx context.Context) {
	w.nodes = slices.DeleteFunc(w.nodes, func(n *node) bool {
		if n.crashed.Load() {
			w.serving.Go(n.running.Wait)
		}
		return n.crashed.Load()
	})
	for len(w.nodes) < w.profile.nodes {
		w.startNode(ctx)
	}
}

const (
	// patience is how long a world may take to come to rest once all is well.
	patience = 12 * time.Hour
	// glance is how often it is looked at.
	glance = 5 * time.Minute
)

// settle mends everything and waits until nothing is left to do.
func (w *world) settle(ctx context.Context) error {
	w.log.Info("everything is mended")
	w.sky.change(weather{})
	calm := w.profile.switches
	if err := w.sim.SetSwitches(calm); err != nil {
		return err
	}
	w.employ(ctx)
	for _, b := range w.inboxes {
		b.mood.Store(&mood{})
	}
	for _, c := range w.customers {
		if err := c.mend(ctx); err != nil {
			return fmt.Errorf("mend instance %d: %w", c.id, err)
		}
	}
	mended := time.Now()
	for time.Since(mended) < patience {
		w.redeliver(ctx)
		after(glance)
		if idle, err := w.idle(ctx, mended.Add(leastOverlap*time.Second)); idle || err != nil {
			return err
		}
	}
	return fmt.Errorf("%v after everything was mended there is still something to do: %s", patience, w.unfinished(ctx))
}

// idle reports whether nothing is left to do.
func (w *world) idle(ctx context.Context, since time.Time) (bool, error) {
	backlog, err := w.db.Backlog(ctx)
	if err != nil || backlog.Owed+backlog.InactiveOwed > 0 {
		return false, err
	}
	for _, c := range w.customers {
		if idle, err := c.idle(ctx, since); !idle {
			return false, err
		}
	}
	return true, nil
}
