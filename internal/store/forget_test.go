package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

func TestVersionsThatAreOldEnoughAreForgotten(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		l := claimPoller(t, db, lease)
		before := storetest.Start()
		c := turnstone.PollCommit{Since: before.Add(-time.Hour), Cursor: before.Add(time.Hour), KeepRecords: true}
		for k := range 30 {
			c.Versions = append(c.Versions, turnstone.Version{
				ObjectID: fmt.Sprintf("object %d", k), Updated: before.Add(time.Duration(k-20) * time.Minute), Record: []byte(`{}`),
			})
		}
		c.Versions = append(c.Versions, turnstone.Version{ObjectID: "without a date", Record: []byte(`{}`)},
			turnstone.Version{ObjectID: "gone", Updated: before.Add(-time.Hour), Gone: true})
		commit(t, db, l, c)
		if n, err := db.ForgetVersions(t.Context(), before, 7); n != 20 || err != nil {
			t.Errorf("ForgetVersions = %d, %v, want 20", n, err)
		}
		wantRows(t, db, map[string]int64{"version": 12, "record": 11})
		kept, err := db.Versions(t.Context(), l.Poller, []string{"object 19", "object 20", "without a date", "gone"})
		if len(kept) != 3 || err != nil {
			t.Errorf("Versions = %v, %v, want all but object 19", kept, err)
		}
		if p := poller(t, db, i); !p.Since.Equal(before) || !p.Memo.Forgotten.Equal(before) {
			t.Errorf("Since = %v, Forgotten = %v, want %v: else the forgotten would be new", p.Since, p.Memo.Forgotten, before)
		}
		if n, err := db.ForgetVersions(t.Context(), before, 7); n != 0 || err != nil {
			t.Errorf("ForgetVersions again = %d, %v, want 0", n, err)
		}
	})
}

// It judged by a Since under which the objects that it does not know are new.
func TestForgettingEndsThePollUnderWay(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		storetest.Instance(t, db, 1)
		l := claimPoller(t, db, lease)
		before := storetest.Start()
		commit(t, db, l, turnstone.PollCommit{
			Since: before.Add(-time.Hour), Cursor: before.Add(time.Hour), Versions: []turnstone.Version{{ObjectID: "a", Updated: before.Add(-time.Minute)}},
		})
		if n, err := db.ForgetVersions(t.Context(), before, 10); n != 1 || err != nil {
			t.Errorf("ForgetVersions = %d, %v, want 1", n, err)
		}
		if err := db.CommitPoll(t.Context(), l, lease, turnstone.PollCommit{}); !errors.Is(err, turnstone.ErrLeaseLost) {
			t.Errorf("CommitPoll = %v, want ErrLeaseLost", err)
		}
		if next := claimPoller(t, db, lease); !next.Poller.Since.Equal(before) {
			t.Errorf("the next poll goes by %v, want %v", next.Poller.Since, before)
		}
	})
}

func TestAPollerWithNothingToForgetIsLeftAlone(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		l := claimPoller(t, db, lease)
		later := storetest.Start().Add(time.Hour)
		commit(t, db, l, turnstone.PollCommit{Since: later, Versions: []turnstone.Version{{ObjectID: "a", Updated: later}}})
		was := poller(t, db, i)
		if n, err := db.ForgetVersions(t.Context(), storetest.Start(), 10); n != 0 || err != nil {
			t.Errorf("ForgetVersions = %d, %v, want 0", n, err)
		}
		if diff := cmp.Diff(was, poller(t, db, i)); diff != "" {
			t.Errorf("poller (-before +after)\n%s", diff)
		}
		commit(t, db, l, turnstone.PollCommit{})
		// A later Since stays where an object is forgotten.
		commit(t, db, l, turnstone.PollCommit{Cursor: later, Versions: []turnstone.Version{{ObjectID: "b", Updated: storetest.Start().Add(-time.Hour)}}})
		if n, err := db.ForgetVersions(t.Context(), storetest.Start(), 10); n != 1 || err != nil {
			t.Errorf("ForgetVersions = %d, %v, want 1", n, err)
		}
		if got := poller(t, db, i).Since; !got.Equal(later) {
			t.Errorf("Since = %v, want %v", got, later)
		}
	})
}

// Found by the simulation: a vendor that failed for longer than versions were kept.
func TestWhatAPollerHasYetToReadStaysNewsWhenVersionsAreForgotten(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		l := claimPoller(t, db, lease)
		now, read := storetest.Start(), storetest.Start().Add(-30*time.Hour)
		commit(t, db, l, turnstone.PollCommit{Since: read.Add(-48 * time.Hour), Cursor: read, Versions: []turnstone.Version{
			{ObjectID: "old", Updated: read.Add(-24 * time.Hour)}, {ObjectID: "half-read", Updated: read.Add(time.Minute)},
		}})
		if n, err := db.ForgetVersions(t.Context(), now, 10); n != 1 || err != nil {
			t.Errorf("ForgetVersions = %d, %v, want 1", n, err)
		}
		if got := poller(t, db, i); !got.Since.Before(read) || !got.Memo.Forgotten.Before(read) {
			t.Errorf("Since = %v, Forgotten = %v, want both before the cursor, %v", got.Since, got.Memo.Forgotten, read)
		}
	})
}

func TestForgettingEndsWithItsContext(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		storetest.Instance(t, db, 1)
		commit(t, db, claimPoller(t, db, lease), page(t, db, 10))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if n, err := db.ForgetVersions(ctx, time.Now(), 3); n != 0 || !errors.Is(err, context.Canceled) {
			t.Errorf("ForgetVersions = %d, %v, want context.Canceled", n, err)
		}
	})
}
