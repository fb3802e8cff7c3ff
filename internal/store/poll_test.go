package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

// polled commits n polls, a minute after each other, and returns them.
func polled(t *testing.T, db *store.DB, n int) []turnstone.Poll {
	t.Helper()
	var polls []turnstone.Poll
	for k := range n {
		l := claimPoller(t, db, lease)
		end := &turnstone.PollEnd{NextAt: storetest.Start(), Poll: turnstone.Poll{
			StartedAt: storetest.Start().Add(time.Duration(k) * time.Minute), Outcome: turnstone.PollComplete, Deleted: k,
			Details: turnstone.PollDetails{Rescan: turnstone.RescanCensus, RescanPages: k + 1, RateLimit: turnstone.RateLimit{Limit: 5}},
		}}
		commit(t, db, l, turnstone.PollCommit{End: end})
		end.Poll.AccountID, end.Poll.PollerID = l.Poller.AccountID, l.Poller.ID
		polls = append(polls, end.Poll)
	}
	return polls
}

func TestPollsAreListedPageByPage(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		want := polled(t, db, 5)
		slices.Reverse(want)
		f := turnstone.PollFilter{AccountID: i.AccountID, PollerID: poller(t, db, i).ID, Limit: 2}
		var got []turnstone.Poll
		for {
			page, err := db.Polls(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			if got = append(got, page...); len(page) < f.Limit {
				break
			}
			f.Before = page[len(page)-1].ID
		}
		for k := range want {
			want[k].ID = got[min(k, len(got)-1)].ID
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Polls (-want +got)\n%s", diff)
		}
	})
}

func TestThePollOfASightingIsFound(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		want, p := polled(t, db, 3)[1], poller(t, db, i)
		got, err := db.PollAt(t.Context(), i.AccountID, p.ID, want.StartedAt)
		want.ID = got.ID
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("PollAt = %v (-want +got)\n%s", err, diff)
		}
		for name, err := range map[string]error{
			"another time":    second(db.PollAt(t.Context(), i.AccountID, p.ID, want.StartedAt.Add(time.Microsecond))),
			"another account": second(db.PollAt(t.Context(), i.AccountID+1, p.ID, want.StartedAt)),
			"another poller":  second(db.PollAt(t.Context(), i.AccountID, p.ID+1, want.StartedAt)),
		} {
			if !errors.Is(err, turnstone.ErrNotFound) {
				t.Errorf("%s: PollAt = %v, want ErrNotFound", name, err)
			}
		}
	})
}

// second returns the error of a call of which nothing else is of interest.
func second[T any](_ T, err error) error { return err }

// A poll may go on with a rescan after its live window was read: only the latter says
// how current the poller is.
func TestOnlyASweepThatIsCompleteMakesAPollerCurrent(t *testing.T) {
	at := storetest.Start()
	complete := &turnstone.PollEnd{NextAt: at, Poll: turnstone.Poll{StartedAt: at, Outcome: turnstone.PollComplete}}
	throttled := &turnstone.PollEnd{NextAt: at, Poll: turnstone.Poll{StartedAt: at, Outcome: turnstone.PollThrottled}}
	tests := map[string]struct {
		commits []turnstone.PollCommit
		want    time.Time
	}{
		"at the end":                 {[]turnstone.PollCommit{{Cursor: at, End: complete}}, at},
		"before a rescan that waits": {[]turnstone.PollCommit{{Cursor: at, GoodAt: at.Add(-time.Second)}, {End: throttled}}, at.Add(-time.Second)},
		"a rescan alone":             {[]turnstone.PollCommit{{End: complete}}, time.Time{}},
		"not to its end":             {[]turnstone.PollCommit{{End: throttled}}, time.Time{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			eachDB(t, func(t *testing.T, open func() *store.DB) {
				db := open()
				i := storetest.Instance(t, db, 1)
				l := claimPoller(t, db, lease)
				for _, c := range tt.commits {
					commit(t, db, l, c)
				}
				if got := poller(t, db, i).LastGoodAt; !got.Equal(tt.want) {
					t.Errorf("LastGoodAt = %v, want %v", got, tt.want)
				}
			})
		})
	}
}
