package traps_test

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"turnstone"
	"turnstone/elements"
	"turnstone/internal/element"
	"turnstone/internal/hub"
	"turnstone/internal/instance"
	"turnstone/internal/oauth"
	"turnstone/internal/poll"
	"turnstone/internal/provider"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

// start is when the world begins. It is long ago: what is due by the clock of the test is
// due by that of the database too.
var start = time.Date(2021, 3, 1, 12, 0, 0, 500e6, time.UTC)

// clock stands still until it is moved.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// pass moves the clock.
func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// world is an installation with one instance, and everything around it.
type world struct {
	t        *testing.T
	clock    *clock
	db       *store.DB
	another  func() *store.DB // the database as another node has it
	elements *element.Catalogue
	network  network
	desk     *desk
	inbox    *inbox
	owner    instance.Owner
	api      *instance.Instances
	id       int64 // of the instance
	node     *node // polls, unless the test says which node does
}

// onEachDatabase runs a test in a world of its own for each kind of database.
func onEachDatabase(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		db := storetest.OpenAt(t, memory(t))
		test(t, newWorld(t, db, func() *store.DB { return db })) // a file is one process's alone
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		url, dir := storetest.Postgres(t), t.TempDir()
		open := func() *store.DB { return storetest.OpenURL(t, url, dir) }
		test(t, newWorld(t, open(), open))
	})
}

// memory returns a folder in memory, where the system has such a thing: what a disk takes
// to sync is no part of what is tested.
func memory(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("/dev/shm", "traps") //nolint:usetesting // t.TempDir is on a disk
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}

func newWorld(t *testing.T, db *store.DB, another func() *store.DB) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{at: start}, db: db, another: another, elements: catalogue(t)}
	account, user := storetest.Account(t, db, 1)
	w.owner = instance.Owner{AccountID: account.ID, UserID: user.ID}
	w.desk, w.inbox = newDesk(w.clock), newInbox()
	w.network = network{deskHost: w.desk, inboxHost: w.inbox}
	w.node = w.newNode(db)
	w.api = &instance.Instances{
		Store: db, Elements: w.elements, Hub: w.node.hub, Vendor: w.node.keeper,
		CheckURL: func(context.Context, string) error { return nil },
		NewToken: func() (turnstone.Secret, error) { return "instance-token", nil },
		Now:      w.clock.now,
	}
	return w
}

// catalogue returns the elements that there are, and the help desk.
func catalogue(t *testing.T) *element.Catalogue {
	t.Helper()
	files, err := withConcur(fstest.MapFS{"desk/element.yaml": &fstest.MapFile{Data: []byte(deskElement)}})
	if err != nil {
		t.Fatal(err)
	}
	all, err := element.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// withConcur adds the files of the element concur.
func withConcur(files fstest.MapFS) (fstest.MapFS, error) {
	for _, pattern := range []string{"concur/*.yaml", "concur/resources/*.yaml"} {
		names, err := fs.Glob(elements.FS, pattern)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			data, err := fs.ReadFile(elements.FS, name)
			if err != nil {
				return nil, err
			}
			files[name] = &fstest.MapFile{Data: data}
		}
	}
	return files, nil
}

// node is a process that polls.
type node struct {
	keeper *oauth.Keeper
	hub    *hub.Hub
	loop   *poll.Loop
}

// newNode puts a node together as package app does.
func (w *world) newNode(db *store.DB) *node {
	client, log := &http.Client{Transport: w.network}, slog.New(slog.DiscardHandler)
	n := &node{keeper: &oauth.Keeper{Store: db, Elements: w.elements, HTTP: client, Now: w.clock.now, Log: log}}
	n.hub = &hub.Hub{Elements: w.elements, Provider: &provider.Client{HTTP: client, Credentials: n.keeper, Now: w.clock.now}}
	n.loop = &poll.Loop{
		Store: db, Source: n.hub, Elements: w.elements, Stored: func(int64) {}, Log: log,
		Now: w.clock.now, Random: rand.NewChaCha8([32]byte{}),
		Tick: poll.DefaultTick, Lease: poll.DefaultLease, Concurrency: 4, MaxChanges: poll.DefaultMaxChanges,
	}
	return n
}

