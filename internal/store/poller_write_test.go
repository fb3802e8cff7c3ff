package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

func TestWhatAPollerRemembersAfterAChange(t *testing.T) {
	lag, at := turnstone.Lag{Counts: []int64{5, 1}}, storetest.Start()
	memo := func(r turnstone.Rescan) turnstone.PollerMemo {
		return turnstone.PollerMemo{
			Idle: 9, Lag: lag, Validator: turnstone.Validator{ETag: "x"}, Backfilled: "all", Census: 4, CensusAt: at, Held: "too many",
			LiveAt: at, Doubtful: turnstone.Span{From: at, To: at}, Forgotten: at, Rescan: r,
		}
	}
	kept := turnstone.PollerMemo{Lag: lag, Backfilled: "all", Census: 4, CensusAt: at, Doubtful: turnstone.Span{From: at, To: at}, Forgotten: at}
	sweep := turnstone.Sweep{Next: "page 7", Pages: 6}
	under := replay()
	under.Sweep, under.Records, under.Told, under.Failures, under.Problem = sweep, 600, 3, 2, "500"
	restarted := kept
	restarted.Rescan = replay()
	restarted.Rescan.Told = 3
	census := turnstone.Rescan{Kind: turnstone.RescanCensus, Sweep: sweep, Vanishing: true, Passed: "a"}
	url, interval := func(p *turnstone.PollerWrite) { p.Configuration = `{"url":"other"}` }, func(p *turnstone.PollerWrite) { p.Interval *= 2 }
	tests := map[string]struct {
		memo   turnstone.PollerMemo
		change func(p *turnstone.PollerWrite)
		want   turnstone.PollerMemo
	}{
		"another list":                   {memo(turnstone.Rescan{}), url, kept},
		"another list during a replay":   {memo(under), url, restarted},
		"another list during a census":   {memo(census), url, kept},
		"another interval":               {memo(under), interval, memo(under)},
		"another interval, and a census": {memo(census), interval, memo(census)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			eachDB(t, func(t *testing.T, open func() *store.DB) {
				db := open()
				_, u := storetest.Account(t, db, 1)
				w := storetest.Write(u, 1)
				w.Instance = storetest.Save(t, db, w)
				commit(t, db, claimPoller(t, db, lease), ended(turnstone.PollCommit{Memo: tt.memo}))
				tt.change(&w.Pollers[0])
				w.Credential = nil
				storetest.Save(t, db, w)
				if diff := cmp.Diff(tt.want, claimPoller(t, db, lease).Poller.Memo); diff != "" { // it is due
					t.Errorf("Memo (-want +got)\n%s", diff)
				}
			})
		})
	}
}

func TestManyPollersAreAddedChangedAndRemovedTogether(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		const n = 150
		_, u := storetest.Account(t, db, 1)
		w := storetest.Write(u, 1)
		resource := func(k int) turnstone.PollerWrite {
			return turnstone.PollerWrite{
				Resource: fmt.Sprintf("resource-%03d", k), Configuration: fmt.Sprintf(`{"n":%d}`, k), Interval: time.Minute,
				MaxInterval: time.Duration(k) * time.Second, State: turnstone.PollerActive,
			}
		}
		w.Pollers = nil
		for k := range n {
			w.Pollers = append(w.Pollers, resource(k))
		}
		w.Instance = storetest.Save(t, db, w)
		running, err := db.ClaimPollers(t.Context(), n, lease)
		if err != nil || len(running) != n {
			t.Fatalf("ClaimPollers = %d, %v, want %d", len(running), err, n)
		}

		w.Pollers, w.Credential = w.Pollers[50:], nil // 50 fewer,
		for k := range 50 {
			w.Pollers[k].Configuration = `{"changed":true}` // 50 changed,
			w.Pollers = append(w.Pollers, resource(n+k))    // 50 more
		}
		storetest.Save(t, db, w)
		wantPollers(t, db, w)
		lost := 0
		for _, l := range running {
			if err := db.CommitPoll(t.Context(), l, lease, turnstone.PollCommit{}); errors.Is(err, turnstone.ErrLeaseLost) {
				lost++
			} else if err != nil {
				t.Error(err)
			}
		}
		if lost != 100 {
			t.Errorf("%d polls ended, want those of the 50 removed and the 50 changed pollers", lost)
		}
		wantRows(t, db, map[string]int64{"leftover": 50})
	})
}

// wantPollers fails the test unless the pollers of an instance are as they were
// written, by resource, each with an id of its own.
func wantPollers(t *testing.T, db *store.DB, w turnstone.InstanceWrite) {
	t.Helper()
	pollers, err := db.Pollers(t.Context(), w.Instance.AccountID, w.Instance.ID)
	if err != nil {
		t.Fatal(err)
	}
	var got []turnstone.PollerWrite
	ids := map[int64]bool{}
	for _, p := range pollers {
		ids[p.ID] = true
		got = append(got, turnstone.PollerWrite{
			Resource: p.Resource, Configuration: p.Configuration, Interval: p.Interval, MaxInterval: p.MaxInterval, State: p.State,
		})
	}
	if diff := cmp.Diff(w.Pollers, got); diff != "" || len(ids) != len(w.Pollers) {
		t.Errorf("Pollers: %d ids (-want +got)\n%s", len(ids), diff)
	}
}

// A round trip to a server may take milliseconds.
func TestAThousandPollersAreSavedInFewStatements(t *testing.T) {
	t.Parallel()
	db := storetest.OpenURL(t, storetest.Postgres(t), t.TempDir())
	w := turnstone.InstanceWrite{Now: storetest.Start()}
	w.Instance = manyPollers(t, db, 1000)
	for k := range 1000 {
		w.Pollers = append(w.Pollers, turnstone.PollerWrite{Resource: fmt.Sprintf("resource-%05d", 500+k), Configuration: `{"changed":true}`})
	}
	statements := db.Count()
	storetest.Save(t, db, w) // half of them change, half are removed, half are new
	if n := statements(); n > 20 {
		t.Errorf("SaveInstance runs %d statements, want no more for more pollers", n)
	}
	wantRows(t, db, map[string]int64{"poller": 1000})
}
