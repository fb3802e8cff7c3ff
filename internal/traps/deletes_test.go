package traps_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/store"
)

// Trap 24: deletions that are none.

// later asks the database by its own clock for what was known when a search began: it
// notes when it stored something, and the clock of the test is years behind.
type later struct{ *store.DB }

func (l later) Vanished(ctx context.Context, p turnstone.Poller, q turnstone.VanishedQuery) (turnstone.Vanished, error) {
	q.Before = time.Now()
	return l.DB.Vanished(ctx, p, q)
}

// counted connects the instance to a desk with thirty items, which a search for what is
// gone has seen once. There is such a search every hour, and a poll every half.
func (w *world) counted(resource string) {
	w.t.Helper()
	w.desk.size = 10
	w.node.loop.Store = later{w.db}
	w.desk.hidden = make(map[string]bool)
	configuration := polling(resource, `"detectDeletes":60`, `"pageSize":10`)
	configuration[turnstone.KeyRefreshInterval] = "30"
	w.connect("desk", configuration)
	w.clock.pass(time.Second)
	for i := range 30 {
		w.desk.set(fmt.Sprintf("%02d", i), "1")
	}
	w.search()
	if n := len(w.told()); n != 30 {
		w.t.Fatalf("%d changes are told, want 30", n)
	}
}

// search polls until another search for what is gone is done, and an hour is over.
func (w *world) search() {
	w.t.Helper()
	done := w.poller().Memo.CensusDone
	w.until("through with a search", func(p turnstone.Poller) bool { return p.Memo.CensusDone > done && p.Memo.Rescan.Kind == "" })
	w.clock.pass(time.Hour)
}

// deletions returns the objects that are told to be deleted.
func (w *world) deletions() []string {
	w.t.Helper()
	deleted := []string{}
	for _, told := range w.told() {
		if op, id, _ := strings.Cut(told, " "); op == string(turnstone.Deleted) {
			deleted = append(deleted, id)
		}
	}
	return deleted
}

// whole reports whether a request is for all items.
func whole(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Query().Get("modifiedAfter"), "1970-")
}

func TestTrap24APartialReadingDeletesNothing(t *testing.T) {
	// The desk knows each ticket by its id; of notes it has lists alone.
	for _, resource := range []string{"tickets", "notes"} {
		t.Run(resource, func(t *testing.T) {
			onEachDatabase(t, func(t *testing.T, w *world) {
				w.counted(resource)
				w.readsThatFail()
				w.readsThatLookComplete()
				// And then, one of them is deleted.
				w.desk.delete("07")
				w.search()
				w.search()
				w.search()
				if got := w.deletions(); !slices.Equal(got, []string{"07"}) {
					t.Errorf("told to be deleted: %q, want 07 alone, once", got)
				}
			})
		})
	}
}

// readsThatFail lets the reading of all items end in the middle, for hours.
func (w *world) readsThatFail() {
	w.t.Helper()
	done := w.poller().Memo.CensusDone
	w.desk.script = func(answer http.ResponseWriter, r *http.Request) bool {
		broken := whole(r) && r.URL.Query().Get("page") == "20"
		if broken {
			http.Error(answer, "out of order", http.StatusInternalServerError)
		}
		return broken
	}
	w.polls(8)
	w.desk.script = nil
	if got := w.deletions(); len(got) > 0 || w.poller().Memo.CensusDone != done {
		w.t.Fatalf("told to be deleted: %q after readings that failed, want none", got)
	}
	w.search()
}

// readsThatLookComplete lets lists lack items that exist: one in a while, and then nearly
// all, as for somebody who may not see them any more.
func (w *world) readsThatLookComplete() {
	w.t.Helper()
	w.desk.hidden["03"] = true
	w.search()
	clear(w.desk.hidden)
	w.search()
	for i := range 20 {
		w.desk.hidden[fmt.Sprintf("%02d", i)] = true
	}
	w.desk.forbidden = true
	w.search()
	w.search()
	held := w.poller().Memo.Held
	if !strings.Contains(held, "20 of 30 objects are not listed any more") || !strings.Contains(held, "raise maxDeletedShare") {
		w.t.Errorf("held back = %q, want the numbers and what to do", held)
	}
	w.desk.forbidden = false
	clear(w.desk.hidden)
	w.search()
	if got := w.deletions(); len(got) > 0 {
		w.t.Fatalf("told to be deleted: %q, want nothing: all of them exist", got)
	}
}
