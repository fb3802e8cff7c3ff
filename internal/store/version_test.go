package store_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

// known are versions of objects, none like another.
func known(ids ...string) []turnstone.Version {
	var versions []turnstone.Version
	for k, id := range ids {
		versions = append(versions, turnstone.Version{ObjectID: id, Fingerprint: turnstone.Fingerprint{byte(k), byte(k >> 8), 1}})
	}
	return versions
}

// counting makes c the commit of a poller whose last census has a number.
func counting(c turnstone.PollCommit, census int64) turnstone.PollCommit {
	c.Memo.Census = census
	return c
}

func TestAVersionReadsBackWithItsRuleAndWhetherItIsGone(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		storetest.Instance(t, db, 1)
		l := claimPoller(t, db, lease)
		versions := known("a", "b", oddID)
		versions[0].Mapping, versions[1].Gone, versions[2].Mapping = 1<<32-1, true, 7
		commit(t, db, l, turnstone.PollCommit{Versions: versions})
		want := map[string]turnstone.Version{"a": versions[0], "b": versions[1], oddID: versions[2]}
		got, err := db.Versions(t.Context(), l.Poller, []string{"a", "b", oddID})
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("Versions = %v (-want +got)\n%s", err, diff)
		}

		versions[1].Gone = false
		commit(t, db, l, turnstone.PollCommit{Versions: versions[1:2]})
		if got, err := db.Versions(t.Context(), l.Poller, []string{"b"}); got["b"].Gone || err != nil {
			t.Errorf("Versions of an object that is back = %v, %v, want it not gone", got, err)
		}
	})
}

func vanished(t *testing.T, db *store.DB, p turnstone.Poller, q turnstone.VanishedQuery) (turnstone.Vanished, []string) {
	t.Helper()
	found, err := db.Vanished(t.Context(), p, q)
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{}
	for _, v := range found.List {
		ids = append(ids, v.ObjectID)
	}
	return found, ids
}

func TestOnlyWhatACensusDidNotSeeVanished(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		storetest.Instance(t, db, 1)
		l := claimPoller(t, db, lease)
		before := known("changed", "counted", "missing 1", "missing 2", "told to be gone")
		before[4].Gone = true
		commit(t, db, l, counting(turnstone.PollCommit{Versions: before}, 1))
		began := time.Now()
		commit(t, db, l, counting(turnstone.PollCommit{
			Versions: []turnstone.Version{{ObjectID: "changed", Fingerprint: turnstone.Fingerprint{9}}}, Counted: []string{"counted", "unknown"},
		}, 2))
		// By a live page of a poll that did not know yet that a census began.
		commit(t, db, l, counting(turnstone.PollCommit{Versions: known("new")}, 1))

		found, ids := vanished(t, db, l.Poller, turnstone.VanishedQuery{Census: 2, Before: began, Limit: 10})
		if want := []string{"missing 1", "missing 2"}; !slices.Equal(ids, want) || found.Known != 5 || found.Missing != 2 {
			t.Errorf("Vanished = %+v, want %q missing of 5", found, want)
		}
		if diff := cmp.Diff(before[2:4], found.List); diff != "" {
			t.Errorf("Vanished (-want +got)\n%s", diff)
		}
		if found, ids := vanished(t, db, l.Poller, turnstone.VanishedQuery{Census: 1, Before: began, Limit: 10}); len(ids) != 0 || found.Known != 5 {
			t.Errorf("Vanished of the census before = %+v, want nothing of 5", found)
		}
	})
}

// seen_at says when a version was stored: what a census counts must not look as if it
// had been stored since the census began.
func TestCountingLeavesAloneWhenAVersionWasStored(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		storetest.Instance(t, db, 1)
		l := claimPoller(t, db, lease)
		commit(t, db, l, counting(turnstone.PollCommit{Versions: known("a")}, 1))
		stored := time.Now()
		commit(t, db, l, counting(turnstone.PollCommit{Counted: []string{"a"}}, 2))
		if _, ids := vanished(t, db, l.Poller, turnstone.VanishedQuery{Census: 3, Before: stored, Limit: 1}); len(ids) != 1 {
			t.Errorf("Vanished = %q, want the object that was stored before", ids)
		}
	})
}

