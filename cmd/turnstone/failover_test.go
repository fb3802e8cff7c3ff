//go:build unix

package main_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"turnstone/internal/concursim"
	"turnstone/internal/fleet"
	"turnstone/internal/pgtest"
)

// holder is one node of two that holds a lease while it waits for somebody, and what
// it waits for.
type holder struct {
	*installation
	fleet       *fleet.Fleet
	node, other *node
	release     func() // what it waits for comes
	took        string // the message of the log when one has done the same work
}

// holders are the two ways of holding a lease. Only one node runs at first, so that
// it is this one that holds it; the other is there when they return.
func holders() map[string]func(t *testing.T) *holder {
	return map[string]func(t *testing.T) *holder{
		"while it delivers": holdingDelivery,
		"while it polls":    holdingPoll,
	}
}

// shortLease is the one of these tests.
const shortLease = 2 * time.Second

// holdingDelivery returns a node that has posted an event which the receiver has
// taken and not answered.
func holdingDelivery(t *testing.T) *holder {
	t.Helper()
	w := &waiting{first: make(chan struct{}, 1), asked: make(chan struct{}), free: make(chan struct{})}
	w.first <- struct{}{}
	h := hold(t, newFleet(t, concursim.Options{Seed: 3}, w.wrap))
	t.Cleanup(w.release) // the fleet waits for its receiver's answers
	h.release, h.took = w.release, "msg=attempt"
	change(t, h.fleet)
	select {
	case <-w.asked:
	case <-time.After(endsWithin):
		t.Fatal("nothing was posted")
	}
	started(t, h.other)
	return h
}

// holdingPoll returns a node that has asked the vendor for a page and has half of it.
func holdingPoll(t *testing.T) *holder {
	t.Helper()
	h := hold(t, newFleet(t, concursim.Options{Seed: 3}, nil))
	h.took = "msg=poll "
	slow := h.fleet.Sim.Switches()
	slow.SlowShare, slow.SlowMillis = 1, int(3*shortLease/time.Millisecond)
	if err := h.fleet.Sim.SetSwitches(slow); err != nil {
		t.Fatal(err)
	}
	h.release = func() {
		slow.SlowShare = 0
		if err := h.fleet.Sim.SetSwitches(slow); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "an answer is slow", func() bool {
		return slices.ContainsFunc(h.fleet.Sim.Requests(), func(r concursim.Request) bool { return r.Fault == "slow" })
	})
	change(t, h.fleet)
	h.release() // whoever asks from now on
	started(t, h.other)
	return h
}

// hold makes an installation of two nodes, of which one runs and polls a fleet.
func hold(t *testing.T, f *fleet.Fleet) *holder {
	t.Helper()
	i := install(t, pgtest.Shared(t), shortLease)
	h := &holder{installation: i, fleet: f, node: i.node(t, "holder"), other: i.node(t, "other")}
	started(t, h.node)
	connect(t, f, h.node)
	return h
}

// change makes a few changes at the vendor.
func change(t *testing.T, f *fleet.Fleet) {
	t.Helper()
	if _, err := f.Sim.Change(concursim.Order{Count: 3}); err != nil {
		t.Fatal(err)
	}
}

// waiting is a receiver that takes the first event and does not answer until it is
// released. It answers the others at once.
type waiting struct {
	first       chan struct{} // holds a token for the first event
	asked, free chan struct{} // closed
	freed       sync.Once
}

func (w *waiting) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(answer, r)
		select {
		case <-w.first:
			close(w.asked)
			<-w.free
		default:
		}
	})
}

func (w *waiting) release() { w.freed.Do(func() { close(w.free) }) }

