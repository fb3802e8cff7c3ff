package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

// replay is a rescan that somebody asked for.
func replay() turnstone.Rescan {
	return turnstone.Rescan{Kind: turnstone.RescanReplay, Since: storetest.Start().Add(-time.Hour), AskedAt: storetest.Start()}
}

// remembering stores a poller that remembers m, and returns its poll, which is over.
func remembering(t *testing.T, db *store.DB, m turnstone.PollerMemo) turnstone.PollLease {
	t.Helper()
	storetest.Instance(t, db, 1)
	l := claimPoller(t, db, lease)
	commit(t, db, l, ended(turnstone.PollCommit{Memo: m}))
	return l
}

func TestARescanIsAskedForAtOnce(t *testing.T) {
	memo := turnstone.PollerMemo{Idle: 7, Census: 3, Lag: turnstone.Lag{Counts: []int64{1, 2}}}
	census := memo
	census.Rescan = turnstone.Rescan{Kind: turnstone.RescanCensus, Records: 70, Vanishing: true, Passed: "a"}
	for name, before := range map[string]turnstone.PollerMemo{"with none": memo, "in place of a census": census} {
		t.Run(name, func(t *testing.T) {
			eachDB(t, func(t *testing.T, open func() *store.DB) {
				db := open()
				l := remembering(t, db, before)
				if err := db.Rescan(t.Context(), l.Poller.AccountID, l.Poller.ID, replay()); err != nil {
					t.Fatal(err)
				}
				want := memo
				want.Rescan = replay()
				if diff := cmp.Diff(want, claimPoller(t, db, lease).Poller.Memo); diff != "" { // it is due
					t.Errorf("Memo (-want +got)\n%s", diff)
				}
			})
		})
	}
}

func TestARescanEndsThePollThatKnowsNothingOfIt(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		storetest.Instance(t, db, 1)
		l := claimPoller(t, db, lease)
		if err := db.Rescan(t.Context(), l.Poller.AccountID, l.Poller.ID, replay()); err != nil {
			t.Fatal(err)
		}
		if err := db.CommitPoll(t.Context(), l, lease, ended(page(t, db, 1))); !errors.Is(err, turnstone.ErrLeaseLost) {
			t.Errorf("CommitPoll = %v, want ErrLeaseLost", err)
		}
		if got := claimPoller(t, db, lease).Poller.Memo.Rescan; got != replay() {
			t.Errorf("Rescan = %+v, want %+v", got, replay())
		}
	})
}

func TestOneRescanAtATime(t *testing.T) {
	for _, kind := range []turnstone.RescanKind{turnstone.RescanBackfill, turnstone.RescanReplay} {
		t.Run(string(kind), func(t *testing.T) {
			eachDB(t, func(t *testing.T, open func() *store.DB) {
				db := open()
				under := turnstone.Rescan{Kind: kind, Records: 7}
				l := remembering(t, db, turnstone.PollerMemo{Rescan: under})
				if err := db.Rescan(t.Context(), l.Poller.AccountID, l.Poller.ID, replay()); !errors.Is(err, turnstone.ErrConflict) {
					t.Errorf("Rescan = %v, want ErrConflict", err)
				}
				p := poller(t, db, l.Instance)
				if p.Memo.Rescan != under || p.NextAt.Before(time.Now()) {
					t.Errorf("poller = %+v, want it as it was", p)
				}
			})
		})
	}
}

func TestOnlyAReplayIsCancelled(t *testing.T) {
	tests := map[turnstone.RescanKind]error{
		turnstone.RescanReplay: nil, turnstone.RescanBackfill: turnstone.ErrNotFound,
		turnstone.RescanCensus: turnstone.ErrNotFound, "": turnstone.ErrNotFound,
	}
	for kind, want := range tests {
		t.Run("of kind "+string(kind), func(t *testing.T) {
			eachDB(t, func(t *testing.T, open func() *store.DB) {
				db := open()
				under := turnstone.Rescan{Kind: kind}
				l := remembering(t, db, turnstone.PollerMemo{Rescan: under})
				if err := db.CancelRescan(t.Context(), l.Poller.AccountID, l.Poller.ID); !errors.Is(err, want) {
					t.Errorf("CancelRescan = %v, want %v", err, want)
				}
				if want == nil {
					under = turnstone.Rescan{}
				}
				if got := poller(t, db, l.Instance).Memo.Rescan; got != under {
					t.Errorf("Rescan = %+v, want %+v", got, under)
				}
			})
		})
	}
}

func TestAResetPollerReadsFromThereAtOnce(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		storetest.Instance(t, db, 1)
		l := claimPoller(t, db, lease)
		c := ended(page(t, db, 1))
		c.Since, c.Sweep = storetest.Start(), turnstone.Sweep{Next: "page 2", Pages: 1}
		c.Memo = turnstone.PollerMemo{Idle: 3, Validator: turnstone.Validator{ETag: "x"}, LiveAt: time.Now(), Rescan: replay()}
		c.End.Park, c.End.Problem, c.End.Failures = true, "500", 100
		commit(t, db, l, c)
		since := storetest.Start().Add(-24 * time.Hour)
		if err := db.ResetPoller(t.Context(), l.Poller.AccountID, l.Poller.ID, since); err != nil {
			t.Fatal(err)
		}
		p := claimPoller(t, db, lease).Poller
		if !p.Cursor.Equal(since) || p.Sweep != (turnstone.Sweep{}) || p.Failures != 0 || p.Problem != "" || p.State != turnstone.PollerActive {
			t.Errorf("poller = %+v, want it active and to read from %v on", p, since)
		}
		if diff := cmp.Diff(turnstone.PollerMemo{Idle: 3, Rescan: replay()}, p.Memo); diff != "" {
			t.Errorf("Memo (-want +got)\n%s", diff)
		}
		if known, err := db.Versions(t.Context(), p, []string{c.Versions[0].ObjectID}); len(known) != 1 || err != nil {
			t.Errorf("Versions = %v, %v, want them kept", known, err)
		}
	})
}

func TestAResetEndsThePollThatReadsFromElsewhere(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		storetest.Instance(t, db, 1)
		l := claimPoller(t, db, lease)
		if err := db.ResetPoller(t.Context(), l.Poller.AccountID, l.Poller.ID, storetest.Start()); err != nil {
			t.Fatal(err)
		}
		if err := db.CommitPoll(t.Context(), l, lease, ended(page(t, db, 1))); !errors.Is(err, turnstone.ErrLeaseLost) {
			t.Errorf("CommitPoll = %v, want ErrLeaseLost", err)
		}
	})
}

func TestNobodyTakesThePollerOfAnotherAccount(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		l := remembering(t, db, turnstone.PollerMemo{Rescan: replay()})
		foreign, id := l.Poller.AccountID+1, l.Poller.ID
		was := poller(t, db, l.Instance)
		for name, err := range map[string]error{
			"Rescan":       db.Rescan(t.Context(), foreign, id, replay()),
			"CancelRescan": db.CancelRescan(t.Context(), foreign, id),
			"ResetPoller":  db.ResetPoller(t.Context(), foreign, id, storetest.Start()),
			"no poller":    db.ResetPoller(t.Context(), l.Poller.AccountID, id+1, storetest.Start()),
		} {
			if !errors.Is(err, turnstone.ErrNotFound) {
				t.Errorf("%s = %v, want ErrNotFound", name, err)
			}
		}
		if diff := cmp.Diff(was, poller(t, db, l.Instance)); diff != "" {
			t.Errorf("poller (-before +after)\n%s", diff)
		}
	})
}