func TestWhatVanishedIsListedInPartsAndCountedOnce(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		manyInstances(t, db, 2)
		leases, err := db.ClaimPollers(t.Context(), 2, lease)
		if err != nil || len(leases) != 2 {
			t.Fatalf("ClaimPollers = %d, %v, want 2", len(leases), err)
		}
		// More than one statement looks at: every tenth is missing.
		const objects = 25_003
		var all, seen, want []string
		for k := range objects {
			id := fmt.Sprintf("object %05d", k)
			if all = append(all, id); k%10 == 0 {
				want = append(want, id)
			} else {
				seen = append(seen, id)
			}
		}
		commit(t, db, leases[0], turnstone.PollCommit{Versions: known(all...)})
		commit(t, db, leases[1], turnstone.PollCommit{Versions: known("of another poller")})
		commit(t, db, leases[0], counting(turnstone.PollCommit{Counted: seen}, 1))

		q := turnstone.VanishedQuery{Census: 1, Before: time.Now().Add(time.Minute), Limit: 700}
		var got []string
		for {
			found, ids := vanished(t, db, leases[0].Poller, q)
			if counted := found.Known != 0; counted != (q.After == "") || counted && (found.Known != objects || found.Missing != len(want)) {
				t.Errorf("Vanished after %q counts %d of %d, want %d of %d, once", q.After, found.Missing, found.Known, len(want), objects)
			}
			if got = append(got, ids...); len(ids) == 0 {
				break
			}
			q.After = ids[len(ids)-1]
		}
		if !slices.Equal(got, want) {
			t.Errorf("Vanished lists %d objects, want the %d that were not counted", len(got), len(want))
		}
	})
}

func TestTheLastRecordOfAnObjectIsKept(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		storetest.Instance(t, db, 1)
		l := claimPoller(t, db, lease)
		long := json.RawMessage(`"` + strings.Repeat("Zürich ", 50_000) + `"`)
		versions := known("a", "b", "a", oddID)
		for k, record := range []json.RawMessage{[]byte(`{"n":1}`), long, []byte(`{"n":2}`), []byte(`{}`)} {
			versions[k].Record = record
		}
		commit(t, db, l, turnstone.PollCommit{Versions: versions, KeepRecords: true})
		wantRecords(t, db, l.Poller, map[string]json.RawMessage{"a": []byte(`{"n":2}`), "b": long, oddID: []byte(`{}`)})

		next := known("b", "c")
		next[0].Gone, next[1].Record = true, []byte(`{"n":3}`)
		commit(t, db, l, turnstone.PollCommit{Versions: next, KeepRecords: true})
		wantRecords(t, db, l.Poller, map[string]json.RawMessage{"a": []byte(`{"n":2}`), "c": []byte(`{"n":3}`), oddID: []byte(`{}`)})
		if n := rows(t, db, "record")["record"]; n != 3 {
			t.Errorf("%d records are kept, want 3: not that of what is gone", n)
		}
	})
}

// wantRecords fails the test unless these are the records of the objects a, b, c and
// oddID.
func wantRecords(t *testing.T, db *store.DB, p turnstone.Poller, want map[string]json.RawMessage) {
	t.Helper()
	got, err := db.Records(t.Context(), p, []string{"a", "b", "c", oddID})
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("Records = %v (-want +got)\n%s", err, diff)
	}
}

// A difference to a record of long ago would tell what did not change now.
func TestARecordOfAnOlderVersionIsNotGivenOut(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		storetest.Instance(t, db, 1)
		l := claimPoller(t, db, lease)
		versions := known("a", "b")
		versions[0].Record, versions[1].Record = []byte(`{"n":1}`), []byte(`{"n":2}`)
		commit(t, db, l, turnstone.PollCommit{Versions: versions, KeepRecords: true})
		versions[0].Fingerprint = turnstone.Fingerprint{9}
		commit(t, db, l, turnstone.PollCommit{Versions: versions[:1]}) // while records are not kept
		wantRecords(t, db, l.Poller, map[string]json.RawMessage{"b": []byte(`{"n":2}`)})
	})
}