func TestANodeThatDiesIsCoveredWithinOneLease(t *testing.T) {
	t.Parallel()
	for name, holding := range holders() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := holding(t)
			died := time.Now()
			if err := h.node.kill(); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the other has done the work", func() bool { return h.other.lines(t, h.took) > 0 })
			// Generous: the lease that nobody asked for is two minutes.
			if late := time.Since(died) - shortLease; late > endsWithin/2 {
				t.Errorf("the other began %v after the lease had run out, want it at once", late)
			}
			if r := audited(t, h.fleet, h.installation); r.Changes != r.Versions {
				t.Errorf("%d of %d changes arrived, want all", r.Changes, r.Versions)
			}
		})
	}
}

func TestAFrozenNodeWritesNothing(t *testing.T) {
	t.Parallel()
	for name, holding := range holders() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := holding(t)
			if err := h.node.freeze(); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the other has done the work", func() bool { return h.other.lines(t, h.took) > 0 })
			change(t, h.fleet)
			audited(t, h.fleet, h.installation)
			h.release()
			if err := h.node.thaw(); err != nil {
				t.Fatal(err)
			}
			eventually(t, "it says that its lease is lost", func() bool { return h.node.lines(t, "taken over while it was") > 0 })
			change(t, h.fleet)
			audited(t, h.fleet, h.installation)
			if most := h.ask(t, `SELECT max(n) FROM (SELECT count(*) AS n FROM attempt GROUP BY event_id) AS attempts`); most != 1 {
				t.Errorf("%d attempts at one event are stored, want the one of the node that had the lease", most)
			}
		})
	}
}

// A lease may be short, although vendors and receivers are slow: whoever lives keeps
// it.
func TestAnAnswerMayTakeLongerThanALease(t *testing.T) {
	t.Parallel()
	for name, holding := range holders() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := holding(t)
			live(t, h.fleet, 2*shortLease)
			h.release()
			eventually(t, "the answer is heard", func() bool { return h.node.lines(t, h.took) > 0 })
			eventually(t, "what was changed meanwhile has come", func() bool { return len(h.fleet.Receiver.Changes()) > 0 })
			if r := audited(t, h.fleet, h.installation); r.Repeats != 0 {
				t.Errorf("%d changes were posted again, want none", r.Repeats)
			}
			for _, n := range []*node{h.node, h.other} {
				if lost := n.lines(t, "taken over while it was"); lost != 0 {
					t.Errorf("%s lost %d leases, want none", n.name, lost)
				}
			}
		})
	}
}

// The nodes of today go on when the first node of the next release has migrated, and
// start again.
func TestRollingUpgrade(t *testing.T) {
	t.Parallel()
	i := install(t, pgtest.Shared(t), shortLease)
	nodes := []*node{i.node(t, "node1"), i.node(t, "node2")}
	started(t, nodes...)
	f := newFleet(t, concursim.Options{Seed: 9, Companies: 5, Rate: 50}, nil)
	connect(t, f, nodes[0])
	live(t, f, 2*time.Second)
	i.upgrade(t)
	live(t, f, 2*time.Second)
	for _, n := range nodes {
		if err := n.terminate(); err != nil {
			t.Error(err)
		}
		if err := n.start(t.Context()); err != nil {
			t.Fatal(err)
		}
		live(t, f, time.Second)
	}
	audited(t, f, i)
	for _, n := range nodes {
		if refused := n.lines(t, "SQLSTATE"); refused != 0 {
			t.Errorf("the log of %s has %d lines about refused statements, want none", n.name, refused)
		}
	}
}

// upgrade makes the database what a next release would make of it: tables and columns
// are added, which its own nodes fill.
func (i *installation) upgrade(t *testing.T) {
	t.Helper()
	statements := []string{
		`INSERT INTO migration (version_id, is_applied) VALUES (9999, true)`,
		`CREATE TABLE next_release (id INTEGER PRIMARY KEY)`,
	}
	for table := range strings.FieldsSeq("account instance credential poller version poll event destination delivery attempt") {
		statements = append(statements, `ALTER TABLE `+table+` ADD COLUMN next_release INTEGER NOT NULL DEFAULT 0`)
	}
	for _, s := range statements {
		i.exec(t, s)
	}
}
