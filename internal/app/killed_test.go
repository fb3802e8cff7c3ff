//go:build unix && !race

package app_test

import (
	"context"
	"flag"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"turnstone/internal/app"
)

// For a test of many hours by hand:
//
//	go test ./internal/app -run KilledAtStoreCalls -every -v -timeout 24h
var everyCall = flag.Bool("every", false, "kill at every store call of a calm run, not only at the first ones of each method")

// uncalled are the methods that are called in none of these trials, and why.
func uncalled() map[string]string {
	return map[string]string{
		"Book":     "the element names no limit to share",
		"UserByID": "the account has one user, who calls",
		"Told":     "only replays from the vendor call it: see TestKilledWhileReplaying",
	}
}

// calm returns how often each method of the store is called while nobody dies.
func calm(t *testing.T, s app.Storage) map[string]int {
	t.Helper()
	w, p := newTrial(t, s, 30, searching)
	defer w.living(t)()
	ctx, cancel := context.WithTimeout(t.Context(), reachedWithin)
	defer cancel()
	for {
		w.rounds(ctx, t, p, 1)
		counts := p.counts(t)
		missing := missing(counts)
		if len(missing) == 0 {
			p.stop(t)
			return counts
		}
		if ctx.Err() != nil {
			t.Fatalf("nobody calls %v: have the client do what calls them, or say in uncalled why not", missing)
		}
	}
}

// missing returns the methods of the store that should be called, and are not.
func missing(counts map[string]int) []string {
	var names []string
	for m := range reflect.TypeFor[app.Database]().Methods() {
		_, seldom := reflect.TypeFor[app.Keeping]().MethodByName(m.Name)
		if _, known := uncalled()[m.Name]; !seldom && !known && counts[m.Name] == 0 {
			names = append(names, m.Name)
		}
	}
	return names
}

// pollCalls are made while there is much to read for the first time, so they come first.
// So do those that keep a credential from everybody for a while.
func pollCalls() []string {
	return []string{
		"LeaseCredential", "SaveCredential", "ReleaseCredential",
		"CommitPoll", "EventIDs", "Versions", "ClaimPollers", "Vanished", "Records",
	}
}

// moments are those at which a service dies: for methods of polls before and after
// several calls; of every other one before the first call on one kind of database, and
// after it on the other. With -every they are before and after all calls, on both.
func moments(counts map[string]int, after bool) []moment {
	if *everyCall {
		return everyMoment(counts)
	}
	var all []moment
	for i, method := range pollCalls() {
		all = append(all, moment{method, 1, after}, moment{method, 2, !after}, moment{method, 5, i%2 == 0})
	}
	for _, method := range slices.Sorted(maps.Keys(counts)) {
		if !slices.Contains(pollCalls(), method) {
			all = append(all, moment{method, 1, after})
		}
	}
	return all
}

// everyMoment is right before, and right after, each call of a calm run.
func everyMoment(counts map[string]int) []moment {
	var all []moment
	for _, method := range slices.Sorted(maps.Keys(counts)) {
		for n := range counts[method] {
			all = append(all, moment{method, n + 1, false}, moment{method, n + 1, true})
		}
	}
	return all
}

// TestKilledAtStoreCalls kills the service right before and right after calls of each
// method of its store, while companies live, delete and restore, all there ever was is
// read for the first time, deletions are searched, and a client does all that the API
// allows.
func TestKilledAtStoreCalls(t *testing.T) {
	eachStorage(t, func(t *testing.T, s app.Storage) {
		all := moments(calm(t, beside(t, s)), s.Database != "")
		// Two services die side by side: a death is mostly waiting for the next start.
		// Both begin with the moments of polls, which come first.
		halves := make([][]moment, 2)
		for i, m := range all {
			halves[i%2] = append(halves[i%2], m)
		}
		interrupted := make([]map[string]bool, len(halves))
		t.Run("side by side", func(t *testing.T) {
			for i, half := range halves {
				t.Run(strconv.Itoa(i), func(t *testing.T) {
					t.Parallel()
					interrupted[i] = killedAt(t, beside(t, s), half)
				})
			}
		})
		for _, kind := range []string{"backfill", "census"} {
			if !interrupted[0][kind] && !interrupted[1][kind] {
				t.Errorf("no service died while a %s was under way", kind)
			}
		}
	})
}

// killedAt kills services at some moments, one after the other, and returns the kinds
// of rescans that were under way then.
func killedAt(t *testing.T, s app.Storage, all []moment) map[string]bool {
	t.Helper()
	w, p := newTrial(t, s, 20, searching)
	p.kill(t)
	done := w.living(t)
	for _, m := range all {
		w.dies(t, m)
	}
	done()
	t.Logf("%d deaths", len(all)+1)
	w.agree(t)
	return w.interrupted
}