// polling is a poller configuration: of a resource of the desk, with the members that
// matter to the test.
func polling(resource string, members ...string) map[string]string {
	where := ""
	if resource != "colours" {
		where = "?where=modifiedAfter='${date:yyyy-MM-dd'T'HH:mm:ss.SSS}'"
	}
	members = append([]string{fmt.Sprintf(`"url":"/hubs/desk/%s%s"`, resource, where)}, members...)
	return map[string]string{turnstone.KeyPollers: fmt.Sprintf(`{%q:{%s}}`, resource, strings.Join(members, ","))}
}

// connect makes the instance of an element. Polling begins now, once a minute.
func (w *world) connect(key string, configuration map[string]string) {
	w.t.Helper()
	all := map[string]string{
		turnstone.KeyEventsEnabled: "true", turnstone.KeyRefreshInterval: "1",
		turnstone.KeyCallbackURL: "https://" + inboxHost + "/", turnstone.KeySignatureKey: signatureKey,
	}
	maps.Copy(all, configuration)
	name := "Test"
	made, err := w.api.Create(w.t.Context(), w.owner, instance.Input{
		Name: &name, Element: &instance.ElementRef{Key: key}, Configuration: all,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.id = made.ID
}

// edit changes the configuration of the instance.
func (w *world) edit(configuration map[string]string) {
	w.t.Helper()
	if _, err := w.api.Update(w.t.Context(), w.owner.AccountID, w.id, instance.Input{Configuration: configuration}); err != nil {
		w.t.Fatal(err)
	}
}

// poller returns the poller as it is stored.
func (w *world) poller() turnstone.Poller {
	w.t.Helper()
	pollers, err := w.db.Pollers(w.t.Context(), w.owner.AccountID, w.id)
	if err != nil || len(pollers) != 1 {
		w.t.Fatalf("Pollers = %v, %v, want one", pollers, err)
	}
	return pollers[0]
}

// await moves the clock to when the poller is due. What the database made due itself is
// due by its clock, years ahead, and needs no waiting.
func (w *world) await() {
	w.t.Helper()
	const years = 1000 * 24 * time.Hour
	if wait := w.poller().NextAt.Sub(w.clock.now()); wait > 0 && wait < years {
		w.clock.pass(wait)
	}
}

// claim claims the poller.
func (w *world) claim() turnstone.PollLease {
	w.t.Helper()
	leases, err := w.db.ClaimPollers(w.t.Context(), 10, poll.DefaultLease)
	if err != nil || len(leases) != 1 {
		w.t.Fatalf("ClaimPollers = %d leases, %v, want the poller", len(leases), err)
	}
	return leases[0]
}

// poll polls once, when that is due, and returns the log of the poll.
func (w *world) poll() turnstone.Poll {
	w.t.Helper()
	w.await()
	w.node.loop.Poll(w.t.Context(), w.claim())
	return w.lastPoll()
}

// polls polls several times.
func (w *world) polls(n int) {
	w.t.Helper()
	for range n {
		w.poll()
	}
}

// until polls until the poller is as it should be.
func (w *world) until(what string, ready func(turnstone.Poller) bool) {
	w.t.Helper()
	for range 200 {
		if ready(w.poller()) {
			return
		}
		w.poll()
	}
	w.t.Fatalf("after 200 polls the poller is %+v, want it to be %s", w.poller(), what)
}

func (w *world) lastPoll() turnstone.Poll {
	w.t.Helper()
	polls, err := w.db.Polls(w.t.Context(), turnstone.PollFilter{AccountID: w.owner.AccountID, PollerID: w.poller().ID, Limit: 1})
	if err != nil || len(polls) != 1 {
		w.t.Fatalf("Polls = %v, %v, want the last", polls, err)
	}
	return polls[0]
}
