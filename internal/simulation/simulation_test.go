package simulation_test

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"turnstone/elements"
	"turnstone/internal/element"
	"turnstone/internal/instance"
	"turnstone/internal/store/storetest"
)

var (
	seedFlag   = flag.Int64("seed", -1, "run the world of this seed alone, and log what happens in it")
	firstFlag  = flag.Int64("first", 1, "the first seed")
	objectFlag = flag.String("object", "", "with -seed: the object of which to tell all that was shown, received and thought")
	seedsFlag  = flag.Int64("seeds", 0, "how many seeds; 0: 500, and 40 with -short or under the race detector")
)

// How many seeds are run by default: 500 take less than 90 s of one core.
const (
	manySeeds = 500
	fewSeeds  = 40
)

func TestSimulation(t *testing.T) {
	p := newPremises(t)
	first, n := *firstFlag, *seedsFlag
	switch {
	case *seedFlag >= 0:
		first, n = *seedFlag, 1
	case n == 0 && (testing.Short() || underRace):
		n = fewSeeds
	case n == 0:
		n = manySeeds
	}
	// On one processor goroutines take turns in nearly the same order each time.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var sum counts
	begun := time.Now()
	for seed := first; seed < first+n; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { sum.add(run(t, uint64(seed), p)) })
	}
	took := time.Since(begun)
	t.Logf("%d seeds in %v, %.0f virtual hours, %.0f a minute: %v", n, took.Round(time.Millisecond), sum.virtual.Hours(), sum.virtual.Hours()/took.Minutes(), &sum)
}

func run(t *testing.T, seed uint64, p premises) *counts {
	logs := io.Discard
	if *seedFlag >= 0 {
		logs = t.Output()
	}
	var w *world
	synctest.Test(t, func(t *testing.T) {
		w = newWorld(t, seed, p, logs)
		defer func() {
			if err := w.db.Close(); err != nil {
				t.Error(err)
			}
		}()
		if err := w.live(t.Context()); err != nil {
			t.Error(err)
		}
		for _, problem := range w.verdicts() {
			t.Error(problem)
		}
		if t.Failed() && *seedFlag >= 0 {
			w.tell(t.Output(), *objectFlag)
		}
	})
	if t.Failed() {
		t.Logf("a world of %v\nsee it again with: go test ./internal/simulation -run TestSimulation -seed %d", w.profile, seed)
	}
	return &w.counts
}

// newPremises makes what all worlds have in common.
func newPremises(t *testing.T) premises {
	t.Helper()
	catalogue, err := element.Load(elements.FS)
	if err != nil {
		t.Fatal(err)
	}
	p := premises{elements: catalogue, folder: memory(t)}
	p.template = filepath.Join(p.folder, "template")
	if err := os.Mkdir(p.template, 0o700); err != nil {
		t.Fatal(err)
	}
	db, err := storetest.TryOpen(t.Context(), p.template)
	if err != nil {
		t.Fatal(err)
	}
	account, user := storetest.Account(t, db, 1)
	p.owner = instance.Owner{AccountID: account.ID, UserID: user.ID}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return p
}

// memory returns a folder for databases, in memory where the system has such a thing:
// what a disk takes to sync is no part of what is tested.
func memory(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("/dev/shm", "simulation") //nolint:usetesting // t.TempDir is on a disk
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}

// add adds what happened in another world.
func (c *counts) add(o *counts) {
	c.crashes.Add(o.crashes.Load())
	c.stalls.Add(o.stalls.Load())
	c.storage.Add(o.storage.Load())
	c.network.Add(o.network.Load())
	c.polls += o.polls
	c.posts += o.posts
	c.versions += o.versions
	c.changes += o.changes
	c.repeats += o.repeats
	c.virtual += o.virtual
}

// String says what happened.
func (c *counts) String() string {
	return fmt.Sprintf("%d polls, %d posts, %d versions, %d changes received, %d repeats; %d crashes, %d nodes stood still, %d faults of the database, %d of the network",
		c.polls, c.posts, c.versions, c.changes, c.repeats, c.crashes.Load(), c.stalls.Load(), c.storage.Load(), c.network.Load())
}
